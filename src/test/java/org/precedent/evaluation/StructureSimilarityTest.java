package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.imaging.Mask;
import org.precedent.network.LocationEncoder;
import org.precedent.network.SupportEncoding;
import org.precedent.network.TaskEncoder;
import org.precedent.retrieval.Fusion;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

/** Discs along the diagonal; an encoder of places that knows where its cell is bright. */
class StructureSimilarityTest {
    private final List<EvaluationCase> cases = new ArrayList<>();
    private final StructureSimilarity structures =
            new StructureSimilarity(
                    new LocationEmbedder(new Brightness(), 64),
                    new ObjectEmbedder(new Centre(), new Centre(), 64));

    StructureSimilarityTest() {
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
        SupportChooser images = Discs.images().nearest();

        assertThat(new StructureSimilarity(null, null).choosers(images, Fusion.EVEN)).isEmpty();
    }

    private SupportChooser chooser(String name) {
        SupportChooser images = Discs.images().nearest();
        return structures.choosers(images, Fusion.EVEN).stream()
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
                () ->
                        segmenter.segment(
                                cases.get(query).image(),
                                List.of(new Segmenter.WeightedSupport(source.image(), mask, 1))));
    }

    /** Every cell's mean brightness beside its place; queries and keys alike. */
    private static final class Brightness implements LocationEncoder {
        @Override
        public String name() {
            return "brightness";
        }

        @Override
        public String weightsSha256() {
            return "0".repeat(64);
        }

        @Override
        public int locationDimension() {
            return 65;
        }

        @Override
        public int locationStride() {
            return 8;
        }

        @Override
        public float[][] keyVectors(float[] image, int height, int width) {
            float[][] vectors = new float[64][65];
            for (int cell = 0; cell < 64; cell++) {
                float sum = 0;
                for (int i = 0; i < 64; i++) {
                    sum += image[(cell / 8 * 8 + i / 8) * width + cell % 8 * 8 + i % 8] / 64;
                }
                vectors[cell][cell] = sum;
                vectors[cell][64] = 1;
            }
            return vectors;
        }

        @Override
        public float[][] queryVectors(float[] image, int height, int width) {
            return keyVectors(image, height, width);
        }
    }

    /** The object's centre on a circle, so that near centres have a large cosine. */
    private static final class Centre extends MeanMaskNetwork implements TaskEncoder {
        @Override
        public int taskDimension() {
            return 2;
        }

        @Override
        public float[] taskVector(SupportEncoding encoding) {
            float[] label = encoding.tensors().get("label").values();
            double sum = 0;
            double area = 0;
            for (int i = 0; i < label.length; i++) {
                sum += label[i] * (i % encoding.width());
                area += label[i];
            }
            double angle = sum / area / encoding.width();
            return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
        }
    }
}
