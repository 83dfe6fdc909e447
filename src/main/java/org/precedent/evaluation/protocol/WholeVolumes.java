package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.metric.VolumeResult.VolumeScore;
import org.precedent.evaluation.metric.VoxelCount;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Volume;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.network.SupportEncoding;
import org.precedent.network.VolumeNetwork;

/**
 * Segments whole volumes at once by a network of three dimensions, each from whole volumes of other
 * patients, drawn by the seed and weighed alike. The same volumes are asked as by {@link
 * VolumeLeaveOneOut}, in their own voxels. A support is encoded once.
 */
public final class WholeVolumes {
    private final VolumeNetwork network;
    private final LongSupplier nanoTime;

    /**
     * @param network stays the caller's to close
     * @param nanoTime a clock in nanoseconds
     */
    public WholeVolumes(VolumeNetwork network, LongSupplier nanoTime) {
        this.network = network;
        this.nanoTime = nanoTime;
    }

    /**
     * What is asked.
     *
     * @param cases all slices of all volumes
     * @param volumes at most so many of those that have the label
     * @param supportSize volumes that support each
     */
    public record Settings(List<EvaluationCase> cases, int volumes, int supportSize, long seed) {}

    /**
     * Answers the drawn volumes.
     *
     * @throws EvaluationException when no volume has the label and a support
     */
    public List<VolumeScore> run(EvaluationPool pool, Settings asking, Progress progress) {
        String label = pool.label();
        List<List<EvaluationCase>> drawn =
                VolumeLeaveOneOut.drawn(pool, asking.cases(), asking.volumes(), asking.seed());
        Map<String, List<EvaluationCase>> annotated = annotated(asking.cases(), label);
        Map<String, SupportEncoding> encoded = new HashMap<>();
        List<VolumeScore> scores = new ArrayList<>();
        for (List<EvaluationCase> query : drawn) {
            List<List<EvaluationCase>> supports = supports(annotated, query, pool, asking);
            for (List<EvaluationCase> one : supports) {
                encoded.computeIfAbsent(one.getFirst().volume(), id -> encode(one, label));
            }
            List<Support> context =
                    supports.stream()
                            .map(one ->
                                    new Support(
                                            Objects.requireNonNull(
                                                    encoded.get(one.getFirst().volume())),
                                            1.0 / supports.size()))
                            .toList();
            long start = nanoTime.getAsLong();
            float[] logits =
                    network.segmentVolume(volume(query), List.of(new LabelContext(context)))
                            .getFirst();
            double seconds = (nanoTime.getAsLong() - start) / 1e9;
            EvaluationCase first = query.getFirst();
            scores.add(
                    new VolumeScore(
                            first.volume(),
                            first.patient(),
                            dice(query, logits, label),
                            query.size(),
                            0,
                            seconds));
            progress.step(label, scores.size(), drawn.size());
        }
        return scores;
    }

    private SupportEncoding encode(List<EvaluationCase> slices, String label) {
        Volume volume = volume(slices);
        List<@Nullable Mask> masks = new ArrayList<>();
        slices.forEach(slice -> masks.add(slice.masks().get(label)));
        return network.encodeVolume(volume, List.of(volume.inside(masks))).getFirst();
    }

    /** Volumes that show the label, each with its slices in order, by their ids. */
    private static Map<String, List<EvaluationCase>> annotated(
            List<EvaluationCase> cases, String label) {
        Map<String, List<EvaluationCase>> all = new LinkedHashMap<>();
        cases.stream()
                .filter(one -> one.slice() != null)
                .sorted(
                        Comparator.comparing(EvaluationCase::volume)
                                .thenComparingInt(EvaluationCase::sliceNumber))
                .forEach(
                        one -> all.computeIfAbsent(one.volume(), id -> new ArrayList<>()).add(one));
        all.values()
                .removeIf(slices ->
                        slices.stream().noneMatch(one -> VolumeLeaveOneOut.shows(one, label)));
        return all;
    }

    private static List<List<EvaluationCase>> supports(
            Map<String, List<EvaluationCase>> annotated,
            List<EvaluationCase> query,
            EvaluationPool pool,
            Settings asking) {
        String label = pool.label();
        Map<String, Integer> alike = alike(query, pool);
        List<List<EvaluationCase>> others =
                new ArrayList<>(
                        annotated.values().stream()
                                .map(List::getFirst)
                                .filter(one ->
                                        !one.patient().equals(query.getFirst().patient())
                                                && 2 * alike.getOrDefault(one.volume(), 0)
                                                        < query.size())
                                .map(one -> annotated.get(one.volume()))
                                .toList());
        if (others.isEmpty()) {
            throw EvaluationException.setting(
                    "images", 1, "volumes of two patients with the label " + label);
        }
        Collections.shuffle(
                others,
                new Random(
                        EvaluationPool.seed(
                                asking.seed(), label + "\0" + query.getFirst().volume())));
        return others.subList(0, Math.min(asking.supportSize(), others.size()));
    }

    /**
     * How many slices of a volume show the same thing as a slice of another one, by the other's id.
     * A volume of which that is half is the same one under another name; single slices may be, such
     * as empty ones.
     */
    private static Map<String, Integer> alike(List<EvaluationCase> query, EvaluationPool pool) {
        Map<String, Integer> alike = new HashMap<>();
        for (EvaluationCase slice : query) {
            Set<String> may =
                    pool.of(slice).stream().map(Annotated::id).collect(Collectors.toSet());
            pool.members().stream()
                    .filter(one -> !may.contains(one.id()))
                    .map(one -> one.source().volume())
                    .distinct()
                    .forEach(volume -> alike.merge(volume, 1, Integer::sum));
        }
        return alike;
    }

    private static Volume volume(List<EvaluationCase> slices) {
        return Volume.of(slices.stream().map(EvaluationCase::image).toList());
    }

    private static double dice(List<EvaluationCase> slices, float[] logits, String label) {
        VoxelCount voxels = new VoxelCount();
        for (int z = 0; z < slices.size(); z++) {
            Raster image = slices.get(z).image();
            boolean[] inside = new boolean[image.width() * image.height()];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = logits[z * inside.length + i] > 0;
            }
            voxels.add(
                    new Mask(image.width(), image.height(), inside),
                    slices.get(z).masks().get(label));
        }
        return voxels.dice();
    }
}
