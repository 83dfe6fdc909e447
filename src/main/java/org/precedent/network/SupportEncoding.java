package org.precedent.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.precedent.Sha256;

/**
 * What a network knows of one annotation without any query. Belongs to one network with one set of
 * weights; a projection, never the truth.
 *
 * @param network name of the network that made it
 * @param weightsSha256 and of its weights
 * @param height H of the annotated image, in pixels
 * @param width W of it
 * @param imageSha256 of the image's values, lower-case hex: encodings of several labels of one
 *     image have it in common
 * @param tensors by name; what they are is the network's own business
 */
public record SupportEncoding(
        String network,
        String weightsSha256,
        int height,
        int width,
        String imageSha256,
        Map<String, Tensor> tensors) {

    /** Names of the tensors of an encoding that is the pixels themselves. */
    private static final String IMAGE = "image";

    private static final String LABEL = "label";

    public SupportEncoding {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /** The SHA-256 of an image's values, as all encodings carry it. */
    static String imageSha256(float[] image) {
        ByteBuffer bytes =
                ByteBuffer.allocate(image.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(FloatBuffer.wrap(image));
        return Sha256.of(bytes.array());
    }

    /** The encoding of a network that keeps pixels: image and one mask, each [H, W]. */
    static SupportEncoding ofPixels(
            SegmentationNetwork network, SupportImage image, float[] mask, String imageSha256) {
        long[] shape = {image.height(), image.width()};
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(IMAGE, new Tensor(shape, image.image()));
        tensors.put(LABEL, new Tensor(shape, mask));
        return new SupportEncoding(
                network.name(),
                network.weightsSha256(),
                image.height(),
                image.width(),
                imageSha256,
                tensors);
    }

    /** [H, W] values in [0, 1] of an encoding by pixels. */
    float[] image() {
        return tensor(IMAGE).values();
    }

    /** [H, W] values in [0, 1] of an encoding by pixels. */
    float[] label() {
        return tensor(LABEL).values();
    }

    /**
     * Checks that this is an encoding of a network with its present weights.
     *
     * @throws NetworkException when it is of another
     */
    void requireOf(SegmentationNetwork expected) {
        if (!network.equals(expected.name()) || !weightsSha256.equals(expected.weightsSha256())) {
            throw NetworkException.foreignEncoding(
                    network + " " + weightsSha256,
                    expected.name() + " " + expected.weightsSha256());
        }
    }

    /** One tensor; a name that is not there is a caller's bug. */
    Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "an encoding of " + network + " holds no tensor " + name);
        }
        return tensor;
    }

    /** Number of values of all tensors together. */
    public long values() {
        return tensors.values().stream().mapToLong(t -> t.values().length).sum();
    }
}
