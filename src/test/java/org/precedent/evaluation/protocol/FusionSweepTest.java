package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.Level;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.FixedLevels;
import org.precedent.evaluation.FusedChooser;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.TrialRunner;
import org.precedent.network.Episode;
import org.precedent.network.Prediction;
import org.precedent.retrieval.Fusion;
import org.precedent.segmentation.MeanMaskNetwork;

/** A network that averages masks: only supports near the query help. */
class FusionSweepTest {
    private final PoolRetrieval images = Discs.images();

    /** Every image of which a choice was asked. */
    private final Set<String> asked = new HashSet<>();

    /** Every candidate that was offered. */
    private final Set<String> offered = new HashSet<>();

    @Test
    void theSharesGoToTheLevelThatFindsWhatHelps() {
        FusionCurve nearImages =
                choose(Map.of(Level.IMAGE, nearest(), Level.OBJECT, farthest()), 12);
        FusionCurve nearObjects =
                choose(Map.of(Level.IMAGE, farthest(), Level.OBJECT, nearest()), 12);

        assertThat(nearImages.n()).isEqualTo(12);
        assertThat(share(nearImages, Level.IMAGE)).isGreaterThanOrEqualTo(.75);
        assertThat(share(nearObjects, Level.OBJECT)).isGreaterThanOrEqualTo(.75);
        assertThat(nearObjects.mean(nearObjects.best()))
                .isGreaterThan(nearObjects.mean(Fusion.EVEN) + .05);
        assertThat(nearObjects.gain(1).mean()).isGreaterThan(.05);
    }

    @Test
    void levelsThatAgreeLeaveEverythingEven() {
        FusionCurve curve = choose(Map.of(Level.IMAGE, nearest(), Level.OBJECT, nearest()), 12);

        assertThat(curve.best()).isEqualTo(Fusion.EVEN);
        assertThat(curve.gain(1).mean()).isZero();
    }

    @Test
    void neitherTheQueriesNorWhatShowsThemChooses() {
        EvaluationPool pool = Discs.pool(30, 10, 3);

        choose(pool, Map.of(Level.IMAGE, nearest(), Level.OBJECT, farthest()), 100);

        Set<String> queries = new HashSet<>(pool.queries().stream().map(Annotated::id).toList());
        assertThat(queries).hasSize(10);
        assertThat(asked).isNotEmpty().doesNotContainAnyElementsOf(queries);
        assertThat(offered).isNotEmpty().doesNotContainAnyElementsOf(queries);
    }

    @Test
    void wherePoolAndQueriesAreTheSameNobodyChooses() {
        FusedChooser even =
                new FusedChooser(new FixedLevels(Map.of(Level.IMAGE, nearest())), Fusion.EVEN);

        FusionCurve nobody = choose(Discs.pool(10, 10, 3), Map.of(Level.IMAGE, nearest()), 12);

        assertThat(nobody.n()).isZero();
        assertThat(even.with(Fusion.EVEN, nobody.n()).fusion()).isEqualTo(Fusion.EVEN);
        assertThat(even.with(Fusion.EVEN, nobody.n()).chosenBy()).isZero();
    }

    /** Two levels of opposite opinions: 11 settings, but few different sets. */
    @Test
    void theNetworkAnswersEverySupportSetOnce() {
        List<Integer> answers = new ArrayList<>();
        MeanMaskNetwork counting =
                new MeanMaskNetwork() {
                    @Override
                    public List<Prediction> segment(List<Episode> episodes) {
                        answers.add(episodes.size());
                        return super.segment(episodes);
                    }
                };
        TrialRunner examiner = Discs.examiner(images, counting, System::nanoTime);
        FusedChooser chooser =
                new FusedChooser(
                        new FixedLevels(Map.of(Level.IMAGE, nearest(), Level.OBJECT, nearest())),
                        Fusion.EVEN);

        FusionCurve curve =
                new FusionSweep(examiner)
                        .choose(
                                Discs.pool(30, 4, 3),
                                chooser,
                                SupportSize.of(2),
                                5,
                                1,
                                Progress.SILENT);

        assertThat(curve.grid()).hasSize(11).endsWith(Fusion.EVEN);
        assertThat(answers).hasSize(2 * 5); // a first pass and one set an image
    }

    private FusionCurve choose(Map<Level, SupportChooser> levels, int most) {
        return choose(Discs.pool(60, 10, 3), levels, most);
    }

    private FusionCurve choose(EvaluationPool pool, Map<Level, SupportChooser> levels, int most) {
        return new FusionSweep(Discs.examiner(images))
                .choose(
                        pool,
                        new FusedChooser(new FixedLevels(levels), Fusion.EVEN),
                        SupportSize.of(4),
                        most,
                        1,
                        Progress.SILENT);
    }

    private static double share(FusionCurve curve, Level level) {
        return curve.best().shares().getOrDefault(level, 0.0);
    }

    private SupportChooser nearest() {
        return recording(false);
    }

    private SupportChooser farthest() {
        return recording(true);
    }

    private SupportChooser recording(boolean reversed) {
        return new SupportChooser() {
            @Override
            public String name() {
                return "recording";
            }

            @Override
            public boolean isDrawn() {
                return false;
            }

            @Override
            public List<Scored> choose(Question question) {
                asked.add(question.id());
                question.candidates().forEach(one -> offered.add(one.id()));
                List<Scored> all =
                        images.nearest()
                                .choose(
                                        new Question(
                                                question.id(),
                                                question.query(),
                                                question.label(),
                                                question.candidates(),
                                                question.candidates().size(),
                                                question.seed(),
                                                question.firstPass()));
                Comparator<Scored> order = Comparator.comparingDouble(Scored::similarity);
                return all.stream()
                        .sorted(reversed ? order : order.reversed())
                        .limit(question.k())
                        .toList();
            }
        };
    }
}
