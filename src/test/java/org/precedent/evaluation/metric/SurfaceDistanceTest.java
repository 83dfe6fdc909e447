package org.precedent.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.ServiceException;
import org.precedent.imaging.Mask;

class SurfaceDistanceTest {
    private static final Mask NONE = new Mask(8, 6, new boolean[48]);

    private static Mask square(int left, int top, int side) {
        boolean[] inside = new boolean[48];
        for (int i = 0; i < side * side; i++) {
            inside[(top + i / side) * 8 + left + i % side] = true;
        }
        return new Mask(8, 6, inside);
    }

    @Test
    void isNothingForEqualOutlinesAndTheShiftForShiftedPoints() {
        assertThat(SurfaceDistance.between(square(1, 1, 4), square(1, 1, 4), PixelSpacing.PIXELS))
                .isEqualTo(new SurfaceDistance(0, 0));
        assertThat(SurfaceDistance.between(square(1, 1, 1), square(4, 5, 1), PixelSpacing.PIXELS))
                .isEqualTo(new SurfaceDistance(5, 5));
        assertThat(
                        SurfaceDistance.between(
                                square(1, 1, 1), square(4, 5, 1), PixelSpacing.ofMm(2, 0.5)))
                .isEqualTo(new SurfaceDistance(Math.hypot(6, 2), Math.hypot(6, 2)));
    }

    @Test
    void isNothingForTwoEmptyMasksAndTheDiagonalForOne() {
        assertThat(SurfaceDistance.between(NONE, NONE, PixelSpacing.PIXELS))
                .isEqualTo(new SurfaceDistance(0, 0));
        SurfaceDistance diagonal = new SurfaceDistance(10, 10);
        assertThat(SurfaceDistance.between(NONE, square(1, 1, 2), PixelSpacing.PIXELS))
                .isEqualTo(diagonal);
        assertThat(SurfaceDistance.between(square(1, 1, 2), NONE, PixelSpacing.PIXELS))
                .isEqualTo(diagonal);
        assertThat(SurfaceDistance.between(NONE, square(1, 1, 2), PixelSpacing.ofMm(0.5, 0.5)))
                .isEqualTo(new SurfaceDistance(5, 5));
    }

    @Test
    void agreesWithEveryPairOfOutlinePixelsCompared() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int width = 2 + random.nextInt(20);
            int height = 2 + random.nextInt(20);
            Mask a = blob(width, height, random);
            Mask b = blob(width, height, random);
            PixelSpacing spacing =
                    PixelSpacing.ofMm(0.3 + random.nextDouble(), 0.3 + random.nextDouble());
            if (a.area() == 0 || b.area() == 0) {
                continue;
            }
            List<Double> fromA = nearest(a, b, spacing);
            List<Double> fromB = nearest(b, a, spacing);
            SurfaceDistance distance = SurfaceDistance.between(a, b, spacing);
            assertThat(distance.hausdorff95())
                    .as("seed %d", seed)
                    .isCloseTo(Math.max(percentile(fromA), percentile(fromB)), within(1e-9));
            fromA.addAll(fromB);
            assertThat(distance.average())
                    .as("seed %d", seed)
                    .isCloseTo(
                            fromA.stream().mapToDouble(d -> d).average().orElseThrow(),
                            within(1e-9));
            assertThat(SurfaceDistance.between(b, a, spacing).hausdorff95())
                    .isCloseTo(distance.hausdorff95(), within(1e-12));
        }
    }

    @Test
    void refusesOtherSizesAndSpacingsThatAreNone() {
        assertThatThrownBy(() ->
                        SurfaceDistance.between(
                                NONE, new Mask(6, 8, new boolean[48]), PixelSpacing.PIXELS))
                .hasMessage("prediction of 8 x 6, truth of 6 x 8");
        assertThatThrownBy(() -> PixelSpacing.ofMm(1, -1))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("1.0,-1.0");
    }

    private static Mask blob(int width, int height, Random random) {
        boolean[] inside = new boolean[width * height];
        double x = random.nextDouble() * width;
        double y = random.nextDouble() * height;
        double r = random.nextDouble() * width / 2;
        for (int i = 0; i < inside.length; i++) {
            inside[i] = Math.hypot(i % width - x, i / width - y) < r || random.nextInt(40) == 0;
        }
        return new Mask(width, height, inside);
    }

    private static boolean onOutline(Mask mask, int x, int y) {
        if (!mask.at(x, y)) {
            return false;
        }
        int[][] around = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
        for (int[] d : around) {
            int u = x + d[0];
            int v = y + d[1];
            if (u < 0 || v < 0 || u >= mask.width() || v >= mask.height() || !mask.at(u, v)) {
                return true;
            }
        }
        return false;
    }

    private static List<Double> nearest(Mask from, Mask to, PixelSpacing spacing) {
        List<Double> distances = new ArrayList<>();
        for (int i = 0; i < from.inside().length; i++) {
            if (onOutline(from, i % from.width(), i / from.width())) {
                double nearest = Double.POSITIVE_INFINITY;
                for (int j = 0; j < to.inside().length; j++) {
                    if (onOutline(to, j % to.width(), j / to.width())) {
                        double dx = (i % from.width() - j % to.width()) * spacing.x();
                        double dy = (i / from.width() - j / to.width()) * spacing.y();
                        nearest = Math.min(nearest, Math.hypot(dx, dy));
                    }
                }
                distances.add(nearest);
            }
        }
        return distances;
    }

    /** As numpy's default. */
    private static double percentile(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        double rank = 0.95 * (sorted.size() - 1);
        double below = sorted.get((int) Math.floor(rank));
        double above = sorted.get((int) Math.ceil(rank));
        return below + (rank - Math.floor(rank)) * (above - below);
    }
}
