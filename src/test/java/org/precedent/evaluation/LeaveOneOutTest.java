package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.evaluation.LeaveOneOut.Settings;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

class LeaveOneOutTest {
    private static final LeaveOneOut.Progress SILENT = (label, done, total, result) -> {};

    private final AtomicLong clock = new AtomicLong();
    private final LeaveOneOut protocol =
            new LeaveOneOut(
                    new PositionEmbedder(),
                    new Segmenter(new MeanMaskNetwork()),
                    () -> clock.addAndGet(500_000_000));

    @Test
    void scoresQueriesFromTheirMostSimilarCases() {
        List<EvaluationCase> cases = cases(24);
        List<String> told = new ArrayList<>();
        LabelResult result =
                protocol.run(
                                cases,
                                List.of("disc"),
                                new Settings(3, Strategy.IMAGE, new Temperature(0.05), 10, 5),
                                (label, done, total, query) -> told.add(done + "/" + total))
                        .get(0);
        assertThat(result.n()).isEqualTo(10);
        assertThat(told).hasSize(10).startsWith("1/10").endsWith("10/10");
        assertThat(result.diceMean()).isBetween(0.7, 1.0);
        assertThat(result.diceMeanAtSide()).isCloseTo(result.diceMean(), within(0.05));
        assertThat(result.secondsPerQuery()).isEqualTo(0.5);
        assertThat(result.baselines().keySet())
                .containsExactly("mean_mask", "nearest_mask", "grey_level");
        // The fake network is the mean-mask baseline at another resolution.
        assertThat(result.baselines().get("mean_mask")).isCloseTo(result.diceMean(), within(0.03));
        double mean = result.queries().stream().mapToDouble(q -> q.dice()).average().orElseThrow();
        assertThat(result.diceMean()).isCloseTo(mean, within(1e-12));
        assertThat(result.diceSd()).isPositive();
        for (LabelResult.QueryResult query : result.queries()) {
            assertThat(query.supports()).hasSize(3).doesNotContain(query.id());
            assertThat(query.weights().stream().mapToDouble(w -> w).sum())
                    .isCloseTo(1, within(1e-9));
            assertThat(query.weights()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        }
        LabelResult random =
                protocol.run(
                                cases,
                                List.of("disc"),
                                new Settings(3, Strategy.RANDOM, new Temperature(0.05), 10, 5),
                                SILENT)
                        .get(0);
        assertThat(random.diceMean()).isLessThan(result.diceMean());
        assertThat(random.queries())
                .extracting(LabelResult.QueryResult::id)
                .containsExactlyElementsOf(
                        result.queries().stream().map(LabelResult.QueryResult::id).toList());
    }

    @Test
    void givesTheSameNumbersForTheSameSeedAndTheSameRandomSupportsForAnyTemperature() {
        List<EvaluationCase> cases = cases(20);
        var first = run(cases, new Settings(4, Strategy.RANDOM, new Temperature(0.1), 6, 9));
        assertThat(
                        run(cases, new Settings(4, Strategy.RANDOM, new Temperature(0.1), 6, 9))
                                .queries())
                .usingRecursiveComparison()
                .isEqualTo(first.queries());
        var uniform = run(cases, new Settings(4, Strategy.RANDOM, Temperature.UNIFORM, 6, 9));
        assertThat(uniform.queries().get(0).supports())
                .isEqualTo(first.queries().get(0).supports());
        assertThat(uniform.queries().get(0).weights()).containsOnly(0.25);
        var other = run(cases, new Settings(4, Strategy.RANDOM, new Temperature(0.1), 6, 10));
        assertThat(other.queries().stream().map(LabelResult.QueryResult::id).toList())
                .isNotEqualTo(first.queries().stream().map(LabelResult.QueryResult::id).toList());
    }

    @Test
    void neverSupportsAQueryByItsPatientOrByEqualPixels() {
        List<EvaluationCase> cases = new ArrayList<>(cases(6));
        EvaluationCase one = cases.get(0);
        cases.add(new EvaluationCase("twin", "another", one.image(), one.masks()));
        EvaluationCase moved = disc("moved", one.patient(), new Random(99));
        cases.add(moved);
        var result = run(cases, new Settings(5, Strategy.IMAGE, new Temperature(0.1), 8, 1));
        assertThat(result.n()).isEqualTo(8);
        for (LabelResult.QueryResult query : result.queries()) {
            switch (query.id()) {
                case "case0" -> assertThat(query.supports()).doesNotContain("twin", "moved");
                case "twin" -> assertThat(query.supports()).doesNotContain("case0");
                case "moved" -> assertThat(query.supports()).doesNotContain("case0");
                default -> assertThat(query.supports()).hasSize(5);
            }
        }
    }

    @Test
    void refusesMoreSupportsThanThereAre() {
        assertThatThrownBy(() ->
                        run(cases(4), new Settings(4, Strategy.IMAGE, new Temperature(1), 1, 1)))
                .isInstanceOfSatisfying(
                        EvaluationException.class,
                        e -> assertThat(e.fields()).containsEntry("limit", 3))
                .hasMessageContaining("K = 4 supports asked for, but label disc has 3");
        assertThatThrownBy(() ->
                        protocol.run(
                                cases(4),
                                List.of("square"),
                                new Settings(1, Strategy.IMAGE, new Temperature(1), 1, 1),
                                SILENT))
                .hasMessage("none of 4 cases has the label square");
    }

    @Test
    void leavesOutCasesWithoutTheLabelAndCountsThem() {
        List<EvaluationCase> cases = new ArrayList<>(cases(5));
        cases.add(new EvaluationCase("bare", "p", cases.get(0).image(), Map.of()));
        LabelResult result =
                run(cases, new Settings(2, Strategy.RANDOM, new Temperature(1), 100, 1));
        assertThat(result.n()).isEqualTo(5);
        assertThat(result.withoutLabel()).isEqualTo(1);
    }

    private LabelResult run(List<EvaluationCase> cases, Settings settings) {
        return protocol.run(cases, List.of("disc"), settings, SILENT).get(0);
    }

    private static List<EvaluationCase> cases(int n) {
        Random random = new Random(4);
        List<EvaluationCase> cases = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            cases.add(disc("case" + i, "patient" + i, random));
        }
        return cases;
    }

    /** A bright disc somewhere along the diagonal of a noisy image. */
    private static EvaluationCase disc(String id, String patient, Random random) {
        int side = 64;
        double centre = 18 + 28 * random.nextDouble();
        boolean[] inside = new boolean[side * side];
        short[] samples = new short[side * side];
        for (int i = 0; i < samples.length; i++) {
            inside[i] = Math.hypot(i % side - centre, i / side - centre) < 14;
            samples[i] = (short) (random.nextInt(60) + (inside[i] ? 120 : 40));
        }
        return new EvaluationCase(
                id,
                patient,
                new Raster(side, side, 1, 8, samples),
                Map.of("disc", new Mask(side, side, inside)));
    }

    /** Sees where the brightness of an image lies. */
    private static final class PositionEmbedder implements ImageEmbedder {
        @Override
        public EmbeddingSpace space() {
            return new EmbeddingSpace("position", "00000000", Level.IMAGE, 2);
        }

        @Override
        public float[] embed(Raster image) {
            double sum = 0;
            double x = 0;
            for (int i = 0; i < image.samples().length; i++) {
                double bright = Math.max(0, image.samples()[i] - 100);
                sum += bright;
                x += bright * (i % image.width());
            }
            double angle = x / sum / image.width() * Math.PI / 2;
            return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
        }
    }
}
