package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.imaging.Mask;
import org.precedent.retrieval.Temperature;

class RetrievalGainTest {
    private final PoolRetrieval images = Discs.images();
    private final RetrievalGain protocol = new RetrievalGain(Discs.examiner(images));

    private RetrievalGain.Settings settings(int pool, int queries, SupportChooser chooser) {
        return new RetrievalGain.Settings(pool, queries, 3, chooser, Temperature.UNIFORM, 4, 1);
    }

    @Test
    void asksEveryQueryTwiceFromFreshPools() {
        RetrievalGain.Result result =
                protocol.run(
                        Discs.cases(40), "disc", settings(0, 6, images.nearest()), Progress.SILENT);
        assertThat(result.pool()).isEqualTo(24);
        assertThat(result.generic().n()).isEqualTo(24);
        Estimate gain = result.gain(1);
        assertThat(gain.mean())
                .isGreaterThan(0.05)
                .isCloseTo(
                        result.retrieved().mean(Metric.DICE) - result.generic().mean(Metric.DICE),
                        within(1e-9));
        assertThat(gain.low()).isPositive();
        Set<List<String>> generic = new HashSet<>();
        for (int i = 0; i < 24; i++) {
            QueryResult query = result.generic().queries().get(i);
            assertThat(result.retrieved().queries().get(i).id()).isEqualTo(query.id());
            assertThat(query.supports()).hasSize(3).doesNotContain(query.id());
            generic.add(query.supports());
        }
        // One generic set a repeat, the same for all of its queries.
        assertThat(generic).hasSize(4);
        assertThat(result.retrieved().queries().stream().map(QueryResult::supports).distinct())
                .hasSizeGreaterThan(12);
        RetrievalGain.Result again =
                protocol.run(
                        Discs.cases(40), "disc", settings(0, 6, images.nearest()), Progress.SILENT);
        assertThat(again.gain(1)).isEqualTo(gain);
    }

    @Test
    void keepsPatientsOfThePoolFromAsking() {
        List<EvaluationCase> cases = new ArrayList<>();
        Discs.list(24)
                .forEach(one ->
                        cases.add(
                                new EvaluationCase(
                                        one.id(),
                                        "p" + cases.size() / 3,
                                        one.image(),
                                        one.masks())));
        RetrievalGain.Result result =
                protocol.run(
                        EvaluationCases.of(cases),
                        "disc",
                        settings(10, 100, images.nearest()),
                        Progress.SILENT);
        // Ten of the pool are of four patients; the other four patients ask, three times each.
        assertThat(result.retrieved().n()).isEqualTo(4 * 12);
        for (QueryResult query : result.retrieved().queries()) {
            for (String support : query.supports()) {
                EvaluationCase source =
                        cases.stream().filter(c -> c.id().equals(support)).findFirst().get();
                assertThat(source.patient()).isNotEqualTo(query.patient());
            }
        }
    }

    @Test
    void handsTheGenericAnswerToLevelsThatStartFromIt() {
        List<Mask> first = new ArrayList<>();
        SupportChooser level =
                new SupportChooser() {
                    @Override
                    public String name() {
                        return "object";
                    }

                    @Override
                    public boolean isDrawn() {
                        return false;
                    }

                    @Override
                    public List<Scored> choose(Question question) {
                        first.add(question.firstPass().from(List.of()).mask());
                        return images.nearest().choose(question);
                    }
                };
        RetrievalGain.Result result =
                protocol.run(Discs.cases(30), "disc", settings(0, 2, level), Progress.SILENT);
        assertThat(first).hasSize(8);
        assertThat(first.getFirst().area()).isPositive();
        assertThat(result.retrieved().n()).isEqualTo(8);
    }

    @Test
    void takesAllOfAPoolThatIsSmallerThanASupportSetAndRefusesOneWithoutQueries() {
        RetrievalGain.Result small =
                protocol.run(
                        Discs.cases(4), "disc", settings(2, 5, images.nearest()), Progress.SILENT);
        assertThat(small.pool()).isEqualTo(2);
        assertThat(small.retrieved().supportSize()).isEqualTo(2);
        assertThat(small.generic().queries()).allMatch(query -> query.supports().size() == 2);
        assertThatThrownBy(() ->
                        protocol.run(
                                Discs.cases(6),
                                "disc",
                                settings(6, 5, images.nearest()),
                                Progress.SILENT))
                .hasMessageContaining("0 queries of other patients");
        assertThatThrownBy(() -> settings(-1, 5, images.nearest()))
                .hasMessageContaining("-1, 5, 3, 4");
    }
}
