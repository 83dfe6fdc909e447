package org.precedent.query.volume;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;

/**
 * The annotated slices of one series that a pool version holds of one label, put together: in
 * order, without a gap, of one size and spacing, and at least two. Slices beyond a gap are left
 * out: of slices that show no label a pool keeps some only.
 *
 * @param slices by their numbers, which follow each other; from the last where it is {@link #lying}
 *     the other way round
 */
record PoolVolume(List<Slice> slices) {
    /** Fewer are no volume. */
    static final int FEWEST_SLICES = 2;

    /** How far spacings and steps may differ, as a part of the larger one. */
    private static final double TOLERANCE = 0.02;

    /**
     * Of normals that are nearer to each other than to any other axis: the cosine of 45 degrees.
     */
    private static final double SAME_AXIS = Math.sqrt(0.5);

    /**
     * An annotated slice, as the record has it.
     *
     * @param number in its series
     * @param spacingMm between voxels across, down and from slice to slice; null where not known
     * @param originMm of its first pixel; null where not known
     * @param direction row-major 3 x 3; null where not known
     * @param area pixels of the label, 0 where it is known to be absent
     */
    record Slice(
            UUID image,
            String pixelsSha256,
            String site,
            String patient,
            String series,
            int number,
            int width,
            int height,
            double @Nullable [] spacingMm,
            double @Nullable [] originMm,
            double @Nullable [] direction,
            int area) {}

    /**
     * What became of all series.
     *
     * @param refused why a series is no volume, one sentence each, without its name
     */
    record Found(List<PoolVolume> volumes, List<String> refused) {}

    PoolVolume {
        slices = List.copyOf(slices);
    }

    String site() {
        return slices.getFirst().site();
    }

    String patient() {
        return slices.getFirst().patient();
    }

    /** The id of its first slice's image: what volumes are ordered by where nothing else counts. */
    UUID id() {
        return slices.getFirst().image();
    }

    /**
     * This volume with slices that follow each other as those of another one do. Pictures of slices
     * are turned alike when they are made, their order is the file's: without this, of two volumes
     * of one patient one could be the other's mirror image.
     *
     * @param direction of the other one's slices, row-major 3 x 3; null where not known
     * @return empty where it is cut along another axis; as it is where a direction is not known
     */
    Optional<PoolVolume> lying(double @Nullable [] direction) {
        double @Nullable [] own = slices.getFirst().direction();
        if (direction == null || own == null) {
            return Optional.of(this);
        }
        double along = own[2] * direction[2] + own[5] * direction[5] + own[8] * direction[8];
        if (Math.abs(along) < SAME_AXIS) {
            return Optional.empty();
        }
        return Optional.of(along > 0 ? this : new PoolVolume(slices.reversed()));
    }

    /**
     * Puts slices together, series by series.
     *
     * @param slices of one label, in any order
     */
    static Found of(List<Slice> slices) {
        Map<List<String>, List<Slice>> series = new LinkedHashMap<>();
        slices.stream()
                .sorted(Comparator.comparingInt(Slice::number).thenComparing(Slice::image))
                .forEach(one ->
                        series.computeIfAbsent(
                                        List.of(
                                                CanonicalNames.key(one.site()),
                                                CanonicalNames.key(one.patient()),
                                                one.series()),
                                        key -> new ArrayList<>())
                                .add(one));
        List<PoolVolume> volumes = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (List<Slice> all : series.values()) {
            List<Slice> part = part(all);
            String why =
                    part.size() < FEWEST_SLICES
                            ? "no " + FEWEST_SLICES + " slices beside each other show it"
                            : unlike(part);
            if (why == null) {
                volumes.add(new PoolVolume(part));
            } else {
                refused.add(why);
            }
        }
        volumes.sort(Comparator.comparing(PoolVolume::id));
        return new Found(volumes, refused);
    }

    /** Of the parts without a gap, the one that has the most of the label; empty where none has. */
    private static List<Slice> part(List<Slice> all) {
        List<Slice> best = List.of();
        long most = 0;
        int from = 0;
        for (int to = 1; to <= all.size(); to++) {
            if (to < all.size() && all.get(to).number() <= all.get(to - 1).number() + 1) {
                continue;
            }
            List<Slice> part = all.subList(from, to);
            long area = part.stream().mapToLong(Slice::area).sum();
            if (area > most) {
                most = area;
                best = part;
            }
            from = to;
        }
        return best;
    }

    /** Why slices are not those of one volume; null where they are. */
    private static @Nullable String unlike(List<Slice> part) {
        Slice first = part.getFirst();
        double @Nullable [] step = null;
        for (int i = 1; i < part.size(); i++) {
            Slice before = part.get(i - 1);
            Slice one = part.get(i);
            if (one.number() == before.number()) {
                return "two images are its slice " + one.number();
            }
            if (one.width() != first.width() || one.height() != first.height()) {
                return "its slices %d and %d are %d x %d and %d x %d"
                        .formatted(
                                first.number(),
                                one.number(),
                                first.width(),
                                first.height(),
                                one.width(),
                                one.height());
            }
            if (!alike(first.spacingMm(), one.spacingMm())) {
                return "its slices %d and %d are of other spacings, %s and %s mm"
                        .formatted(
                                first.number(),
                                one.number(),
                                Arrays.toString(first.spacingMm()),
                                Arrays.toString(one.spacingMm()));
            }
            if (!alike(first.direction(), one.direction())) {
                return "its slices %d and %d lie in other directions"
                        .formatted(first.number(), one.number());
            }
            double[] next = difference(before.originMm(), one.originMm());
            if (next != null && step != null && !alike(step, next)) {
                return "its slices %d and %d lie further apart or nearer than others"
                        .formatted(before.number(), one.number());
            }
            step = step == null ? next : step;
        }
        return null;
    }

    private static double @Nullable [] difference(
            double @Nullable [] from, double @Nullable [] to) {
        if (from == null || to == null) {
            return null;
        }
        double[] difference = new double[to.length];
        for (int i = 0; i < to.length; i++) {
            difference[i] = to[i] - from[i];
        }
        return difference;
    }

    private static boolean alike(double @Nullable [] a, double @Nullable [] b) {
        if (a == null || b == null) {
            return a == null && b == null;
        }
        double largest = 0;
        double apart = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.max(Math.abs(a[i]), Math.abs(b[i])));
            apart = Math.max(apart, Math.abs(a[i] - b[i]));
        }
        return apart <= TOLERANCE * largest;
    }
}
