package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.retrieval.Temperature;

class TemperatureSweepTest {
    private static final List<Temperature> GRID =
            List.of(
                    new Temperature(1e-5),
                    new Temperature(0.001),
                    new Temperature(0.1),
                    Temperature.UNIFORM);

    private final PoolRetrieval images = Discs.images();
    private final TemperatureSweep protocol = new TemperatureSweep(Discs.examiner(images));

    private TemperatureSweep.Settings settings(SupportSize size) {
        return new TemperatureSweep.Settings(size, images.nearest(), GRID, 1, 2);
    }

    @Test
    void choosesOnOneHalfAndReportsOnTheOther() {
        EvaluationPool pool = Discs.pool(24, 12, 3);
        List<String> told = new ArrayList<>();
        TemperatureSweep.Result result =
                protocol.run(
                        pool,
                        settings(SupportSize.parse("full")),
                        images.random(),
                        (label, done, total) -> told.add(done + "/" + total));
        assertThat(result.curve().n()).isEqualTo(6);
        Set<String> reported =
                result.weighted().queries().stream()
                        .map(QueryResult::id)
                        .collect(Collectors.toSet());
        assertThat(reported).hasSize(6);
        // Six queries at four temperatures; six reported twice, and two sizes with two draws each.
        assertThat(told.getLast()).isEqualTo("60/60");
        assertThat(told).hasSize(60);
        // Averaging the masks of all discs everywhere finds little: near ones have to weigh more.
        assertThat(result.chosen().isUniform()).isFalse();
        assertThat(result.weighted().gainOver(result.uniform(), Metric.DICE, 1).mean())
                .isGreaterThan(0.1);
        assertThat(result.curve().mean(result.chosen()))
                .isGreaterThan(result.curve().mean(Temperature.UNIFORM) + 0.1);
        assertThat(result.drawn().keySet()).containsExactly("large", "small");
        assertThat(result.drawn().get("large").supportSize()).isEqualTo(16);
        assertThat(result.drawn().get("small").supportSize()).isEqualTo(8);
        assertThat(result.drawn().get("small").byRepeat(Metric.DICE)).hasSize(2);
        assertThat(result.weighted().supportSize()).isEqualTo(23);
    }

    @Test
    void keepsPatientsOnOneSide() {
        List<EvaluationCase> cases = new ArrayList<>();
        Discs.list(20)
                .forEach(one ->
                        cases.add(
                                new EvaluationCase(
                                        one.id(),
                                        "p" + cases.size() / 4,
                                        one.image(),
                                        one.masks())));
        EvaluationPool pool = new EvaluationPool(EvaluationCases.of(cases), "disc", 20, 3);
        TemperatureSweep.Result result =
                protocol.run(pool, settings(SupportSize.of(4)), images.random(), Progress.SILENT);
        Set<String> reported = new HashSet<>();
        result.uniform().queries().forEach(query -> reported.add(query.patient()));
        assertThat(result.drawn()).isEmpty();
        assertThat(result.curve().n() + result.uniform().n()).isEqualTo(20);
        assertThat(reported).hasSizeBetween(2, 3);
        assertThat(result.curve().n()).isEqualTo(4 * (5 - reported.size()));
    }

    @Test
    void letsAllQueriesChooseATemperatureForAPool() {
        TemperatureCurve curve = new TemperatureCurve(GRID);
        EvaluationPool pool = Discs.pool(24, 12, 3);
        int k =
                protocol.extend(
                        curve, pool, SupportSize.of(12), images.nearest(), 1, Progress.SILENT);
        assertThat(k).isEqualTo(12);
        assertThat(curve.n()).isEqualTo(12);
        LabelResult uniform =
                new LeaveOneOut(Discs.examiner(images))
                        .run(
                                pool,
                                new LeaveOneOut.Settings(
                                        SupportSize.of(12),
                                        images.nearest(),
                                        Temperature.UNIFORM,
                                        1,
                                        1),
                                Progress.SILENT);
        assertThat(curve.mean(Temperature.UNIFORM))
                .isCloseTo(uniform.mean(Metric.DICE), within(1e-9));
    }
}
