package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DistanceTransformTest {
    @Test
    void agreesWithEveryPairOfPixelsCompared() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(24);
            int height = 1 + random.nextInt(24);
            double share = random.nextDouble() * random.nextDouble();
            boolean[] inside = new boolean[width * height];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = random.nextDouble() < share;
            }
            double sx = 0.2 + 3 * random.nextDouble();
            double sy = 0.2 + 3 * random.nextDouble();
            double[] fast = DistanceTransform.to(new Mask(width, height, inside), sx, sy);
            for (int i = 0; i < inside.length; i++) {
                double nearest = Double.POSITIVE_INFINITY;
                for (int j = 0; j < inside.length; j++) {
                    if (inside[j]) {
                        double dx = sx * (i % width - j % width);
                        double dy = sy * (i / width - j / width);
                        nearest = Math.min(nearest, Math.hypot(dx, dy));
                    }
                }
                if (Double.isInfinite(nearest)) {
                    assertThat(fast[i]).as("seed %d pixel %d", seed, i).isInfinite();
                } else {
                    assertThat(fast[i])
                            .as("seed %d pixel %d", seed, i)
                            .isCloseTo(nearest, within(1e-9));
                }
            }
        }
    }

    @Test
    void measuresInTheUnitOfTheSpacing() {
        Mask corner = new Mask(3, 2, new boolean[] {true, false, false, false, false, false});
        assertThat(DistanceTransform.to(corner, 2, 0.5))
                .containsExactly(
                        new double[] {0, 2, 4, 0.5, Math.sqrt(4.25), Math.sqrt(16.25)},
                        within(1e-12));
    }

    @Test
    void refusesASpacingThatIsNone() {
        Mask mask = new Mask(1, 1, new boolean[1]);
        assertThatThrownBy(() -> DistanceTransform.to(mask, 0, 1)).hasMessageContaining("0.0 x 1");
        assertThatThrownBy(() -> DistanceTransform.to(mask, 1, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
