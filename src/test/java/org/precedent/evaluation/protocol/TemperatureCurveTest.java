package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.retrieval.Temperature;

class TemperatureCurveTest {
    private static final Temperature COLD = new Temperature(0.01);
    private static final Temperature WARM = new Temperature(0.1);
    private static final List<Temperature> GRID = List.of(COLD, WARM, Temperature.UNIFORM);

    @Test
    void choosesTheHighestMeanAndOfEqualOnesTheLargestTemperature() {
        TemperatureCurve curve = new TemperatureCurve(GRID);
        curve.add("a", "p1", new double[] {0.5, 0.7, 0.6});
        curve.add("a", "p2", new double[] {0.5, 0.7, 0.6});
        assertThat(curve.best()).isEqualTo(WARM);
        assertThat(curve.mean(WARM)).isCloseTo(0.7, within(1e-12));
        TemperatureCurve level = new TemperatureCurve(GRID);
        level.add("a", "p1", new double[] {0.5, 0.7, 0.7});
        assertThat(level.best()).isEqualTo(Temperature.UNIFORM);
    }

    @Test
    void countsLabelsEquallyWhateverTheirQueries() {
        TemperatureCurve curve = new TemperatureCurve(GRID);
        for (int i = 0; i < 9; i++) {
            curve.add("many", "p" + i, new double[] {0.6, 0.5, 0.5});
        }
        curve.add("few", "q", new double[] {0.1, 0.9, 0.2});
        assertThat(curve.best()).isEqualTo(WARM);
        assertThat(curve.mean(COLD)).isCloseTo((0.6 + 0.1) / 2, within(1e-12));
    }

    @Test
    void findsNoGainInNoiseThatAChoiceOnTheSameQueriesWouldFind() {
        Random random = new Random(2);
        double chosen = 0;
        double honest = 0;
        int runs = 200;
        for (int run = 0; run < runs; run++) {
            TemperatureCurve curve = new TemperatureCurve(TemperatureCurve.GRID);
            for (int i = 0; i < 10; i++) {
                curve.add("a", "p" + i, random.doubles(curve.grid().size()).toArray());
            }
            chosen += (curve.mean(curve.best()) - curve.mean(Temperature.UNIFORM)) / runs;
            honest += curve.gain(1).mean() / runs;
        }
        assertThat(chosen).isGreaterThan(0.1);
        assertThat(honest).isCloseTo(0, within(0.03));
    }

    @Test
    void findsAGainThatIsThere() {
        TemperatureCurve curve = new TemperatureCurve(GRID);
        for (int i = 0; i < 6; i++) {
            curve.add("a", "p" + i, new double[] {0.5, 0.75, 0.6});
        }
        assertThat(curve.gain(1).mean()).isCloseTo(0.15, within(1e-12));
    }

    @Test
    void dealsPatientsToHalvesOfAboutEqualQueries() {
        assertThat(TemperatureCurve.firstHalf(List.of("a", "a", "a", "b", "c", "d", "d", "e")))
                .containsExactly("a", "e");
        TemperatureCurve alone = new TemperatureCurve(GRID);
        alone.add("a", "p", new double[3]);
        assertThatThrownBy(() -> alone.gain(1)).hasMessageContaining("at least 2 patients");
        assertThatThrownBy(() -> new TemperatureCurve(List.of(COLD)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
