package org.precedent.network.zoo;

import java.nio.file.Path;
import java.util.Map;
import org.precedent.network.ImageEncoder;
import org.precedent.network.ImageEncoder.FeatureGrid;
import org.precedent.weights.NpzFile;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/**
 * A case of an image encoder: an image at its size, and the features that it must give.
 *
 * @param rgb [H, W, 3] row-major
 * @param features [C, h, w] row-major
 */
public record EncoderCase(int height, int width, byte[] rgb, float[] features) {

    /**
     * As a share of the largest feature: published features are stored in half precision, whose
     * rounding alone is a tenth of this.
     */
    static final double RELATIVE_TOLERANCE = 5e-3;

    /**
     * Reads a case.
     *
     * @param path an {@code .npz} with {@code image_rgb_SIDE} [1, H, W, 3], whole numbers of 0 to
     *     255, SIDE being the encoder's, and {@code embedding} [1, C, h, w]
     */
    public static EncoderCase read(Path path, ImageEncoder encoder) {
        String file = String.valueOf(path.getFileName());
        Map<String, Tensor> arrays = NpzFile.read(path);
        Tensor image = ModelCheck.array(file, arrays, "image_rgb_" + encoder.nativeSize());
        Tensor embedding = ModelCheck.array(file, arrays, "embedding");
        long h = image.shape().length == 4 ? image.shape()[1] : 0;
        long w = image.shape().length == 4 ? image.shape()[2] : 0;
        if (!image.hasShape(1, h, w, 3)
                || !embedding.hasShape(
                        1,
                        encoder.channels(),
                        Math.ceilDiv(h, encoder.stride()),
                        Math.ceilDiv(w, encoder.stride()))) {
            throw WeightsException.malformed(
                    file,
                    "its arrays do not belong together: image "
                            + image
                            + ", embedding "
                            + embedding);
        }
        byte[] rgb = new byte[image.values().length];
        for (int i = 0; i < rgb.length; i++) {
            float value = image.values()[i];
            if (!(value >= 0 && value <= 255) || value != (int) value) {
                throw WeightsException.malformed(
                        file, "its image holds " + value + ", expected whole numbers of 0 to 255");
            }
            rgb[i] = (byte) (int) value;
        }
        return new EncoderCase((int) h, (int) w, rgb, embedding.values());
    }

    /** Runs an encoder on the image. */
    public ModelCheck check(ImageEncoder encoder) {
        FeatureGrid grid = encoder.encode(height, width, rgb);
        int cells = grid.height() * grid.width();
        float[] channelsFirst = new float[grid.values().length];
        for (int i = 0; i < channelsFirst.length; i++) {
            channelsFirst[i] = grid.values()[i % cells * grid.channels() + i / cells];
        }
        return ModelCheck.compare(features, channelsFirst, RELATIVE_TOLERANCE);
    }
}
