package org.precedent.query.volume;

import java.util.List;
import org.precedent.imaging.Raster;

/**
 * One label of a volume as it is stored: pictures in which each slice lies below the one before.
 *
 * @param mask 0 or 255, 8 bit; inside where the logit is above 0
 * @param probabilities 16 bit, 65535 is 1
 * @param area voxels inside
 */
record StackedAnswer(Raster mask, Raster probabilities, int area) {
    /**
     * What a network answered.
     *
     * @param height of all slices together
     * @param logits [D, H, W] row-major
     */
    static StackedAnswer of(int width, int height, float[] logits) {
        short[] mask = new short[logits.length];
        short[] probabilities = new short[logits.length];
        int area = 0;
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] > 0) {
                mask[i] = 255;
                area++;
            }
            probabilities[i] = (short) Math.round(65535.0 / (1 + Math.exp(-(double) logits[i])));
        }
        return new StackedAnswer(
                new Raster(width, height, 1, 8, mask),
                new Raster(width, height, 1, 16, probabilities),
                area);
    }

    /** Slices of one size and sample format, below each other. */
    static Raster stacked(List<Raster> slices) {
        Raster first = slices.getFirst();
        int area = first.width() * first.height();
        short[] samples = new short[area * slices.size()];
        for (int z = 0; z < slices.size(); z++) {
            System.arraycopy(slices.get(z).samples(), 0, samples, z * area, area);
        }
        return new Raster(
                first.width(), first.height() * slices.size(), 1, first.bitsPerSample(), samples);
    }

    /** The largest difference of a probability and the recorded one, from 0 to 1. */
    double difference(Raster recorded) {
        int largest = 0;
        for (int i = 0; i < probabilities.samples().length; i++) {
            int now = probabilities.samples()[i] & 0xffff;
            largest = Math.max(largest, Math.abs(now - (recorded.samples()[i] & 0xffff)));
        }
        return largest / 65535.0;
    }
}
