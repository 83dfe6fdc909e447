package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.evaluation.protocol.LeaveOneOut.Settings;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.MeanMaskNetwork;

class LeaveOneOutTest {
    private final AtomicLong clock = new AtomicLong();
    private final PoolRetrieval images = Discs.images();
    private final LeaveOneOut protocol =
            new LeaveOneOut(
                    Discs.examiner(
                            images, new MeanMaskNetwork(), () -> clock.addAndGet(500_000_000)));

    private Settings similar(int k, double tau) {
        return new Settings(SupportSize.of(k), images.nearest(), new Temperature(tau), 5, 1);
    }

    private Settings random(SupportSize size, Temperature temperature, int repeats) {
        return new Settings(size, images.random(), temperature, 9, repeats);
    }

    @Test
    void scoresQueriesFromTheirMostSimilarCases() {
        EvaluationPool pool = Discs.pool(24, 10, 5);
        List<String> told = new ArrayList<>();
        LabelResult result =
                protocol.run(
                        pool,
                        similar(3, 0.05),
                        (label, done, total) -> told.add(label + " " + done + "/" + total));
        assertThat(result.n()).isEqualTo(10);
        assertThat(result.supportSize()).isEqualTo(3);
        assertThat(told).hasSize(10).startsWith("disc 1/10").endsWith("disc 10/10");
        double dice = result.mean(Metric.DICE);
        assertThat(dice).isBetween(0.7, 1.0);
        assertThat(result.mean(Metric.DICE_AT_NETWORK_SIZE)).isCloseTo(dice, within(1e-9));
        assertThat(result.mean(Metric.IOU)).isLessThan(dice);
        assertThat(result.mean(Metric.HAUSDORFF95))
                .isGreaterThan(result.mean(Metric.SURFACE_DISTANCE));
        assertThat(result.mean(Metric.SURFACE_DISTANCE)).isBetween(0.1, 4.0);
        assertThat(result.secondsPerQuery()).isEqualTo(0.5);
        assertThat(result.baselines().keySet())
                .containsExactly("mean_mask", "nearest_mask", "grey_level");
        // The fake network is the mean-mask baseline.
        assertThat(result.baselines().get("mean_mask")).isCloseTo(dice, within(0.03));
        Estimate estimate = result.estimate(Metric.DICE, 1);
        assertThat(estimate.mean()).isCloseTo(dice, within(1e-12));
        assertThat(estimate.low()).isLessThan(dice);
        assertThat(estimate.high()).isGreaterThan(dice);
        assertThat(result.deviation(Metric.DICE)).isPositive();
        for (QueryResult query : result.queries()) {
            assertThat(query.supports()).hasSize(3).doesNotContain(query.id());
            assertThat(query.weights().stream().mapToDouble(w -> w).sum())
                    .isCloseTo(1, within(1e-9));
            assertThat(query.weights()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        }
        LabelResult random =
                protocol.run(
                        pool, random(SupportSize.of(3), new Temperature(0.05), 1), Progress.SILENT);
        assertThat(random.mean(Metric.DICE)).isLessThan(dice);
        assertThat(random.queries())
                .extracting(QueryResult::id)
                .containsExactlyElementsOf(result.queries().stream().map(QueryResult::id).toList());
        Estimate gain = result.gainOver(random, Metric.DICE, 1);
        assertThat(gain.mean())
                .isCloseTo(dice - random.mean(Metric.DICE), within(1e-9))
                .isGreaterThan(0);
        assertThatThrownBy(() ->
                        result.gainOver(
                                protocol.run(Discs.pool(24, 10, 6), similar(3, 1), Progress.SILENT),
                                Metric.DICE,
                                1))
                .hasMessageContaining("not in both");
    }

    @Test
    void givesTheSameNumbersForTheSameSeedAndTheSameRandomSupportsForAnyTemperature() {
        EvaluationPool pool = Discs.pool(20, 6, 9);
        Settings settings = random(SupportSize.of(4), new Temperature(0.1), 1);
        LabelResult first = protocol.run(pool, settings, Progress.SILENT);
        assertThat(protocol.run(Discs.pool(20, 6, 9), settings, Progress.SILENT).queries())
                .usingRecursiveComparison()
                .isEqualTo(first.queries());
        LabelResult uniform =
                protocol.run(
                        pool, random(SupportSize.of(4), Temperature.UNIFORM, 1), Progress.SILENT);
        assertThat(uniform.queries().getFirst().supports())
                .isEqualTo(first.queries().getFirst().supports());
        assertThat(uniform.queries().getFirst().weights()).containsOnly(0.25);
        assertThat(Discs.pool(20, 6, 10).queries().stream().map(Annotated::id).toList())
                .isNotEqualTo(pool.queries().stream().map(Annotated::id).toList());
    }

    @Test
    void drawsOtherSupportsInEveryRepeatAndNestsSmallerSets() {
        EvaluationPool pool = Discs.pool(20, 4, 9);
        LabelResult result =
                protocol.run(
                        pool, random(SupportSize.of(6), Temperature.UNIFORM, 3), Progress.SILENT);
        assertThat(result.n()).isEqualTo(12);
        assertThat(result.byRepeat(Metric.DICE)).hasSize(3).doesNotHaveDuplicates();
        assertThat(result.byRepeat(Metric.DICE).stream().mapToDouble(d -> d).average())
                .hasValueCloseTo(result.mean(Metric.DICE), within(1e-9));
        assertThat(result.queries().stream().map(QueryResult::supports).distinct()).hasSize(12);
        LabelResult smaller =
                protocol.run(
                        pool, random(SupportSize.of(2), Temperature.UNIFORM, 1), Progress.SILENT);
        for (int i = 0; i < 4; i++) {
            assertThat(result.queries().get(i).supports())
                    .containsAll(smaller.queries().get(i).supports());
        }
    }

    @Test
    void takesThePapersSupportSizes() {
        EvaluationPool pool = Discs.pool(22, 3, 9);
        for (String size : List.of("full", "large", "small")) {
            LabelResult result =
                    protocol.run(
                            pool,
                            random(SupportSize.parse(size), new Temperature(0.1), 1),
                            Progress.SILENT);
            assertThat(result.supportSize())
                    .as(size)
                    .isEqualTo(
                            switch (size) {
                                case "full" -> 21;
                                case "large" -> 16;
                                default -> 8;
                            });
        }
    }

    @Test
    void neverSupportsAQueryByItsPatientOrByItsTwin() {
        List<EvaluationCase> cases = new ArrayList<>(Discs.list(6));
        EvaluationCase one = cases.getFirst();
        cases.add(new EvaluationCase("twin", "another", one.image(), one.masks()));
        cases.add(Discs.disc("moved", one.patient(), new Random(99)));
        EvaluationPool pool = new EvaluationPool(EvaluationCases.of(cases), "disc", 8, 1);
        LabelResult result = protocol.run(pool, similar(5, 0.1), Progress.SILENT);
        assertThat(result.n()).isEqualTo(8);
        for (QueryResult query : result.queries()) {
            switch (query.id()) {
                case "case0" -> assertThat(query.supports()).doesNotContain("twin", "moved");
                case "twin" -> assertThat(query.supports()).doesNotContain("case0");
                case "moved" -> assertThat(query.supports()).doesNotContain("case0");
                default -> assertThat(query.supports()).hasSize(5);
            }
        }
    }

    @Test
    void usesTheSupportsThatThereAre() {
        LabelResult result = protocol.run(Discs.pool(4, 4, 1), similar(16, 1), Progress.SILENT);
        assertThat(result.n()).isEqualTo(4);
        assertThat(result.supportSize()).isEqualTo(3);
        assertThat(result.queries()).allMatch(query -> query.supports().size() == 3);
        // Three images of one patient support the fourth, which alone supports them.
        List<EvaluationCase> uneven = new ArrayList<>();
        for (EvaluationCase one : Discs.list(4)) {
            String patient = uneven.size() < 3 ? "same" : "other";
            uneven.add(new EvaluationCase(one.id(), patient, one.image(), one.masks()));
        }
        EvaluationPool pool = new EvaluationPool(EvaluationCases.of(uneven), "disc", 4, 1);
        assertThat(pool.fewestSupports()).isEqualTo(1);
        assertThat(pool.mostSupports()).isEqualTo(3);
        LabelResult mixed = protocol.run(pool, similar(2, 1), Progress.SILENT);
        assertThat(mixed.supportSize()).isEqualTo(2);
        assertThat(mixed.queries())
                .allSatisfy(query ->
                        assertThat(query.supports()).hasSize(query.id().equals("case3") ? 2 : 1));
    }

    @Test
    void queriesThatNothingMaySupportAreLeftOutAndTheOthersAreAsBefore() {
        List<EvaluationCase> cases = new ArrayList<>(Discs.list(3));
        EvaluationCase one = cases.getFirst();
        EvaluationPool alone = new EvaluationPool(EvaluationCases.of(List.of(one)), "disc", 5, 1);
        assertThat(alone.queries()).isEmpty();
        assertThat(alone.withoutSupport()).extracting(Annotated::id).containsExactly("case0");
        assertThat(alone.fewestSupports()).isZero();
        assertThatThrownBy(() -> protocol.run(alone, similar(2, 1), Progress.SILENT))
                .isInstanceOfSatisfying(
                        EvaluationException.class,
                        e ->
                                assertThat(e.code())
                                        .isEqualTo(EvaluationException.Code.TOO_FEW_SUPPORTS))
                .hasMessageContaining("label disc has 1 image and no support for any");
        List<EvaluationCase> samePatient = new ArrayList<>();
        for (EvaluationCase each : cases) {
            samePatient.add(new EvaluationCase(each.id(), "p", each.image(), each.masks()));
        }
        EvaluationPool same = new EvaluationPool(EvaluationCases.of(samePatient), "disc", 5, 1);
        assertThat(same.withoutSupport()).hasSize(3);
        assertThat(Discs.pool(3, 5, 1).withoutSupport()).isEmpty();
    }

    @Test
    void refusesWhatIsNoQuestion() {
        assertThatThrownBy(() -> new EvaluationPool(Discs.cases(4), "square", 1, 1))
                .hasMessage("none of 4 cases has the label square");
        assertThatThrownBy(() -> new EvaluationPool(Discs.cases(4), "disc", 0, 1))
                .hasMessageContaining("queries is 0");
        assertThatThrownBy(() -> random(SupportSize.of(1), Temperature.UNIFORM, 0))
                .hasMessageContaining("repeats is 0");
    }

    @Test
    void leavesOutCasesWithoutTheLabelAndCountsThem() {
        List<EvaluationCase> cases = new ArrayList<>(Discs.list(5));
        cases.add(new EvaluationCase("bare", "p", cases.getFirst().image(), Map.of()));
        LabelResult result =
                protocol.run(
                        new EvaluationPool(EvaluationCases.of(cases), "disc", 100, 1),
                        random(SupportSize.of(2), new Temperature(1), 1),
                        Progress.SILENT);
        assertThat(result.n()).isEqualTo(5);
        assertThat(result.withoutLabel()).isEqualTo(1);
    }
}
