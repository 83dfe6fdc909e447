package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.imaging.Mask;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

/** Discs along the diagonal; an encoder of locations that knows where its cell is bright. */
class PoolRetrievalTest {
    private final List<EvaluationCase> cases = new ArrayList<>();
    private final PoolRetrieval structures =
            new PoolRetrieval(
                    Discs.embedder(),
                    new LocationEmbedder(new DiscEncoders.Brightness(), 64),
                    new ObjectEmbedder(new DiscEncoders.Centre(), new DiscEncoders.Centre(), 64));

    PoolRetrievalTest() {
        Random random = new Random(1);
        for (int i = 0; i < 8; i++) {
            cases.add(Discs.disc("case" + i, "patient" + i, 16 + 4 * i, random));
        }
    }

    @Test
    void theObjectLevelFindsObjectsLikeTheFirstAnswers() {
        SupportChooser object = chooser("object");

        // The first answer is case 3's mask, on the image of case 7.
        List<SupportChooser.Scored> chosen = object.choose(question(7, 3, 3));

        assertThat(chosen)
                .extracting(s -> s.support().id())
                .containsExactlyInAnyOrder("case2", "case3", "case4");
        assertThat(chosen.getFirst().support().id()).isEqualTo("case3");
        assertThat(chosen.getFirst().similarity()).isGreaterThan(chosen.get(2).similarity());
    }

    @Test
    void theLocationLevelAsksAlongTheContourOfTheFirstAnswer() {
        SupportChooser location = chooser("location");

        assertThat(location.choose(question(2, 2, 3)))
                .extracting(s -> s.support().id())
                .contains("case1");
        assertThat(location.choose(question(2, 2, 3)))
                .isEqualTo(location.choose(question(2, 2, 3)));
    }

    @Test
    void theFusionNamesAsManyAsAskedAndNeverTheQuery() {
        List<SupportChooser.Scored> chosen = chooser("fused").choose(question(5, 5, 4));

        assertThat(chosen).hasSize(4);
        assertThat(chosen).extracting(s -> s.support().id()).doesNotContain("case5");
        assertThat(chosen)
                .allSatisfy(
                        s -> assertThat(s.similarity()).isGreaterThan(0).isLessThanOrEqualTo(1));
    }

    @Test
    void withoutEncodersThereAreNoSuchLevels() {
        assertThat(Discs.images().choosers())
                .extracting(SupportChooser::name)
                .containsExactly("random", "image");
        assertThat(structures.choosers())
                .extracting(SupportChooser::name)
                .containsExactly("random", "image", "location", "object", "fused");
    }

    private SupportChooser chooser(String name) {
        return structures.choosers().stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** A query whose first answer is the mask of some case; candidates are all other cases. */
    private SupportChooser.Question question(int query, int firstAnswer, int k) {
        List<Annotated> candidates = new ArrayList<>();
        for (EvaluationCase one : cases) {
            if (!one.id().equals("case" + query)) {
                candidates.add(new Annotated(one, "disc", one.masks().get("disc")));
            }
        }
        EvaluationCase source = cases.get(firstAnswer);
        Mask mask = source.masks().get("disc");
        Segmenter segmenter = new Segmenter(new MeanMaskNetwork());
        return new SupportChooser.Question(
                "case" + query,
                cases.get(query).image(),
                "disc",
                candidates,
                k,
                0,
                similar ->
                        segmenter.segment(
                                cases.get(query).image(),
                                List.of(new Segmenter.WeightedSupport(source.image(), mask, 1))));
    }
}
