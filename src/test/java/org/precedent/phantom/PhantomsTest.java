package org.precedent.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.ThumbnailEmbedder;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.protocol.LeaveOneOut;
import org.precedent.evaluation.protocol.SupportSize;
import org.precedent.imaging.Mask;
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
        EvaluationCases all = EvaluationCases.of(cases);
        PoolRetrieval images = new PoolRetrieval(new ThumbnailEmbedder());
        LeaveOneOut protocol =
                new LeaveOneOut(
                        new TrialRunner(
                                new Segmenter(new MeanMaskNetwork()),
                                images,
                                PixelSpacing.PIXELS,
                                System::nanoTime));
        double random = 0;
        double similar = 0;
        for (SupportChooser chooser : List.of(images.random(), images.nearest())) {
            for (String label : Phantoms.LABELS) {
                LabelResult result =
                        protocol.run(
                                new EvaluationPool(all, label, 20, 7),
                                new LeaveOneOut.Settings(
                                        SupportSize.of(8), chooser, Temperature.UNIFORM, 7, 1),
                                Progress.SILENT);
                assertThat(result.baselines().get("grey_level"))
                        .as("%s %s %s", chooser.name(), label, result.baselines())
                        .isLessThan(0.7);
                assertThat(result.baselines().get("mean_mask"))
                        .as("%s %s %s", chooser.name(), label, result.baselines())
                        .isLessThan(0.85);
                if (chooser.isDrawn()) {
                    random += result.mean(Metric.DICE) / Phantoms.LABELS.size();
                } else {
                    similar += result.mean(Metric.DICE) / Phantoms.LABELS.size();
                }
            }
        }
        assertThat(similar).isGreaterThan(random);
    }
}
