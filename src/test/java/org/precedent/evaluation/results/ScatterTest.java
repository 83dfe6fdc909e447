package org.precedent.evaluation.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.results.Scatter.Cloud;
import org.precedent.evaluation.results.Scatter.Point;
import org.precedent.imaging.Raster;

class ScatterTest {
    private static final int BLUE = 0x0072B2;

    @Test
    void putsLargerValuesFartherRightAndUp() {
        double[] low = centre(draw(Double.NaN, new Point(.2, .3)));
        double[] high = centre(draw(Double.NaN, new Point(.7, .9)));

        assertThat(high[0]).isGreaterThan(low[0] + 300);
        assertThat(high[1]).isLessThan(low[1] - 400);
    }

    @Test
    void drawsTheThresholdAndCrossesLeftOfIt() {
        Point point = new Point(.5, .5);
        int disc = count(draw(Double.NaN, point));
        int above = count(draw(.2, point));
        int below = count(draw(.8, point));

        assertThat(above).isGreaterThan(disc + 300); // the threshold's line
        assertThat(below).isNotEqualTo(above); // a cross in place of the disc
    }

    @Test
    void refusesNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Scatter("none", "", "", List.of()));
    }

    private static Raster draw(double limit, Point... points) {
        return new Scatter(
                        "title",
                        "predicted",
                        "true",
                        List.of(new Cloud("all", List.of(points), limit)))
                .draw();
    }

    private static int count(Raster raster) {
        int n = 0;
        for (int y = 0; y < raster.height(); y++) {
            for (int x = 0; x < 1180; x++) {
                n += isBlue(raster, x, y) ? 1 : 0;
            }
        }
        return n;
    }

    /** Of the blue pixels left of the legend. */
    private static double[] centre(Raster raster) {
        double[] sum = new double[2];
        for (int y = 0; y < raster.height(); y++) {
            for (int x = 0; x < 1180; x++) {
                if (isBlue(raster, x, y)) {
                    sum[0] += x;
                    sum[1] += y;
                }
            }
        }
        int n = count(raster);
        return new double[] {sum[0] / n, sum[1] / n};
    }

    private static boolean isBlue(Raster raster, int x, int y) {
        return (raster.sample(x, y, 0) << 16 | raster.sample(x, y, 1) << 8 | raster.sample(x, y, 2))
                == BLUE;
    }
}
