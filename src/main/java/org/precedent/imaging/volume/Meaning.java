package org.precedent.imaging.volume;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a volume's stored samples mean.
 *
 * @param modality {@code CT}, {@code MR}, ...; empty where the format does not say
 * @param rescales one for all slices, or one a slice along the last axis
 * @param lookup values of consecutive stored samples where a table replaces the rescale, or null
 * @param padding stored samples that are outside the image, or null
 * @param brightLow whether small values are to be shown bright, as in many radiographs
 * @param window what the file proposes to show, or null
 */
public record Meaning(
        String modality,
        List<Rescale> rescales,
        @Nullable Lookup lookup,
        @Nullable Padding padding,
        boolean brightLow,
        @Nullable Window window) {
    /** Samples that are their own values. */
    public static final Meaning PLAIN =
            new Meaning("", List.of(Rescale.NONE), null, null, false, null);

    public Meaning {
        rescales = List.copyOf(rescales);
        if (rescales.isEmpty()) {
            throw new IllegalArgumentException("no rescale");
        }
    }

    /** A meaning that is nothing but a rescale. */
    public static Meaning of(Rescale rescale) {
        return new Meaning("", List.of(rescale), null, null, false, null);
    }

    /**
     * Stored samples that pad the image.
     *
     * @param low the least of them
     * @param high the greatest, at least {@code low}
     */
    public record Padding(long low, long high) {
        public Padding {
            if (low > high) {
                throw new IllegalArgumentException("padding from " + low + " to " + high);
            }
        }

        /** Whether a stored sample is outside the image. */
        public boolean holds(long stored) {
            return stored >= low && stored <= high;
        }
    }

    /**
     * A table of values.
     *
     * @param first the stored sample of the first entry; samples below take it, too
     * @param values handed over; samples beyond the end take the last
     */
    public record Lookup(long first, int[] values) {
        public Lookup {
            if (values.length == 0) {
                throw new IllegalArgumentException("an empty table");
            }
        }

        /** Whether it gives every sample the same value as another one. */
        public boolean isSame(Lookup other) {
            return first == other.first && Arrays.equals(values, other.values);
        }

        /** The value of a stored sample. */
        public int apply(long stored) {
            return values[(int) Math.max(0, Math.min(values.length - 1, stored - first))];
        }
    }

    /** The rescale of a slice along the last axis. */
    public Rescale rescale(int slice) {
        return rescales.size() == 1 ? rescales.get(0) : rescales.get(slice);
    }

    public Optional<Window> hint() {
        return Optional.ofNullable(window);
    }
}
