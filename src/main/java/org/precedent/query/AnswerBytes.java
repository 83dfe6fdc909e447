package org.precedent.query;

import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.segmentation.Segmentation;

/** An answer's mask and probabilities as they are stored. */
final class AnswerBytes {
    private AnswerBytes() {}

    static byte[] mask(Segmentation result) {
        return result.mask().toRaster().toNetpbm();
    }

    /** 16 bit, 65535 is 1. */
    static byte[] probabilities(Segmentation result) {
        return PngWriter.sixteenBit(result.probabilities()).toNetpbm();
    }

    /** The largest difference between a probability and the recorded one, from 0 to 1. */
    static double difference(Segmentation result, Raster recorded) {
        Raster now = PngWriter.sixteenBit(result.probabilities());
        int largest = 0;
        for (int y = 0; y < now.height(); y++) {
            for (int x = 0; x < now.width(); x++) {
                int each = Math.abs(now.sample(x, y, 0) - recorded.sample(x, y, 0));
                largest = Math.max(largest, each);
            }
        }
        return largest / 65535.0;
    }
}
