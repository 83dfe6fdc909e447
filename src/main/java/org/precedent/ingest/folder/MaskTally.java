package org.precedent.ingest.folder;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.MaskValue;

/** Adds up what was decided while the masks of a dataset were read, to be told at its end. */
public final class MaskTally {
    private static final int FEW_OBJECTS = 5;

    private final List<MaskValue> ignored;
    private final Map<String, Integer> unknownPixels = new TreeMap<>();
    private final Map<String, Integer> unknownMasks = new TreeMap<>();
    private final Map<String, Integer> colours = new TreeMap<>();
    private int masks;
    private int cut;
    private long inexact;
    private long between;
    private double softestShare = -1;
    private String softest = "";

    /**
     * @param ignored values that were declared unknown
     */
    public MaskTally(List<MaskValue> ignored) {
        this.ignored = List.copyOf(ignored);
    }

    /** Adds the masks of one image. */
    public void add(List<MaskReading> readings) {
        readings.forEach(this::add);
    }

    private void add(MaskReading reading) {
        masks++;
        reading.unknown()
                .forEach((value, pixels) -> {
                    unknownPixels.merge(value, pixels, Integer::sum);
                    unknownMasks.merge(value, 1, Integer::sum);
                });
        String object = reading.object();
        if (object != null && object.startsWith("#")) {
            colours.merge(object, 1, Integer::sum);
        }
        if (reading.inexact() == 0) {
            return;
        }
        cut++;
        inexact += reading.inexact();
        between += reading.between();
        double share = 100.0 * reading.between() / reading.pixels();
        if (share > softestShare) {
            softestShare = share;
            softest = String.join("+", reading.masks().keySet()) + "/" + reading.file();
        }
    }

    /** One sentence a finding; none where every mask was exact. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (cut > 0) {
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "%d of %d masks have soft edges or noise and were cut at the half: %d pixels"
                                    + " were not at an end of the range, %d of them between (at most"
                                    + " %.1f%% of a mask, %s)",
                            cut,
                            masks,
                            inexact,
                            between,
                            softestShare,
                            softest));
        }
        if (!colours.isEmpty()) {
            List<String> first = new ArrayList<>();
            colours.forEach((colour, count) -> {
                if (first.size() < FEW_OBJECTS) {
                    first.add(colour + " in " + count);
                }
            });
            int more = colours.size() - first.size();
            lines.add(
                    "masks of two colours were read with the darker one as background; the object is "
                            + String.join(", ", first)
                            + (more > 0 ? " and " + more + " more colours" : ""));
        }
        unknownPixels.forEach((value, pixels) ->
                lines.add(
                        pixels
                                + " pixels of "
                                + unknownMasks.get(value)
                                + " masks are "
                                + value
                                + ", which means unknown: they count as outside every label"));
        for (MaskValue value : ignored) {
            if (!unknownPixels.containsKey(value.toString())) {
                lines.add("no mask holds the ignored value " + value);
            }
        }
        return lines;
    }
}
