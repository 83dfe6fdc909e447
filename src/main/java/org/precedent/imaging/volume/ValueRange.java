package org.precedent.imaging.volume;

import java.util.Arrays;
import java.util.Locale;

/**
 * Which values of a volume become black and white, in all its slices alike.
 *
 * <ul>
 *   <li>CT: {@value #CT_LOW} to {@value #CT_HIGH} HU, the range that the papers' networks were
 *       trained in; so a tissue has one grey in all of a pool's scans.
 *   <li>Everything else: from the 0.5th to the 99.5th percentile of the values inside the image.
 *       Padding does not count, nor what is no number, nor the least value where more than a tenth
 *       of the voxels has it: that is background.
 * </ul>
 *
 * @param low the value that becomes black; above {@code high} where small values are bright
 */
public record ValueRange(double low, double high) {
    static final int CT_LOW = -500;
    static final int CT_HIGH = 1000;

    private static final double BEYOND = 0.005;
    private static final double BACKGROUND = 0.1;

    /** As many voxels decide at most, evenly spread. */
    private static final int MOST = 1 << 21;

    /**
     * The range of a volume.
     *
     * @param modality as somebody said it; the file's own is asked first
     */
    public static ValueRange of(ScannedVolume volume, String modality) {
        Meaning meaning = volume.meaning();
        String said = meaning.modality().isEmpty() ? modality : meaning.modality();
        boolean hounsfield =
                said.toUpperCase(Locale.ROOT).equals("CT")
                        || meaning.rescale(0).unit().equals("HU");
        if (hounsfield) {
            return turned(CT_LOW, CT_HIGH, meaning.brightLow());
        }
        double[] values = values(volume);
        Arrays.sort(values);
        int first = 0;
        while (first < values.length && values[first] == values[0]) {
            first++;
        }
        if (first == values.length || first <= BACKGROUND * values.length) {
            first = 0;
        }
        int inside = values.length - first;
        int beyond = (int) (BEYOND * inside);
        double low = inside == 0 ? 0 : values[first + beyond];
        double high = inside == 0 ? 1 : values[values.length - 1 - beyond];
        return turned(low, high > low ? high : low + 1, meaning.brightLow());
    }

    private static ValueRange turned(double low, double high, boolean brightLow) {
        return brightLow ? new ValueRange(high, low) : new ValueRange(low, high);
    }

    /** The finite values inside the image, or as many as decide. */
    private static double[] values(ScannedVolume volume) {
        Grid grid = volume.grid();
        int components = volume.components();
        // An odd step, so that it does not walk along one column of voxels.
        long step = Math.max(1, grid.voxels() / MOST) | 1;
        double[] values = new double[(int) ((grid.voxels() + step - 1) / step)];
        int found = 0;
        int plane = grid.size(0) * grid.size(1);
        for (long voxel = 0; voxel < grid.voxels(); voxel += step) {
            double value = volume.valueOrNaN((int) voxel * components, (int) (voxel / plane));
            if (Double.isFinite(value)) {
                values[found++] = value;
            }
        }
        return Arrays.copyOf(values, found);
    }
}
