package org.precedent.imaging.format;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Reading;

/**
 * Turns decoded masks and label maps into {@link Mask masks}, and refuses what would make a wrong
 * one: another size than the image's, values that mean nothing, a mask of nothing.
 *
 * <p>Input comes from {@link ImageDecoder#decodeLabels}. RGB is taken where the three channels are
 * equal everywhere, since many tools save grey masks so.
 */
public final class MaskReader {
    private static final int LISTED_VALUES = 10;

    private final Strays strays;

    /** What to do with values that no label has. */
    public enum Strays {
        REFUSE,
        /** Count them as background. */
        IGNORE
    }

    public MaskReader(Strays strays) {
        this.strays = strays;
    }

    /**
     * One label's mask: 0 outside; 255 inside, or 1 inside where no pixel is 255; 65535 in 16 bit
     * likewise.
     *
     * @param name of the file, for messages
     * @param image what the mask lies on
     */
    public Mask mask(Raster raster, String name, Raster image) {
        Raster grey = checked(raster, name, image);
        Map<Integer, Integer> counts = counts(grey);
        int inside = grey.maxValue();
        for (int candidate : new int[] {grey.maxValue(), 255, 1}) {
            if (counts.containsKey(candidate)) {
                inside = candidate;
                break;
            }
        }
        refuseStrays(counts, Set.of(0, inside), name, "0 and " + inside);
        if (!counts.containsKey(inside)) {
            throw empty(name, "no pixel is " + inside);
        }
        return select(grey, inside);
    }

    /**
     * Every label's mask of one label map.
     *
     * @param values label name to sample value, at least one; value 0 is background
     * @return labels that occur, in the order of {@code values}; empty where none does
     */
    public Map<String, Mask> labels(
            Raster raster, String name, Raster image, Map<String, Integer> values) {
        Raster grey = checked(raster, name, image);
        for (Map.Entry<String, Integer> label : values.entrySet()) {
            if (label.getValue() < 1 || label.getValue() > 65535) {
                throw new IllegalArgumentException(
                        "label "
                                + label.getKey()
                                + " has value "
                                + label.getValue()
                                + ", expected 1 to 65535");
            }
        }
        Map<Integer, Integer> counts = counts(grey);
        Set<Integer> known = new TreeSet<>(values.values());
        known.add(0);
        refuseStrays(
                counts,
                known,
                name,
                known.stream().map(String::valueOf).collect(Collectors.joining(", ")));
        Map<String, Mask> masks = new LinkedHashMap<>();
        values.forEach((label, value) -> {
            if (counts.containsKey(value)) {
                masks.put(label, select(grey, value));
            }
        });
        return masks;
    }

    private static Raster checked(Raster raster, String name, Raster image) {
        if (raster.width() != image.width() || raster.height() != image.height()) {
            String shown = Reading.shown(name);
            String size = raster.width() + " x " + raster.height();
            String expected = image.width() + " x " + image.height();
            throw new ImagingException(
                    Code.MASK_SIZE,
                    shown
                            + ": mask is "
                            + size
                            + ", its image "
                            + expected
                            + " pixels: send the mask that was drawn on this image",
                    Map.of("file", shown, "field", "size", "value", size, "limit", expected),
                    null);
        }
        if (raster.channels() == 1) {
            return raster;
        }
        short[] rgb = raster.samples();
        short[] grey = new short[rgb.length / 3];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = rgb[3 * i];
            if (rgb[3 * i + 1] != grey[i] || rgb[3 * i + 2] != grey[i]) {
                String shown = Reading.shown(name);
                throw new ImagingException(
                        Code.MASK_VALUE,
                        shown + ": mask has colours; save it as grey with one value a label",
                        Map.of("file", shown, "field", "channels", "value", 3, "limit", 1),
                        null);
            }
        }
        return new Raster(raster.width(), raster.height(), 1, raster.bitsPerSample(), grey);
    }

    private static Map<Integer, Integer> counts(Raster grey) {
        int[] histogram = new int[grey.maxValue() + 1];
        for (short sample : grey.samples()) {
            histogram[sample & 0xffff]++;
        }
        Map<Integer, Integer> counts = new TreeMap<>();
        for (int value = 0; value < histogram.length; value++) {
            if (histogram[value] > 0) {
                counts.put(value, histogram[value]);
            }
        }
        return counts;
    }

    private void refuseStrays(
            Map<Integer, Integer> counts, Set<Integer> known, String name, String expected) {
        Map<Integer, Integer> unknown = new TreeMap<>(counts);
        unknown.keySet().removeAll(known);
        if (strays == Strays.IGNORE || unknown.isEmpty()) {
            return;
        }
        String listed =
                unknown.entrySet().stream()
                        .limit(LISTED_VALUES)
                        .map(entry -> entry.getKey() + " (" + entry.getValue() + " pixels)")
                        .collect(Collectors.joining(", "));
        String more =
                unknown.size() > LISTED_VALUES
                        ? " and " + (unknown.size() - LISTED_VALUES) + " more"
                        : "";
        String shown = Reading.shown(name);
        throw new ImagingException(
                Code.MASK_VALUE,
                shown
                        + ": mask holds values without a label: "
                        + listed
                        + more
                        + "; expected "
                        + expected
                        + ": clean the mask, name the values as labels, or ignore strays",
                Map.of("file", shown, "field", "values", "value", listed + more, "limit", expected),
                null);
    }

    private static ImagingException empty(String name, String why) {
        String shown = Reading.shown(name);
        return new ImagingException(
                Code.MASK_EMPTY,
                shown
                        + ": mask is empty ("
                        + why
                        + "): leave the file out where the label is absent",
                Map.of("file", shown, "field", "area", "value", 0, "limit", 1),
                null);
    }

    private static Mask select(Raster grey, int value) {
        boolean[] inside = new boolean[grey.samples().length];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = (grey.samples()[i] & 0xffff) == value;
        }
        return new Mask(grey.width(), grey.height(), inside);
    }
}
