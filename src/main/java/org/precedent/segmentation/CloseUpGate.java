package org.precedent.segmentation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.precedent.network.SegmentationNetwork;

/**
 * Whether a pool's answers are worth a second look: images of the pool were asked as if they were
 * new, with one look and with two. What counts is the mean gain of Dice over patients, not over
 * images. It opens where the gain is worth the time and is not by chance.
 *
 * @param open whether answers are looked at again
 * @param patients whose images were asked
 * @param once mean Dice over patients with one look
 * @param twice likewise with two
 */
public record CloseUpGate(boolean open, int patients, double once, double twice) {
    /** Patients that it takes. */
    public static final int FEWEST = 12;

    /** A smaller gain is not worth twice the time. */
    static final double LEAST_GAIN = 0.005;

    /** An image's Dice with one look and with two. */
    public record Tried(String patient, double once, double twice) {}

    /**
     * Whether it is tried at all: a second look takes too long where supports cannot be encoded
     * before.
     */
    public static boolean isTried(SegmentationNetwork network) {
        return network.cachesSupports();
    }

    /** Decides by what was tried. */
    public static CloseUpGate of(List<Tried> tried) {
        Map<String, List<Tried>> byPatient = new LinkedHashMap<>();
        tried.forEach(one ->
                byPatient.computeIfAbsent(one.patient(), patient -> new ArrayList<>()).add(one));
        int n = byPatient.size();
        double once = 0;
        double twice = 0;
        double squares = 0;
        for (List<Tried> ofPatient : byPatient.values()) {
            double before = ofPatient.stream().mapToDouble(Tried::once).average().orElseThrow();
            double after = ofPatient.stream().mapToDouble(Tried::twice).average().orElseThrow();
            once += before / n;
            twice += after / n;
            squares += (after - before) * (after - before);
        }
        double gain = twice - once;
        double error = n < 2 ? 0 : Math.sqrt(Math.max(0, squares / n - gain * gain) / (n - 1));
        boolean open = n >= FEWEST && gain >= LEAST_GAIN && gain > error;
        return new CloseUpGate(open, n, once, twice);
    }

    /** What was decided and why, in words. */
    public String told() {
        return String.format(
                Locale.ROOT,
                "%s, because images of %d patients of the pool have a mean Dice of %.3f with one and"
                        + " %.3f with two",
                open ? "two looks" : "one look",
                patients,
                once,
                twice);
    }
}
