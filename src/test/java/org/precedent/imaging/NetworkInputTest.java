package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NetworkInputTest {
    private static final int[][] SIZES = {
        {192, 192}, {120, 120}, {112, 116}, {300, 200}, {97, 211}, {64, 48}, {512, 400}, {128, 128}
    };

    @Test
    void bringsAMaskThereAndBackWithoutLossOrShift() {
        Random random = new Random(11);
        for (int[] size : SIZES) {
            for (int i = 0; i < 10; i++) {
                Mask mask = ellipse(size[0], size[1], random);
                NetworkInput.Geometry geometry = NetworkInput.Geometry.fit(size[0], size[1], 128);
                Mask back = Resampling.above(geometry.out(geometry.in(mask)), 0.5);
                String as = size[0] + " x " + size[1] + " case " + i;
                assertThat(dice(mask, back)).as(as).isGreaterThan(0.97);
                double[] before = centroid(mask);
                double[] after = centroid(back);
                // A half-pixel shift of a network pixel would be at least half a native pixel
                // here for sizes above 128, and shows as a bias in one direction.
                double tolerance = 0.2 * Math.max(1, Math.max(size[0], size[1]) / 128.0);
                assertThat(after[0]).as(as).isCloseTo(before[0], within(tolerance));
                assertThat(after[1]).as(as).isCloseTo(before[1], within(tolerance));
            }
        }
    }

    @Test
    void hasNoShiftOnAverage() {
        Random random = new Random(12);
        for (int[] size : SIZES) {
            double dx = 0;
            double dy = 0;
            int n = 40;
            for (int i = 0; i < n; i++) {
                Mask mask = ellipse(size[0], size[1], random);
                NetworkInput.Geometry geometry = NetworkInput.Geometry.fit(size[0], size[1], 128);
                Mask back = Resampling.above(geometry.out(geometry.in(mask)), 0.5);
                dx += (centroid(back)[0] - centroid(mask)[0]) / n;
                dy += (centroid(back)[1] - centroid(mask)[1]) / n;
            }
            assertThat(dx).as("%d x %d", size[0], size[1]).isCloseTo(0, within(0.05));
            assertThat(dy).as("%d x %d", size[0], size[1]).isCloseTo(0, within(0.05));
        }
    }

    @Test
    void laysImageAndMaskOnTheSamePixels() {
        // The image is the mask: wherever the network sees bright, the label must say inside.
        Random random = new Random(13);
        for (int[] size : SIZES) {
            Mask mask = ellipse(size[0], size[1], random);
            NetworkInput input = NetworkInput.of(mask.toRaster(), 128, InputRange.CURRENT);
            Mask bright = Resampling.above(input.plane(), 0.5);
            Mask label = Resampling.above(input.geometry().in(mask), 0.5);
            assertThat(dice(bright, label)).as("%d x %d", size[0], size[1]).isGreaterThan(0.97);
        }
    }

    @Test
    void stretchesTheContentAndPadsWithZeros() {
        short[] samples = new short[40 * 20];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (1000 + i % 40 * 100);
        }
        NetworkInput input =
                NetworkInput.of(new Raster(40, 20, 1, 16, samples), 128, InputRange.CURRENT);
        assertThat(input.geometry())
                .isEqualTo(
                        new NetworkInput.Geometry(
                                40, 20, Frame.whole(40, 20), 128, 0, 32, 128, 64));
        assertThat(input.plane().at(0, 31)).isZero();
        assertThat(input.plane().at(127, 96)).isZero();
        assertThat(input.plane().at(0, 50)).isZero();
        assertThat(input.plane().at(127, 50)).isEqualTo(1);
    }

    @Test
    void makesAConstantImageZeroAndKeepsALineOfPixels() {
        Raster flat = new Raster(300, 1, 1, 8, new short[300]);
        for (int i = 0; i < 300; i++) {
            flat.samples()[i] = 9;
        }
        NetworkInput input = NetworkInput.of(flat, 128, InputRange.CURRENT);
        assertThat(input.plane().values()).containsOnly(0);
        assertThat(input.geometry().contentHeight()).isEqualTo(1);
        assertThat(input.geometry().out(input.plane()).width()).isEqualTo(300);
    }

    @Test
    void whatLiesAroundAnImageChangesNothingOfWhatIsSeen() {
        Random random = new Random(14);
        int width = 60;
        int height = 45;
        short[] samples = new short[width * height];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (1000 + random.nextInt(500));
        }
        Raster clean = new Raster(width, height, 1, 16, samples);
        Mask mask = ellipse(width, height, random);
        NetworkInput alone = NetworkInput.of(clean, 128, InputRange.CURRENT);
        for (int[] by :
                new int[][] {{1, 1, 1, 1}, {20, 0, 7, 0}, {0, 30, 0, 0}, {20, 20, 20, 20}}) {
            for (int value : new int[] {0, 1200, 65535}) {
                int wide = by[0] + width + by[2];
                int high = by[1] + height + by[3];
                short[] framed = new short[wide * high];
                Arrays.fill(framed, (short) value);
                boolean[] inside = new boolean[wide * high];
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        int at = (by[1] + y) * wide + by[0] + x;
                        framed[at] = samples[y * width + x];
                        inside[at] = mask.at(x, y);
                    }
                }
                if (by[0] > 2) {
                    framed[wide * (high / 2) + 1] = (short) 30000;
                }
                String as = value + " around by " + Arrays.toString(by);
                NetworkInput seen =
                        NetworkInput.of(
                                new Raster(wide, high, 1, 16, framed), 128, InputRange.CURRENT);
                assertThat(seen.plane().values()).as(as).isEqualTo(alone.plane().values());
                NetworkInput.Geometry geometry = seen.geometry();
                Plane label = geometry.in(new Mask(wide, high, inside));
                assertThat(label.values()).as(as).isEqualTo(alone.geometry().in(mask).values());
                // Back where it was, and nothing outside.
                Plane back = geometry.out(label);
                Plane expected = alone.geometry().out(label);
                for (int y = 0; y < high; y++) {
                    for (int x = 0; x < wide; x++) {
                        int u = x - by[0];
                        int v = y - by[1];
                        boolean shown = u >= 0 && v >= 0 && u < width && v < height;
                        assertThat(back.at(x, y)).isEqualTo(shown ? expected.at(u, v) : 0);
                        if (shown) {
                            Contour.Point there =
                                    geometry.pixelAt(geometry.columnOf(x), geometry.rowOf(y));
                            assertThat(Math.abs(there.x() - x)).as(as).isLessThanOrEqualTo(1);
                            assertThat(Math.abs(there.y() - y)).as(as).isLessThanOrEqualTo(1);
                        }
                    }
                }
                assertThat(geometry.columnOf(0)).isEqualTo(geometry.columnOf(by[0]));
            }
        }
        // Ranges of before show everything, and so does a slice of a volume.
        Raster padded =
                new Raster(
                        4, 4, 1, 8, new short[] {0, 0, 0, 0, 0, 9, 5, 0, 0, 5, 9, 0, 0, 0, 0, 0});
        assertThat(NetworkInput.geometry(padded, 8, InputRange.CURRENT).inside())
                .isEqualTo(new Frame(1, 1, 3, 3));
        assertThat(NetworkInput.geometry(padded, 8, InputRange.PERCENTILE_APART).inside())
                .isEqualTo(Frame.whole(4, 4));
    }

    private static Mask ellipse(int width, int height, Random random) {
        double least = Math.min(width, height);
        double a = least * (0.15 + 0.2 * random.nextDouble());
        double b = least * (0.15 + 0.2 * random.nextDouble());
        double cx = a + (width - 2 * a) * random.nextDouble();
        double cy = b + (height - 2 * b) * random.nextDouble();
        boolean[] inside = new boolean[width * height];
        for (int i = 0; i < inside.length; i++) {
            double u = (i % width + 0.5 - cx) / a;
            double v = (i / width + 0.5 - cy) / b;
            inside[i] = u * u + v * v <= 1;
        }
        return new Mask(width, height, inside);
    }

    private static double dice(Mask a, Mask b) {
        int both = 0;
        for (int i = 0; i < a.inside().length; i++) {
            both += a.inside()[i] && b.inside()[i] ? 1 : 0;
        }
        return 2.0 * both / (a.area() + b.area());
    }

    private static double[] centroid(Mask mask) {
        double x = 0;
        double y = 0;
        for (int i = 0; i < mask.inside().length; i++) {
            if (mask.inside()[i]) {
                x += i % mask.width();
                y += i / mask.width();
            }
        }
        return new double[] {x / mask.area(), y / mask.area()};
    }
}
