package org.precedent.imaging.format;

import java.security.MessageDigest;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.precedent.Sha256;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/**
 * The least, the greatest and the mean of samples, and a hash of all of them.
 *
 * @param min null where no sample is a number
 * @param sha256Int32 null where samples are no integers of up to 32 bits
 */
record SampleSummary(
        @Nullable Double min,
        @Nullable Double max,
        @Nullable Double mean,
        @Nullable String sha256Int32) {
    private static final int CHUNK = 1 << 14;

    static SampleSummary of(StoredSamples samples, DoubleUnaryOperator value) {
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        long count = 0;
        for (int i = 0; i < samples.count(); i++) {
            double one = value.applyAsDouble(samples.real(i));
            if (Double.isFinite(one)) {
                min = Math.min(min, one);
                max = Math.max(max, one);
                sum += one;
                count++;
            }
        }
        return count == 0
                ? new SampleSummary(null, null, null, sha256(samples))
                : new SampleSummary(min, max, sum / count, sha256(samples));
    }

    private static @Nullable String sha256(StoredSamples samples) {
        if (samples.type().real() || samples.type().bytes() > 4) {
            return null;
        }
        MessageDigest digest = Sha256.digest();
        byte[] chunk = new byte[4 * CHUNK];
        for (int from = 0; from < samples.count(); from += CHUNK) {
            int length = Math.min(CHUNK, samples.count() - from);
            for (int i = 0; i < length; i++) {
                StoredSamples.put(SampleType.INT32, chunk, i, samples.integer(from + i));
            }
            digest.update(chunk, 0, 4 * length);
        }
        return Sha256.text(digest);
    }
}
