package org.precedent.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BlobPropertyTest {

    /** The long way is the rule; phantoms must not change by a pixel. */
    @Test
    void theShortWaysSayWhatTheDepthSays() {
        int inside = 0;
        int points = 0;
        for (int number = 0; number < 200; number++) {
            SplittableRandom random = new SplittableRandom(number);
            double a = 0.01 + random.nextDouble();
            double b = 0.01 + random.nextDouble();
            // Up to waves that reach the centre.
            double waviness = number % 4 == 0 ? 0 : 0.3 * random.nextDouble();
            double turn = 7 * random.nextDouble() - 3;
            Blob whole =
                    waviness == 0
                            ? Blob.ellipse(0.1, -0.2, a, b, turn)
                            : Blob.wavy(0.1, -0.2, a, b, turn, waviness, random);
            Blob blob = number % 3 == 0 ? whole.inner(0.005) : whole;
            double reach = 1.5 * (number % 3 == 0 ? Math.max(a, b) - 0.005 : Math.max(a, b));
            for (int i = 0; i < 2000; i++) {
                double x = 0.1 + 1.1 * reach * (2 * random.nextDouble() - 1);
                double y = -0.2 + 1.1 * reach * (2 * random.nextDouble() - 1);
                boolean near = Math.abs(x - 0.1) < reach && Math.abs(y + 0.2) < reach;
                assertThat(blob.holds(x, y))
                        .as("seed %d at %s, %s", number, x, y)
                        .isEqualTo(near && blob.depth(x, y) < 1);
                inside += blob.holds(x, y) ? 1 : 0;
                points++;
            }
        }
        assertThat((double) inside / points).isBetween(0.1, 0.9);
    }
}
