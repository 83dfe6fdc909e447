package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;
import org.precedent.network.ImageEncoder;
import org.precedent.tensor.Torch;
import org.precedent.weights.WeightsException;

class EncoderEmbedderTest {
    private static final int SIDE = 32;
    private static final int STRIDE = 4;
    private static final int CELLS = SIDE / STRIDE;

    /** Two channels: a cell's top left red, and blue less 100. */
    private static final class CornerEncoder extends StubModel implements ImageEncoder {
        final List<String> seen = new ArrayList<>();

        CornerEncoder(String weights) {
            super("corner", weights.repeat(64), SIDE);
        }

        @Override
        public FeatureGrid encode(int height, int width, byte[] rgb) {
            seen.add(height + " x " + width);
            int down = Math.ceilDiv(height, STRIDE);
            int across = Math.ceilDiv(width, STRIDE);
            float[] values = new float[down * across * 2];
            for (int i = 0; i < down * across; i++) {
                int pixel = (i / across * width + i % across) * STRIDE * 3;
                values[2 * i] = rgb[pixel] & 0xff;
                values[2 * i + 1] = (rgb[pixel + 2] & 0xff) - 100;
            }
            return new FeatureGrid(down, across, 2, values);
        }

        @Override
        public int channels() {
            return 2;
        }

        @Override
        public int stride() {
            return STRIDE;
        }
    }

    private final CornerEncoder encoder = new CornerEncoder("a");
    private final ImageEmbedder gap = embedder(encoder, EncoderEmbedder.Form.GAP);
    private final ImageEmbedder flatten = embedder(encoder, EncoderEmbedder.Form.FLATTEN);

    private static ImageEmbedder embedder(ImageEncoder encoder, EncoderEmbedder.Form form) {
        return new EncoderEmbedder("corner", encoder, form, InputRange.CURRENT);
    }

    @Test
    void bringsTheLongerSideToTheEncoders() {
        gap.embed(noise(30, 20, 3, 1));
        gap.embed(noise(7, 200, 1, 2));
        gap.embed(noise(500, 2, 3, 3));

        // 20 x 32 / 30 is 21.3; 7 x 32 / 200 is 1.12; 2 x 32 / 500 is .13.
        assertThat(encoder.seen).containsExactly("21 x 32", "32 x 1", "1 x 32");
    }

    @Test
    void poolsTheMeanOverTheCellsOfTheImage() {
        Raster image = noise(SIDE, 12, 3, 4);
        double red = 0;
        double blue = 0;
        for (int y = 0; y < 12; y += STRIDE) {
            for (int x = 0; x < SIDE; x += STRIDE) {
                red += image.sample(x, y, 0);
                blue += image.sample(x, y, 2) - 100;
            }
        }
        float[] vector = gap.embed(image);

        assertThat(vector).hasSize(2).hasSize(gap.space().dimension());
        assertThat(vector[0]).isCloseTo((float) (red / Math.hypot(red, blue)), within(1e-6f));
        assertThat(vector[1]).isCloseTo((float) (blue / Math.hypot(red, blue)), within(1e-6f));
    }

    @Test
    void flattensTheCellsOfTheImageAndLeavesTheOthersZero() {
        Raster image = noise(SIDE, 12, 3, 5);
        float[] vector = flatten.embed(image);

        assertThat(vector).hasSize(CELLS * CELLS * 2).hasSize(flatten.space().dimension());
        double length = 0;
        for (int y = 0; y < 12; y += STRIDE) {
            for (int x = 0; x < SIDE; x += STRIDE) {
                length += Math.pow(image.sample(x, y, 0), 2);
                length += Math.pow(image.sample(x, y, 2) - 100, 2);
            }
        }
        for (int i = 0; i < vector.length; i++) {
            int x = i / 2 % CELLS * STRIDE;
            int y = i / 2 / CELLS * STRIDE;
            double expected = 0;
            if (y < 12) {
                expected = i % 2 == 0 ? image.sample(x, y, 0) : image.sample(x, y, 2) - 100;
            }
            assertThat(vector[i])
                    .as("component %d", i)
                    .isCloseTo((float) (expected / Math.sqrt(length)), within(1e-6f));
        }
    }

    @Test
    void comparesImagesOfDifferentAspectOverTheCellsThatBothHave() {
        Raster wide = constant(32, 8); // 2 rows of 8 cells
        Raster high = constant(8, 32);
        float[] a = flatten.embed(wide);
        float[] b = flatten.embed(high);

        // Equal where both are: 4 of 16 cells.
        assertThat(dot(a, b)).isCloseTo(.25, within(1e-6));
        assertThat(dot(a, a)).isCloseTo(1, within(1e-6));
        assertThat(dot(gap.embed(wide), gap.embed(high))).isCloseTo(1, within(1e-6));
    }

    @Test
    void greyIsColourWithThreeEqualChannels() {
        Raster grey = noise(17, 23, 1, 6);
        short[] colour = new short[3 * grey.samples().length];
        for (int i = 0; i < colour.length; i++) {
            colour[i] = grey.samples()[i / 3];
        }

        assertThat(flatten.embed(grey)).isEqualTo(flatten.embed(new Raster(17, 23, 3, 8, colour)));
    }

    @Test
    void everyFormAndEveryWeightsHaveASpaceOfTheirOwn() {
        EmbeddingSpace space = gap.space();

        assertThat(space.level()).isEqualTo(Level.IMAGE);
        assertThat(space.encoder()).isEqualTo("corner");
        assertThat(flatten.space()).isNotEqualTo(space);
        assertThat(embedder(new CornerEncoder("b"), EncoderEmbedder.Form.GAP).space())
                .isNotEqualTo(space);
        assertThat(embedder(new CornerEncoder("a"), EncoderEmbedder.Form.GAP).space())
                .isEqualTo(space);
    }

    @Test
    void closesItsEncoder() {
        gap.close();

        assertThat(encoder.closed).isTrue();
    }

    @Test
    void theRegistrySaysWhichNeedWeightsAndWhichAnIndexTakes() {
        assertThat(Embedders.names()).contains("thumbnail", "mobilesam-gap", "mobilesam-flatten");
        assertThat(Embedders.network("thumbnail")).isEmpty();
        assertThat(Embedders.network("mobilesam-gap")).contains("mobilesam");
        assertThat(Embedders.network("attention-mapper")).contains("cross_attention");
        assertThat(Embedders.indexable())
                .contains("thumbnail", "mobilesam-gap", "attention-mapper")
                .doesNotContain("mobilesam-flatten");
        assertThatThrownBy(() -> Embedders.byName("mobilesam-gap"))
                .isInstanceOfSatisfying(
                        EmbeddingException.class,
                        e -> assertThat(e.code()).isEqualTo(EmbeddingException.Code.WEIGHTS))
                .hasMessageContaining("weights of network mobilesam");
    }

    @Test
    void theRegistryRefusesWeightsThatAreMissingOrMeanNothing() {
        try (Torch torch = Torch.start(new Torch.Threads(1, 1))) {
            assertThat(Embedders.open(torch, "thumbnail", null).space().encoder())
                    .isEqualTo("thumbnail");
            assertThatThrownBy(() -> Embedders.open(torch, "thumbnail", Path.of("a/x.pt")))
                    .isInstanceOf(EmbeddingException.class)
                    .hasMessageContaining("needs no weights, and got x.pt");
            assertThatThrownBy(() -> Embedders.open(torch, "mobilesam-flatten", null))
                    .isInstanceOf(EmbeddingException.class)
                    .hasMessageContaining("weights of network mobilesam");
            assertThatThrownBy(() -> Embedders.open(torch, "mobilesam-gap", Path.of("none.pt")))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("none.pt");
        }
    }

    private static Raster noise(int width, int height, int channels, long seed) {
        Random random = new Random(seed);
        short[] samples = new short[width * height * channels];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) random.nextInt(256);
        }
        return new Raster(width, height, channels, 8, samples);
    }

    private static Raster constant(int width, int height) {
        short[] samples = new short[width * height];
        Arrays.fill(samples, (short) 50);
        return new Raster(width, height, 1, 8, samples);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
