package org.precedent.embedding;

import org.precedent.Sha256;
import org.precedent.imaging.Frame;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;
import org.precedent.network.ImageEncoder;
import org.precedent.network.ImageEncoder.FeatureGrid;

/**
 * An image encoder's features as one vector. The image goes in as red, green and blue (grey in all
 * three) of 8 bits, its longer side brought to the encoder's by Pillow's bilinear filter.
 *
 * <p>An encoder takes as long as a small segmentation: embed an image once and keep its vector.
 */
final class EncoderEmbedder implements ImageEmbedder {
    /** Any change of what {@link #embed} computes must change this, and makes a new space. */
    private static final String VERSION = "rgb8 longest-side bilinear valid-cells length 1";

    private final ImageEncoder encoder;
    private final Form form;
    private final int side;
    private final InputRange range;
    private final EmbeddingSpace space;

    /** How a grid of features becomes a vector. */
    enum Form {
        /**
         * The mean over the cells that cover the image: C components. Knows what there is, not
         * where.
         */
        GAP,
        /**
         * All cells one after the other: of MobileSAM 1,048,576 components. The cosine compares
         * place by place, so it rewards the same layout.
         *
         * <p>Between images of different aspect it is the sum over the cells that both have,
         * divided by the lengths over the cells that each has: a cell that only one has counts as
         * unlike. It stays an inner product of vectors of one space, in which the cells that an
         * image lacks are zero.
         */
        FLATTEN
    }

    /**
     * @param name in the space, e.g. {@code mobilesam-gap}
     * @param range of values that images of 16 bits keep
     */
    EncoderEmbedder(String name, ImageEncoder encoder, Form form, InputRange range) {
        this.encoder = encoder;
        this.form = form;
        this.range = range;
        this.side = Math.ceilDiv(encoder.nativeSize(), encoder.stride());
        int dimension =
                switch (form) {
                    case GAP -> encoder.channels();
                    case FLATTEN -> side * side * encoder.channels();
                };
        String hash = Sha256.of(range.stamp(encoder.weightsSha256() + " " + VERSION + " " + form));
        this.space = new EmbeddingSpace(name, hash.substring(0, 16), Level.IMAGE, dimension);
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public float[] embed(Raster image) {
        FeatureGrid grid = encode(image);
        float[] vector = new float[space.dimension()];
        int c = grid.channels();
        switch (form) {
            case GAP -> {
                double[] sums = new double[c];
                for (int i = 0; i < grid.values().length; i++) {
                    sums[i % c] += grid.values()[i];
                }
                for (int i = 0; i < c; i++) {
                    vector[i] = (float) (sums[i] / (grid.height() * grid.width()));
                }
            }
            case FLATTEN -> {
                int row = grid.width() * c;
                for (int y = 0; y < grid.height(); y++) {
                    System.arraycopy(grid.values(), y * row, vector, y * side * c, row);
                }
            }
        }
        return Direction.of(vector, encoder.name());
    }

    private FeatureGrid encode(Raster whole) {
        Raster image = Frame.shown(whole, range).cut(whole);
        int longer = Math.max(image.width(), image.height());
        int width = scaled(image.width(), longer);
        int height = scaled(image.height(), longer);
        // Eight bits first, as files that reach the published network have them.
        short[] samples =
                Resampling.bilinear(Resampling.rgb8(image, range), width, height).samples();
        byte[] rgb = new byte[samples.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) samples[i];
        }
        return encoder.encode(height, width, rgb);
    }

    private int scaled(int length, int longer) {
        return Math.max(1, (int) ((double) length * encoder.nativeSize() / longer + 0.5));
    }

    @Override
    public void close() {
        encoder.close();
    }
}
