package org.precedent.phantom;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/**
 * Makes patients: each of one {@link Scanner}, with two or three slices. The same seed gives the
 * same pixels on every machine.
 */
public final class Phantoms {
    /** Width and height of a slice in pixels. */
    public static final int SIDE = 160;

    /** In the order of a slice's masks; a slice holds those that it shows. */
    public static final List<String> LABELS = List.of("liver", "kidneys", "spine");

    // Shapes are drawn this much larger and averaged, so that borders are mixtures of tissues.
    private static final int FINE = 2;
    private static final int LEAST_PIXELS = 20;
    private static final List<Scanner> SCANNERS = List.of(Scanner.values());

    private final long seed;

    /**
     * One slice.
     *
     * @param id e.g. {@code p007-ct-portal-2}
     * @param patient e.g. {@code p007}
     * @param scanner who acquired it
     * @param image 160 x 160, 8-bit grey
     * @param masks label to mask, only labels of at least 20 pixels
     */
    public record Phantom(
            String id, String patient, Scanner scanner, Raster image, Map<String, Mask> masks) {}

    public Phantoms(long seed) {
        this.seed = seed;
    }

    /** The slices of patients 0 to count - 1, scanners in turn. */
    public List<Phantom> patients(int count) {
        List<Phantom> slices = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            slices.addAll(patient(number));
        }
        return slices;
    }

    /** The slices of one patient: the same ones whatever else is asked for. */
    public List<Phantom> patient(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("patient " + number);
        }
        SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number);
        Scanner scanner = SCANNERS.get(number % SCANNERS.size());
        Anatomy anatomy = new Anatomy(random);
        Acquisition acquisition = new Acquisition(scanner, random);
        String patient = String.format(Locale.ROOT, "p%03d", number);
        int count = 2 + random.nextInt(2);
        double level = 0.15 + 0.3 * random.nextDouble();
        List<Phantom> slices = new ArrayList<>();
        for (int s = 1; s <= count; s++) {
            String id = patient + "-" + scanner.word() + "-" + s;
            slices.add(slice(id, patient, anatomy.at(level), acquisition, random));
            level += 0.14 + 0.12 * random.nextDouble();
        }
        return slices;
    }

    private static Phantom slice(
            String id,
            String patient,
            Anatomy.Slice slice,
            Acquisition acquisition,
            SplittableRandom random) {
        int fine = SIDE * FINE;
        float[] grey = new float[fine * fine];
        boolean[][] inside = new boolean[LABELS.size()][fine * fine];
        double[] loops = new double[32];
        for (int i = 0; i < loops.length; i++) {
            loops[i] = 26 * random.nextGaussian();
        }
        for (int i = 0; i < grey.length; i++) {
            int column = i % fine;
            int row = i / fine;
            double u = (column + 0.5) / fine * 2 - 1;
            double v = (row + 0.5) / fine * 2 - 1;
            double x = acquisition.x(u, v);
            double y = acquisition.y(u, v);
            Tissue tissue = slice.tissue(x, y);
            grey[i] = (float) acquisition.grey(tissue);
            if (tissue == Tissue.BOWEL) {
                grey[i] += (float) loops[slice.loop(x, y) % loops.length];
            }
            inside[0][i] = slice.isLiver(tissue, x, y);
            inside[1][i] = tissue == Tissue.KIDNEY;
            inside[2][i] = tissue == Tissue.BONE || tissue == Tissue.MARROW;
        }
        Plane clean = Resampling.area(new Plane(fine, fine, grey), SIDE, SIDE);
        Raster image = acquisition.acquire(clean, random);
        return new Phantom(id, patient, acquisition.scanner(), image, masks(inside, fine));
    }

    /** A pixel that two labels share equally goes to the first. */
    private static Map<String, Mask> masks(boolean[][] inside, int fine) {
        Map<String, Mask> masks = new LinkedHashMap<>();
        boolean[] taken = new boolean[SIDE * SIDE];
        for (int label = 0; label < inside.length; label++) {
            Mask covered = Resampling.area(new Mask(fine, fine, inside[label]), SIDE, SIDE);
            boolean[] own = new boolean[taken.length];
            for (int i = 0; i < own.length; i++) {
                own[i] = covered.inside()[i] && !taken[i];
                taken[i] |= own[i];
            }
            Mask mask = new Mask(SIDE, SIDE, own);
            if (mask.area() >= LEAST_PIXELS) {
                masks.put(LABELS.get(label), mask);
            }
        }
        return masks;
    }
}
