package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.picture.Overlay;

class InputRangeTest {
    private static final int W = 160;
    private static final int H = 120;
    private static final int SIDE = 128;

    /** Something like anatomy: smooth, grained, 1000 to 1600, bright in the middle. */
    private static Raster picture() {
        Random random = new Random(5);
        return raster(
                W,
                H,
                16,
                (x, y) -> {
                    double r = Math.hypot((x - 80) / 50.0, (y - 60) / 40.0);
                    double body = r < 1 ? 400 : 100 * (1 + Math.cos(x / 15.0));
                    return (int) (1000 + body + 200 * random.nextDouble());
                });
    }

    private static Raster raster(int width, int height, int bits, IntBinaryOperator value) {
        short[] samples = new short[width * height];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) value.applyAsInt(i % width, i / width);
        }
        return new Raster(width, height, 1, bits, samples);
    }

    private static Raster with(Raster image, int value, int left, int top, int width, int height) {
        short[] samples = image.samples().clone();
        for (int y = top; y < top + height; y++) {
            Arrays.fill(
                    samples,
                    y * image.width() + left,
                    y * image.width() + left + width,
                    (short) value);
        }
        return new Raster(image.width(), image.height(), 1, image.bitsPerSample(), samples);
    }

    private static Raster padded(Raster image, int by, int value) {
        return raster(
                image.width() + 2 * by,
                image.height() + 2 * by,
                16,
                (x, y) -> {
                    int u = x - by;
                    int v = y - by;
                    boolean in = u >= 0 && v >= 0 && u < image.width() && v < image.height();
                    return in ? image.sample(u, v, 0) : value;
                });
    }

    /**
     * How much of the network's range the tissue fills: clean .8, four fifths of it with a margin.
     */
    private static double spread(Raster image, int left, int top) {
        InputRange.Limits limits = InputRange.CURRENT.limits(image);
        Plane seen = NetworkInput.stretched(InputRange.CURRENT.plane(image));
        assertThat(limits.low()).isLessThan(limits.high());
        float[] tissue = new float[W * H];
        for (int i = 0; i < tissue.length; i++) {
            tissue[i] = seen.at(left + i % W, top + i / W);
        }
        Arrays.sort(tissue);
        return tissue[(int) (.98 * tissue.length)] - tissue[(int) (.02 * tissue.length)];
    }

    @Test
    void anImageWithoutOutliersIsSeenAsBefore() {
        Raster image = picture();
        assertThat(NetworkInput.of(image, SIDE, InputRange.CURRENT))
                .usingRecursiveComparison()
                .isEqualTo(NetworkInput.of(image, SIDE, InputRange.MIN_MAX));
    }

    @Test
    void oneHotOrDeadPixelChangesNothingButWhatIsAroundIt() {
        Raster clean = picture();
        for (int value : new int[] {65535, 30000, 0}) {
            Raster hot = with(clean, value, 47, 91, 1, 1);
            assertThat(spread(hot, 0, 0)).as("%d", value).isGreaterThan(.65);
            Plane before = NetworkInput.of(clean, SIDE, InputRange.CURRENT).plane();
            Plane after = NetworkInput.of(hot, SIDE, InputRange.CURRENT).plane();
            assertThat(correlation(before, after)).as("%d", value).isGreaterThan(.99);
            Plane minMax = NetworkInput.of(hot, SIDE, InputRange.MIN_MAX).plane();
            assertThat(correlation(before, minMax)).as("%d before", value).isLessThan(.98);
        }
    }

    @Test
    void aBurntInMarkerIsNoTissueWhateverItsSize() {
        for (int[] size : new int[][] {{8, 8}, {14, 10}, {40, 12}, {60, 9}}) {
            Raster marked = with(picture(), 65535, 6, 5, size[0], size[1]);
            assertThat(spread(marked, 0, 0)).as("%d x %d", size[0], size[1]).isGreaterThan(.65);
        }
    }

    @Test
    void paddingLeavesTheRangeOfWhatIsInsideAsItIs() {
        Raster clean = picture();
        Raster marked = with(clean, 65535, 6, 5, 14, 10);
        // A letterbox of the picture's own, whose value is the least of it.
        Raster boxed = padded(clean, 15, 1000);
        for (int value : new int[] {0, 65535}) {
            for (int by : new int[] {1, 20, 100}) {
                for (Raster image : new Raster[] {clean, marked, boxed}) {
                    int inner = image == boxed ? 15 : 0;
                    Plane before = NetworkInput.stretched(InputRange.CURRENT.plane(image));
                    Raster padded = padded(image, by, value);
                    Plane after = NetworkInput.stretched(InputRange.CURRENT.plane(padded));
                    for (int y = 0; y < H; y++) {
                        for (int x = 0; x < W; x++) {
                            assertThat(after.at(inner + by + x, inner + by + y))
                                    .as("%d x %d at %d, %d", value, by, x, y)
                                    .isEqualTo(before.at(inner + x, inner + y));
                        }
                    }
                }
                assertThat(InputRange.PERCENTILE_APART.limits(padded(clean, by, value)))
                        .as("as it was before")
                        .isNotEqualTo(InputRange.CURRENT.limits(padded(clean, by, value)));
            }
        }
    }

    @Test
    void paddingAndFramesAreNotInside() {
        Raster clean = picture();
        for (int value : new int[] {0, 65535, 1200}) {
            for (int by : new int[] {1, 20, 200}) {
                Raster framed = padded(clean, by, value);
                assertThat(spread(framed, by, by)).as("%d of %d", by, value).isGreaterThan(.6);
            }
        }
        // A white line around black around the image, and zeros on one side only.
        Raster nested = padded(padded(padded(clean, 9, 0), 1, 65535), 7, 0);
        assertThat(spread(nested, 17, 17)).isGreaterThan(.6);
        Raster oneSide = with(padded(clean, 30, 0), 0, 0, 0, 1, 1);
        assertThat(spread(oneSide, 30, 30)).isGreaterThan(.6);
    }

    /**
     * A letter of a dozen pixels, beside bright tissue of many times as many: of all that lies
     * beyond the percentile it is the smaller part, and it is a marker all the same.
     */
    @Test
    void aMarkerIsToldFromBrightTissueThatLiesBeyondWithIt() {
        Random random = new Random(5);
        Raster tissue =
                raster(
                        W,
                        H,
                        16,
                        (x, y) -> {
                            boolean vessel = Math.hypot(x - 50, y - 70) < 4.5;
                            return (int)
                                    (vessel
                                            ? 3000 + 900 * random.nextDouble()
                                            : 800 + 3 * x + 60 * random.nextDouble());
                        });
        Raster lettered = with(with(tissue, 65535, 100, 4, 2, 7), 65535, 100, 9, 6, 2);
        InputRange.Limits clean = InputRange.CURRENT.limits(tissue);
        assertThat(InputRange.CURRENT.limits(lettered).high())
                .as("tissue stays, the letter goes")
                .isBetween(3000.0, 4000.0);
        assertThat(Math.min(clean.high(), 3900)).isGreaterThan(3800);
        assertThat(InputRange.PERCENTILE.limits(lettered).high())
                .as("before")
                .isGreaterThanOrEqualTo(65535);
    }

    @Test
    void aSmallBrightObjectIsKept() {
        // Less than half a percent of the pixels, far above what is around it: a lesion, not a
        // defect.
        Random random = new Random(3);
        for (int bits : new int[] {8, 16}) {
            int unit = bits == 8 ? 1 : 200;
            Raster noisy =
                    raster(
                            W,
                            H,
                            bits,
                            (x, y) -> {
                                boolean in = Math.hypot(x - 50, y - 70) < 4.5;
                                return (int)
                                        (unit
                                                * (in
                                                        ? 150 + 80 * random.nextDouble()
                                                        : 10 + 3 * random.nextGaussian()));
                            });
            InputRange.Limits limits = InputRange.CURRENT.limits(noisy);
            assertThat(limits.high()).as("%d bits", bits).isGreaterThan(200.0 * unit);
        }
    }

    @Test
    void nearlyBinaryAndSparseImagesKeepTheirRange() {
        Raster disc = raster(W, H, 8, (x, y) -> Math.hypot(x - 50, y - 70) < 5 ? 255 : 0);
        Raster stroke = raster(W, H, 8, (x, y) -> y == 60 && x > 20 && x < 90 ? 200 + x % 50 : 3);
        Raster checks = raster(W, H, 8, (x, y) -> (x / 8 + y / 8) % 2 * 255);
        for (Raster image : new Raster[] {disc, stroke, checks}) {
            Plane seen = InputRange.CURRENT.plane(image);
            assertThat(seen.values()).isEqualTo(Resampling.plane(image).values());
        }
    }

    @Test
    void constantAndTinyImagesAreTakenAsTheyAre() {
        for (int[] size : new int[][] {{1, 1}, {1, 300}, {300, 1}, {2, 2}, {40, 40}}) {
            Raster flat = raster(size[0], size[1], 16, (x, y) -> 777);
            assertThat(NetworkInput.of(flat, SIDE, InputRange.CURRENT).plane().values())
                    .containsOnly(0);
        }
        Raster slope = raster(40, 20, 16, (x, y) -> 1000 + 100 * x);
        assertThat(InputRange.CURRENT.plane(slope).values())
                .isEqualTo(Resampling.plane(slope).values());
        Raster two = raster(2, 1, 16, (x, y) -> 65535 * x);
        assertThat(InputRange.CURRENT.plane(two).values()).containsExactly(0, 65535);
    }

    @Test
    void randomImagesNeverLoseTheirOrder() {
        Random random = new Random(17);
        for (int n = 0; n < 300; n++) {
            int width = 1 + random.nextInt(60);
            int height = 1 + random.nextInt(60);
            int channels = random.nextBoolean() ? 1 : 3;
            int values = 1 + random.nextInt(1 << (1 + random.nextInt(16)));
            short[] samples = new short[width * height * channels];
            for (int i = 0; i < samples.length; i++) {
                boolean outlier = random.nextInt(200) == 0;
                samples[i] = (short) (outlier ? random.nextInt(65536) : random.nextInt(values));
            }
            Raster image = new Raster(width, height, channels, 16, samples);
            InputRange.Limits limits = InputRange.CURRENT.limits(image);
            assertThat(limits.low()).as("image %d of seed 17", n).isLessThan(limits.high());
            Plane all = Resampling.plane(image);
            Plane kept = InputRange.CURRENT.plane(image);
            for (int i = 1; i < all.values().length; i++) {
                if (all.values()[i] >= all.values()[i - 1]) {
                    assertThat(kept.values()[i]).isGreaterThanOrEqualTo(kept.values()[i - 1]);
                }
            }
        }
    }

    @Test
    void picturesForPeopleShowTheTissueToo() {
        Raster hot = with(picture(), 65535, 47, 91, 1, 1);
        Raster drawn = Overlay.draw(hot, Map.of());
        int brightest = 0;
        for (int x = 200; x < 400; x++) {
            brightest = Math.max(brightest, drawn.sample(x, 240, 0));
        }
        assertThat(brightest).isGreaterThan(150);
        Raster rgb = Resampling.rgb8(hot, InputRange.CURRENT);
        assertThat(rgb.sample(80, 60, 0)).isGreaterThan(100);
        assertThat(Resampling.rgb8(hot, InputRange.MIN_MAX).sample(80, 60, 0)).isLessThan(5);
    }

    @Test
    void rangesHaveNames() {
        for (InputRange range : InputRange.values()) {
            assertThat(InputRange.of(range.word())).isEqualTo(range);
        }
        assertThat(InputRange.MIN_MAX.word()).isEqualTo("min-max");
        assertThat(InputRange.PERCENTILE.word()).isEqualTo("percentile-0.5");
        assertThat(InputRange.CURRENT.word()).isEqualTo("percentile-0.5-inside");
        assertThat(InputRange.MIN_MAX.stamp("weights")).isEqualTo("weights");
        assertThat(InputRange.CURRENT.stamp("weights")).isEqualTo("weights percentile-0.5-inside");
        assertThatThrownBy(() -> InputRange.of("z-score"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("z-score")
                .hasMessageContaining("percentile-0.5");
    }

    private static double correlation(Plane a, Plane b) {
        int n = a.values().length;
        double meanA = 0;
        double meanB = 0;
        for (int i = 0; i < n; i++) {
            meanA += a.values()[i] / n;
            meanB += b.values()[i] / n;
        }
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < n; i++) {
            ab += (a.values()[i] - meanA) * (b.values()[i] - meanB);
            aa += Math.pow(a.values()[i] - meanA, 2);
            bb += Math.pow(b.values()[i] - meanB, 2);
        }
        assertThat(aa).isNotCloseTo(0, within(1e-9));
        return bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
    }
}
