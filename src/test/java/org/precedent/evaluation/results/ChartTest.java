package org.precedent.evaluation.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.evaluation.results.Chart.Series;
import org.precedent.imaging.Raster;

class ChartTest {
    private static final int BLUE = 0x0072B2;
    private static final int RED = 0xD55E00;

    private static Series series(String name, double... mean) {
        double[] low = mean.clone();
        double[] high = mean.clone();
        for (int i = 0; i < mean.length; i++) {
            low[i] -= 0.05;
            high[i] += 0.05;
        }
        return new Series(name, mean, low, high, false);
    }

    /** Pixels of exactly one colour, as {x, y}, below the legend. */
    private static List<int[]> pixels(Raster raster, int colour) {
        List<int[]> found = new ArrayList<>();
        for (int y = 120; y < raster.height(); y++) {
            for (int x = 0; x < raster.width(); x++) {
                int rgb =
                        raster.sample(x, y, 0) << 16
                                | raster.sample(x, y, 1) << 8
                                | raster.sample(x, y, 2);
                if (rgb == colour) {
                    found.add(new int[] {x, y});
                }
            }
        }
        return found;
    }

    private static double mean(List<int[]> pixels, int axis) {
        return pixels.stream().mapToInt(p -> p[axis]).average().orElseThrow();
    }

    @Test
    void drawsHigherValuesHigherAndLaterStepsFartherRight() {
        Chart chart =
                new Chart(
                        "title",
                        List.of("1", "2", "4"),
                        "K",
                        "Dice",
                        List.of(series("low", 0.2, 0.3, 0.4), series("high", 0.7, 0.8, 0.9)),
                        Chart.Form.LINES);
        Raster raster = chart.draw();
        List<int[]> low = pixels(raster, BLUE);
        List<int[]> high = pixels(raster, RED);
        assertThat(low).hasSizeGreaterThan(500);
        assertThat(mean(high, 1)).isLessThan(mean(low, 1) - 100);
        // Rising: the left half of a line lies lower than its right half.
        double middle = mean(low, 0);
        assertThat(mean(low.stream().filter(p -> p[0] < middle).toList(), 1))
                .isGreaterThan(mean(low.stream().filter(p -> p[0] > middle).toList(), 1) + 20);
        assertThat(chart.draw().samples()).isEqualTo(raster.samples());
    }

    @Test
    void leavesOutWhatIsNotKnown() {
        Raster whole =
                new Chart(
                                "t",
                                List.of("1", "2", "4"),
                                "",
                                "v",
                                List.of(series("a", 0.5, 0.5, 0.5)),
                                Chart.Form.LINES)
                        .draw();
        Raster gap =
                new Chart(
                                "t",
                                List.of("1", "2", "4"),
                                "",
                                "v",
                                List.of(series("a", 0.5, 0.5, Double.NaN)),
                                Chart.Form.LINES)
                        .draw();
        double right = pixels(whole, BLUE).stream().mapToInt(p -> p[0]).max().orElseThrow();
        assertThat(pixels(gap, BLUE)).isNotEmpty().allMatch(p -> p[0] < right - 300);
        Chart nothing =
                new Chart(
                        "t",
                        List.of("1"),
                        "",
                        "v",
                        List.of(series("a", Double.NaN)),
                        Chart.Form.ROWS);
        assertThat(pixels(nothing.draw(), BLUE)).isEmpty();
    }

    @Test
    void givesEveryRowItsPlaceAndWhiskers() {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 38; i++) {
            rows.add("oasis_trt118 right_inferior_parietal " + i);
        }
        double[] values = new double[38];
        for (int i = 0; i < 38; i++) {
            values[i] = i / 40.0;
        }
        Chart chart =
                new Chart(
                        "t",
                        rows,
                        "",
                        "Dice",
                        List.of(series("network", values), Series.beside("mean mask", values)),
                        Chart.Form.ROWS);
        Raster raster = chart.draw();
        List<int[]> blue = pixels(raster, BLUE);
        assertThat(raster.height()).isGreaterThan(38 * 2 * 22);
        // Below each other, and farther right with every row.
        double top = mean(blue.stream().filter(p -> p[1] < raster.height() / 2).toList(), 0);
        double bottom = mean(blue.stream().filter(p -> p[1] >= raster.height() / 2).toList(), 0);
        assertThat(bottom).isGreaterThan(top + 200);
        // Names have their place on the left.
        assertThat(blue).allMatch(p -> p[0] > 400);
        assertThat(pixels(raster, Chart.BESIDE)).isNotEmpty();
    }

    @Test
    void refusesSeriesOfAnotherLength() {
        assertThatThrownBy(() ->
                        new Chart(
                                "t",
                                List.of("1", "2"),
                                "",
                                "v",
                                List.of(series("a", 1)),
                                Chart.Form.LINES))
                .hasMessage("series a has not 2 values");
        assertThatThrownBy(() -> new Chart("t", List.of(), "", "v", List.of(), Chart.Form.LINES))
                .hasMessage("a chart of nothing: t");
    }

    @ParameterizedTest
    @CsvSource({
        "0.61, 0.93, 0.6, 1.0",
        "-11, 18, -20, 20",
        "0.5, 0.5, 0.5, 0.5",
        "0, 0, 0, 0",
        "3, 1234, 0, 1500"
    })
    void choosesRoundTicksThatHoldAllValues(double least, double most, double low, double high) {
        ChartAxis axis = ChartAxis.around(least, most);
        assertThat(axis.low()).isLessThanOrEqualTo(least + 1e-12);
        assertThat(axis.high()).isGreaterThanOrEqualTo(most - 1e-12);
        assertThat(axis.low()).isCloseTo(low, within(1e-9));
        assertThat(axis.high()).isCloseTo(high, within(1e-9));
        assertThat(axis.ticks()).hasSizeBetween(1, 9);
        assertThat(axis.ticks().stream().map(axis::text)).doesNotHaveDuplicates();
        assertThat(axis.place(axis.low())).isBetween(0.0, 0.5);
        assertThat(axis.text(0)).doesNotStartWith("-");
    }
}
