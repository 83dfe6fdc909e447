package org.precedent.imaging.format;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/** The pixels of a mask file as whole numbers: grey values, or colours as 0xRRGGBB. */
final class MaskPixels {
    /** What a mask can mean by its colours; more are a picture. */
    static final int MOST_COLOURS = 4096;

    private static final int LISTED_VALUES = 10;

    private final Raster raster;
    private final boolean colour;

    private MaskPixels(Raster raster, boolean colour) {
        this.raster = raster;
        this.colour = colour;
    }

    /** RGB whose three channels are equal everywhere is grey, as many tools save grey masks so. */
    static MaskPixels of(Raster raster) {
        short[] samples = raster.samples();
        if (raster.channels() == 1) {
            return new MaskPixels(raster, false);
        }
        boolean colour = false;
        for (int i = 0; i < samples.length && !colour; i += 3) {
            colour = samples[i] != samples[i + 1] || samples[i] != samples[i + 2];
        }
        return new MaskPixels(raster, colour);
    }

    int width() {
        return raster.width();
    }

    int height() {
        return raster.height();
    }

    int size() {
        return raster.width() * raster.height();
    }

    boolean isColour() {
        return colour;
    }

    /** The largest grey value that the file can hold. */
    int top() {
        return raster.maxValue();
    }

    int value(int pixel) {
        short[] samples = raster.samples();
        if (!colour) {
            return samples[pixel * raster.channels()] & 0xffff;
        }
        int at = 3 * pixel;
        int shift = raster.bitsPerSample() - 8;
        int red = (samples[at] & 0xffff) >> shift;
        int green = (samples[at + 1] & 0xffff) >> shift;
        int blue = (samples[at + 2] & 0xffff) >> shift;
        return (red << 16) | (green << 8) | blue;
    }

    /** Whether 16 bit colours are 8 bit ones spread out, so that {@code #RRGGBB} can name them. */
    boolean hasNamedColours() {
        if (colour && raster.bitsPerSample() == 16) {
            for (short sample : raster.samples()) {
                if ((sample & 0xffff) % 257 != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** How pixels of this file hold a value, or nothing where none can. */
    OptionalInt find(MaskValue value) {
        return colour ? value.rgb() : value.grey(raster.bitsPerSample());
    }

    /**
     * Value to number of pixels: grey values ascending, colours by number. Colours beyond the first
     * {@link #MOST_COLOURS} are counted together as -1, unless they are wanted.
     */
    Map<Integer, Integer> counts(Collection<Integer> wanted) {
        if (!colour) {
            int[] histogram = new int[top() + 1];
            for (int i = 0; i < size(); i++) {
                histogram[value(i)]++;
            }
            Map<Integer, Integer> counts = new LinkedHashMap<>();
            for (int value = 0; value < histogram.length; value++) {
                if (histogram[value] > 0) {
                    counts.put(value, histogram[value]);
                }
            }
            return counts;
        }
        Map<Integer, Integer> counts = new TreeMap<>();
        wanted.forEach(value -> counts.put(value, 0));
        for (int i = 0; i < size(); i++) {
            int value = value(i);
            boolean counted = counts.containsKey(value) || counts.size() < MOST_COLOURS;
            counts.merge(counted ? value : -1, 1, Integer::sum);
        }
        counts.values().removeIf(count -> count == 0);
        return counts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .collect(
                        Collectors.toMap(
                                Map.Entry::getKey,
                                Map.Entry::getValue,
                                (a, b) -> a,
                                LinkedHashMap::new));
    }

    String shown(int value) {
        if (value < 0) {
            return "other colours";
        }
        return (colour ? MaskValue.ofColour(value) : MaskValue.ofGrey(value)).toString();
    }

    /** The first values with their numbers of pixels, for messages. */
    String listed(Map<Integer, Integer> counts) {
        String first =
                counts.entrySet().stream()
                        .limit(LISTED_VALUES)
                        .map(entry -> shown(entry.getKey()) + " (" + entry.getValue() + " pixels)")
                        .collect(Collectors.joining(", "));
        int more = counts.size() - LISTED_VALUES;
        return more > 0 ? first + " and " + more + " more" : first;
    }

    /** The pixels that have one value. */
    Mask select(int value) {
        boolean[] inside = new boolean[size()];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = value(i) == value;
        }
        return new Mask(width(), height(), inside);
    }
}
