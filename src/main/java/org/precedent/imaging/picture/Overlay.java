package org.precedent.imaging.picture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/**
 * A picture for people: the image, each label's mask as a translucent fill with an outline, and a
 * legend below. Small images are enlarged by a whole factor, so that the outline follows the mask's
 * own pixels.
 */
public final class Overlay {
    private static final int SMALLEST_LONGER_SIDE = 512;
    private static final int OUTLINE = 2;
    private static final double FILL = 0.25;

    private Overlay() {}

    /**
     * @param image shown in its own colours, its darkest sample black and its brightest white;
     *     outliers are clipped as networks see it
     * @param masks label to mask, drawn in the map's order; later labels cover earlier ones
     * @return 8-bit RGB, the longer side at least about 512 pixels, the legend below the image
     * @throws IllegalArgumentException when a mask is not of the image's size
     */
    public static Raster draw(Raster image, Map<String, Mask> masks) {
        int longer = Math.max(image.width(), image.height());
        int factor = Math.max(1, Math.ceilDiv(SMALLEST_LONGER_SIDE, longer));
        int width = image.width() * factor;
        int height = image.height() * factor;
        int[] canvas = background(image, width, height);
        List<Integer> colours = LabelColours.of(masks.size());
        List<Legend.Entry> legend = new ArrayList<>();
        for (Map.Entry<String, Mask> entry : masks.entrySet()) {
            Mask mask = entry.getValue();
            if (mask.width() != image.width() || mask.height() != image.height()) {
                throw new IllegalArgumentException(
                        "mask " + entry.getKey() + " is not of the image's size");
            }
            int colour = colours.get(legend.size());
            paint(canvas, enlarged(mask, factor), colour);
            legend.add(new Legend.Entry(entry.getKey(), colour));
        }
        int[] strip = Legend.draw(legend, width);
        short[] rgb = new short[(canvas.length + strip.length) * 3];
        for (int i = 0; i < canvas.length + strip.length; i++) {
            int colour = i < canvas.length ? canvas[i] : strip[i - canvas.length];
            rgb[3 * i] = (short) (colour >> 16 & 255);
            rgb[3 * i + 1] = (short) (colour >> 8 & 255);
            rgb[3 * i + 2] = (short) (colour & 255);
        }
        return new Raster(width, height + strip.length / width, 3, 8, rgb);
    }

    /** [height * width] RGB, the samples' range, without outliers, stretched to 0..255. */
    private static int[] background(Raster image, int width, int height) {
        int low = 0xffff;
        int high = 0;
        for (short sample : image.samples()) {
            low = Math.min(low, sample & 0xffff);
            high = Math.max(high, sample & 0xffff);
        }
        if (image.hasRange()) {
            low = 0;
            high = image.maxValue();
        }
        InputRange.Limits limits = InputRange.CURRENT.limits(image);
        double black = limits.clip(low);
        double white = limits.clip(high);
        double scale = white > black ? 255.0 / (white - black) : 0;
        int[] canvas = new int[width * height];
        for (int c = 0; c < image.channels(); c++) {
            float[] values = new float[image.width() * image.height()];
            for (int i = 0; i < values.length; i++) {
                int sample = image.samples()[i * image.channels() + c] & 0xffff;
                values[i] = (float) limits.clip(sample);
            }
            Plane channel =
                    Resampling.bilinear(
                            new Plane(image.width(), image.height(), values), width, height);
            int spread = image.channels() == 1 ? 0x010101 : 1 << (16 - 8 * c);
            for (int i = 0; i < canvas.length; i++) {
                long grey = Math.round((channel.values()[i] - black) * scale);
                canvas[i] += (int) Math.max(0, Math.min(255, grey)) * spread;
            }
        }
        return canvas;
    }

    private static Mask enlarged(Mask mask, int factor) {
        int width = mask.width() * factor;
        boolean[] inside = new boolean[mask.inside().length * factor * factor];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = mask.at(i % width / factor, i / width / factor);
        }
        return new Mask(width, mask.height() * factor, inside);
    }

    private static void paint(int[] canvas, Mask mask, int colour) {
        // The outline is the inner edge: what two erosions by a 3 x 3 square take away.
        boolean[] core = mask.inside();
        for (int i = 0; i < OUTLINE; i++) {
            core = eroded(core, mask.width(), mask.height());
        }
        for (int i = 0; i < canvas.length; i++) {
            if (mask.inside()[i]) {
                canvas[i] = core[i] ? blend(canvas[i], colour) : colour;
            }
        }
    }

    private static boolean[] eroded(boolean[] inside, int width, int height) {
        boolean[] across = new boolean[inside.length];
        for (int i = 0; i < inside.length; i++) {
            int x = i % width;
            across[i] = inside[i] && x > 0 && inside[i - 1] && x < width - 1 && inside[i + 1];
        }
        boolean[] eroded = new boolean[inside.length];
        for (int i = 0; i < inside.length; i++) {
            int y = i / width;
            eroded[i] =
                    across[i] && y > 0 && across[i - width] && y < height - 1 && across[i + width];
        }
        return eroded;
    }

    private static int blend(int below, int above) {
        int mixed = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            double value = (1 - FILL) * (below >> shift & 255) + FILL * (above >> shift & 255);
            mixed |= (int) Math.round(value) << shift;
        }
        return mixed;
    }
}
