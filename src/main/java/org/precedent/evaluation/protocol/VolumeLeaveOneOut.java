package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.evaluation.metric.VolumeResult;
import org.precedent.evaluation.metric.VolumeResult.VolumeScore;
import org.precedent.evaluation.metric.VoxelCount;
import org.precedent.imaging.Mask;
import org.precedent.segmentation.Segmentation;

/**
 * Segments whole volumes, slice by slice, each slice from slices of other patients; slices without
 * the label are asked, too, so that whatever is found in them counts against the volume. Volumes
 * are drawn by the seed alone: the same for every label and every setting.
 */
public final class VolumeLeaveOneOut {
    private final TrialRunner examiner;
    private final LongSupplier nanoTime;

    /**
     * @param nanoTime a clock in nanoseconds
     */
    public VolumeLeaveOneOut(TrialRunner examiner, LongSupplier nanoTime) {
        this.examiner = examiner;
        this.nanoTime = nanoTime;
    }

    /**
     * What is asked of volumes.
     *
     * @param cases all slices of all volumes
     * @param volumes at most so many of those that have the label
     * @param propagate how many slices of each volume are given, and help with its others; 0 for
     *     none
     * @param slices what is asked of each slice; not repeated
     */
    public record Settings(
            List<EvaluationCase> cases, int volumes, int propagate, LeaveOneOut.Settings slices) {}

    /**
     * Answers every slice of the drawn volumes.
     *
     * @throws EvaluationException when no volume has the label and a support
     */
    public VolumeResult run(EvaluationPool pool, Settings asking, Progress progress) {
        LeaveOneOut.Settings settings = asking.slices();
        List<List<EvaluationCase>> drawn =
                drawn(pool, asking.cases(), asking.volumes(), settings.seed());
        int k = settings.supportSize().of(pool);
        long slices = drawn.stream().mapToLong(List::size).sum();
        List<QueryResult> results = new ArrayList<>();
        List<VolumeScore> scores = new ArrayList<>();
        long done = 0;
        for (List<EvaluationCase> volume : drawn) {
            VoxelCount voxels = new VoxelCount();
            double seconds = 0;
            OwnStudy own = new OwnStudy(examiner, pool.label(), volume, asking.propagate());
            done += asking.propagate() == 0 ? 0 : volume.size() - own.order().size();
            Map<EvaluationCase, Asked> answered = new LinkedHashMap<>();
            for (EvaluationCase slice : own.order()) {
                TrialRunner.Asked asked =
                        new TrialRunner.Asked(
                                settings.chooser(),
                                pool.of(slice),
                                k,
                                EvaluationPool.seed(
                                        settings.seed(), pool.label() + "\0" + slice.id()),
                                pool.label());
                long start = nanoTime.getAsLong();
                List<SupportChooser.Scored> chosen = examiner.choose(asked, slice);
                Segmentation answer = examiner.answer(slice, chosen, settings.temperature());
                if (asking.propagate() > 0) {
                    own.answer(slice, answer, chosen);
                }
                double took = (nanoTime.getAsLong() - start) / 1e9;
                seconds += took;
                answered.put(slice, new Asked(chosen, answer, took));
                progress.step(pool.label(), ++done, slices);
            }
            Map<Integer, Segmentation> settled = own.settled();
            answered.forEach((slice, asked) -> {
                Segmentation answer = settled.getOrDefault(slice.sliceNumber(), asked.answer());
                Mask truth = slice.masks().get(pool.label());
                voxels.add(answer.mask(), truth);
                if (truth != null && truth.area() > 0) {
                    results.add(
                            examiner.result(
                                    new Annotated(slice, pool.label(), truth),
                                    0,
                                    asked.chosen(),
                                    settings.temperature(),
                                    answer,
                                    asked.seconds()));
                }
            });
            EvaluationCase first = volume.getFirst();
            scores.add(
                    new VolumeScore(
                            first.volume(),
                            first.patient(),
                            voxels.dice(),
                            own.order().size(),
                            own.drifted(),
                            seconds));
        }
        if (results.isEmpty()) {
            throw EvaluationException.setting(
                    "propagate",
                    asking.propagate(),
                    "fewer slices than show " + pool.label() + " in a volume that is asked");
        }
        return new VolumeResult(
                new LabelResult(
                        pool.label(),
                        examiner.side(),
                        results.stream().mapToInt(r -> r.supports().size()).max().orElseThrow(),
                        pool.without().size(),
                        results),
                scores);
    }

    /** A slice as the pool answered it. */
    private record Asked(List<SupportChooser.Scored> chosen, Segmentation answer, double seconds) {}

    static boolean shows(EvaluationCase slice, String label) {
        Mask mask = slice.masks().get(label);
        return mask != null && mask.area() > 0;
    }

    /** Volumes that have the label and a support, each with its slices in order. */
    static List<List<EvaluationCase>> drawn(
            EvaluationPool pool, List<EvaluationCase> cases, int volumes, long seed) {
        Map<String, List<EvaluationCase>> byVolume = new LinkedHashMap<>();
        cases.stream()
                .filter(one -> one.slice() != null)
                .sorted(Comparator.comparing(EvaluationCase::id))
                .forEach(one ->
                        byVolume.computeIfAbsent(one.volume(), id -> new ArrayList<>()).add(one));
        List<List<EvaluationCase>> all = new ArrayList<>();
        byVolume.values().stream()
                .filter(slices ->
                        slices.stream().anyMatch(one -> shows(one, pool.label()))
                                && !pool.of(slices.getFirst()).isEmpty())
                .forEach(all::add);
        all.forEach(slices -> slices.sort(Comparator.comparingInt(EvaluationCase::sliceNumber)));
        if (all.isEmpty()) {
            pool.requireSupports(1);
            throw EvaluationException.setting(
                    "images", 0, "volumes of two patients with the label");
        }
        Collections.shuffle(all, new Random(EvaluationPool.seed(seed, "volumes")));
        return all.subList(0, Math.min(volumes, all.size()));
    }
}
