package org.precedent.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;

/** Any number of distinct annotated images: phantoms that differ in a few seeded pixels. */
final class CrashExamples {
    private static final int LARGEST = 1 << 16;

    private final List<Phantom> phantoms;
    private final long seed;

    CrashExamples(long seed) {
        this.seed = seed;
        this.phantoms = new Phantoms(seed).patients(3);
    }

    /**
     * @param name of its file, without suffix; contains the number
     * @param masks label to mask
     */
    record Example(String name, String patient, Raster image, Map<String, Mask> masks) {}

    /** The same one for the same number; the first two pixels spell the number. */
    Example number(int number) {
        if (number >= LARGEST) {
            throw new IllegalArgumentException("example " + number);
        }
        Phantom phantom = phantoms.get(number % phantoms.size());
        short[] samples = phantom.image().samples().clone();
        SplittableRandom random = new SplittableRandom(seed * 31 + number);
        samples[0] = (short) (number & 255);
        samples[1] = (short) (number >> 8);
        samples[2] = (short) random.nextInt(256);
        int side = Phantoms.SIDE;
        return new Example(
                "crash-%05d".formatted(number),
                "patient-" + number % 40,
                new Raster(side, side, 1, 8, samples),
                phantom.masks());
    }

    /** As somebody corrected it: every mask without its first pixel. */
    Example corrected(int number) {
        Example example = number(number);
        Map<String, Mask> masks = new LinkedHashMap<>();
        example.masks().forEach((label, mask) -> masks.put(label, withoutFirstPixel(mask)));
        return new Example(example.name(), example.patient(), example.image(), masks);
    }

    /** The labels that an example has masks of. */
    List<String> labels(int number) {
        return new ArrayList<>(phantoms.get(number % phantoms.size()).masks().keySet());
    }

    private static Mask withoutFirstPixel(Mask mask) {
        boolean[] inside = mask.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            if (inside[i]) {
                inside[i] = false;
                break;
            }
        }
        return new Mask(mask.width(), mask.height(), inside);
    }
}
