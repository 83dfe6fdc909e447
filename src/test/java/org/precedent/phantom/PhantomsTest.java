package org.precedent.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.LabelResult;
import org.precedent.evaluation.LeaveOneOut;
import org.precedent.evaluation.LeaveOneOut.Settings;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

class PhantomsTest {

    @Test
    void makesTheSamePatientsAgainAndOthersFromAnotherSeed() {
        List<Phantoms.Phantom> all = new Phantoms(3).patients(4);
        Phantoms.Phantom alone = new Phantoms(3).patient(2).get(1);
        Phantoms.Phantom among =
                all.stream().filter(p -> p.id().equals(alone.id())).findFirst().orElseThrow();
        assertThat(alone.image().toNetpbm()).isEqualTo(among.image().toNetpbm());
        assertThat(alone.masks().get("liver").inside())
                .isEqualTo(among.masks().get("liver").inside());
        assertThat(new Phantoms(4).patient(2).get(0).image().toNetpbm())
                .isNotEqualTo(new Phantoms(3).patient(2).get(0).image().toNetpbm());
    }

    @Test
    void showsTwoOrThreeSlicesAPatientWithDisjointLabels() {
        Set<String> ids = new HashSet<>();
        for (int number = 0; number < 12; number++) {
            List<Phantoms.Phantom> slices = new Phantoms(1).patient(number);
            assertThat(slices.size()).isBetween(2, 3);
            for (Phantoms.Phantom slice : slices) {
                assertThat(ids.add(slice.id())).isTrue();
                assertThat(slice.image().width()).isEqualTo(Phantoms.SIDE);
                assertThat(slice.masks()).containsKeys("liver", "spine");
                assertThat(Phantoms.LABELS).containsAll(slice.masks().keySet());
                int[] covered = new int[Phantoms.SIDE * Phantoms.SIDE];
                for (Mask mask : slice.masks().values()) {
                    assertThat(mask.area()).isGreaterThanOrEqualTo(20);
                    for (int i = 0; i < covered.length; i++) {
                        covered[i] += mask.inside()[i] ? 1 : 0;
                    }
                }
                assertThat(Arrays.stream(covered).max()).as(slice.id()).hasValue(1);
            }
        }
    }

    @Test
    void cannotBeSolvedByGreyOrPlaceAloneAndRewardsSimilarSupports() {
        List<EvaluationCase> cases = new ArrayList<>();
        for (Phantoms.Phantom p : new Phantoms(1).patients(24)) {
            cases.add(new EvaluationCase(p.id(), p.patient(), p.image(), p.masks()));
        }
        LeaveOneOut protocol =
                new LeaveOneOut(
                        new Thumbnail(), new Segmenter(new MeanMaskNetwork()), System::nanoTime);
        double random = 0;
        double similar = 0;
        for (Strategy strategy : Strategy.values()) {
            List<LabelResult> results =
                    protocol.run(
                            cases,
                            Phantoms.LABELS,
                            new Settings(8, strategy, Temperature.UNIFORM, 20, 7),
                            (label, done, total, result) -> {});
            for (LabelResult result : results) {
                assertThat(result.baselines().get("grey_level"))
                        .as("%s %s %s", strategy, result.label(), result.baselines())
                        .isLessThan(0.7);
                assertThat(result.baselines().get("mean_mask"))
                        .as("%s %s %s", strategy, result.label(), result.baselines())
                        .isLessThan(0.85);
                if (strategy == Strategy.RANDOM) {
                    random += result.diceMean() / results.size();
                } else {
                    similar += result.diceMean() / results.size();
                }
            }
        }
        assertThat(similar).isGreaterThan(random);
    }

    /** The image at 8 x 8, its mean taken away, at length 1. */
    private static final class Thumbnail implements ImageEmbedder {
        @Override
        public EmbeddingSpace space() {
            return new EmbeddingSpace("small", "00000000", Level.IMAGE, 64);
        }

        @Override
        public float[] embed(Raster image) {
            Plane small = Resampling.area(Resampling.plane(image), 8, 8);
            double mean = 0;
            for (float value : small.values()) {
                mean += value / 64;
            }
            double length = 0;
            for (float value : small.values()) {
                length += (value - mean) * (value - mean);
            }
            float[] vector = new float[64];
            for (int i = 0; i < 64; i++) {
                vector[i] = (float) ((small.values()[i] - mean) / Math.sqrt(length));
            }
            return vector;
        }
    }
}
