package org.precedent.evaluation.protocol;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.DistanceTransform;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/** Faults as people and machines make them, planted on purpose to see whether they are found. */
final class PlantedFaults {
    /** How far a mask is shifted, of its extent; how much of an edge is erased, of its depth. */
    private static final double SHIFT = 0.5;

    private static final double EDGE = 0.6;

    /** Pixels that a cropped copy lacks on a side. */
    private static final int CROP = 3;

    private PlantedFaults() {}

    /** What is wrong with a mask. */
    enum MaskFault {
        SHIFTED,
        HALF_MISSING,
        OTHER_IMAGE,
        OTHER_LABEL,
        INVERTED,
        EDGE_ERASED
    }

    /** How a picture is copied. */
    enum Copy {
        SAME_PIXELS,
        NOISE,
        BRIGHTER,
        CROPPED,
        MIRRORED
    }

    /**
     * A wrong mask of an image.
     *
     * @param otherImage a right mask of another image
     * @param otherLabel the mask of another label of this image; null where there is none, and then
     *     the other image's stands for it
     * @return of the mask's size; the mask itself where the fault would leave nothing of it
     */
    static Mask wrong(
            MaskFault fault, Mask mask, Mask otherImage, @Nullable Mask otherLabel, Random random) {
        int width = mask.width();
        int height = mask.height();
        boolean across = random.nextBoolean();
        int sign = random.nextBoolean() ? 1 : -1;
        Box box = Box.of(mask);
        boolean[] inside =
                switch (fault) {
                    case SHIFTED -> shifted(mask, across, sign, box);
                    case HALF_MISSING -> half(mask, across, sign, box);
                    case OTHER_IMAGE -> Resampling.area(otherImage, width, height).inside().clone();
                    case OTHER_LABEL ->
                            Resampling.area(
                                            otherLabel == null ? otherImage : otherLabel,
                                            width,
                                            height)
                                    .inside()
                                    .clone();
                    case INVERTED -> inverted(mask);
                    case EDGE_ERASED -> erased(mask, across, sign, box);
                };
        Mask wrong = new Mask(width, height, inside);
        return wrong.area() == 0 ? mask : wrong;
    }

    /** Extent and centre of a mask. */
    private record Box(int width, int height, double x, double y) {
        static Box of(Mask mask) {
            int left = mask.width();
            int right = -1;
            int top = mask.height();
            int bottom = -1;
            double x = 0;
            double y = 0;
            for (int i = 0; i < mask.inside().length; i++) {
                if (mask.inside()[i]) {
                    left = Math.min(left, i % mask.width());
                    right = Math.max(right, i % mask.width());
                    top = Math.min(top, i / mask.width());
                    bottom = Math.max(bottom, i / mask.width());
                    x += i % mask.width();
                    y += i / mask.width();
                }
            }
            return new Box(right - left + 1, bottom - top + 1, x / mask.area(), y / mask.area());
        }

        /** Whether a pixel lies on one side of the centre. */
        boolean beyond(int x0, int y0, boolean across, int sign) {
            return sign * (across ? x0 - x : y0 - y) > 0;
        }
    }

    private static boolean[] shifted(Mask mask, boolean across, int sign, Box box) {
        int by = sign * (int) (SHIFT * (across ? box.width() : box.height()));
        boolean[] inside = new boolean[mask.inside().length];
        for (int i = 0; i < inside.length; i++) {
            int x = i % mask.width() + (across ? by : 0);
            int y = i / mask.width() + (across ? 0 : by);
            if (mask.inside()[i] && x >= 0 && y >= 0 && x < mask.width() && y < mask.height()) {
                inside[y * mask.width() + x] = true;
            }
        }
        return inside;
    }

    private static boolean[] half(Mask mask, boolean across, int sign, Box box) {
        boolean[] inside = mask.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            inside[i] &= box.beyond(i % mask.width(), i / mask.width(), across, sign);
        }
        return inside;
    }

    private static boolean[] inverted(Mask mask) {
        boolean[] inside = mask.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            inside[i] = !inside[i];
        }
        return inside;
    }

    /** On one side of the centre only what lies deep inside is left. */
    private static boolean[] erased(Mask mask, boolean across, int sign, Box box) {
        double[] depth =
                DistanceTransform.to(new Mask(mask.width(), mask.height(), inverted(mask)), 1, 1);
        double deepest = 0;
        for (int i = 0; i < depth.length; i++) {
            deepest = mask.inside()[i] ? Math.max(deepest, depth[i]) : deepest;
        }
        boolean[] inside = mask.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            inside[i] &=
                    depth[i] >= EDGE * deepest
                            || !box.beyond(i % mask.width(), i / mask.width(), across, sign);
        }
        return inside;
    }

    /** The same picture once more. */
    static Raster copied(Copy copy, Raster image, Random random) {
        int width = image.width();
        int height = image.height();
        int channels = image.channels();
        int most = image.bitsPerSample() == 8 ? 255 : 65535;
        short[] samples = image.samples().clone();
        switch (copy) {
            case SAME_PIXELS -> {}
            case NOISE -> {
                int by = Math.max(2, most / 120);
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = clamped(samples[i], random.nextInt(2 * by + 1) - by, most);
                }
            }
            case BRIGHTER -> {
                for (int i = 0; i < samples.length; i++) {
                    int value = samples[i] & 0xFFFF;
                    samples[i] = clamped(samples[i], value / 12, most);
                }
            }
            case CROPPED -> {
                int across = width - CROP;
                int down = height - CROP;
                short[] cut = new short[across * down * channels];
                for (int y = 0; y < down; y++) {
                    System.arraycopy(
                            samples,
                            ((y + CROP) * width + CROP) * channels,
                            cut,
                            y * across * channels,
                            across * channels);
                }
                return new Raster(across, down, channels, image.bitsPerSample(), cut);
            }
            case MIRRORED -> {
                for (int i = 0; i < samples.length; i++) {
                    int pixel = i / channels;
                    int x = width - 1 - pixel % width;
                    samples[i] =
                            image.samples()[(pixel / width * width + x) * channels + i % channels];
                }
            }
        }
        return new Raster(width, height, channels, image.bitsPerSample(), samples);
    }

    private static short clamped(short sample, int by, int most) {
        return (short) Math.clamp((sample & 0xFFFF) + by, 0, most);
    }
}
