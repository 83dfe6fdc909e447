package org.precedent.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.InputRange;
import org.precedent.network.SupportEncoding;
import org.precedent.weights.Tensor;

class EncodingCacheTest {
    private static SupportEncoding encoding(int values) {
        Tensor tensor = new Tensor(new long[] {values}, new float[values]);
        return new SupportEncoding("n", "0", 8, 8, "1", Map.of("t", tensor));
    }

    @Test
    void keepsThoseUsedLastWithinItsBytes() {
        EncodingCache cache = new EncodingCache(1000);
        for (int id = 1; id <= 3; id++) {
            cache.put(id, 128, InputRange.CURRENT, encoding(80));
        }
        assertThat(cache.find(1, 128, InputRange.CURRENT)).isPresent();
        assertThat(cache.bytes()).isEqualTo(960);

        cache.put(4, 128, InputRange.CURRENT, encoding(80));

        assertThat(cache.find(2, 128, InputRange.CURRENT)).isEmpty();
        assertThat(cache.find(1, 128, InputRange.CURRENT)).isPresent();
        assertThat(cache.find(3, 128, InputRange.CURRENT)).isPresent();
        assertThat(cache.find(4, 128, InputRange.CURRENT)).isPresent();
        assertThat(cache.bytes()).isEqualTo(960);
    }

    @Test
    void aReplacedOneCountsOnceAndOneTooLargeIsNotKept() {
        EncodingCache cache = new EncodingCache(1000);
        cache.put(1, 128, InputRange.CURRENT, encoding(80));
        cache.put(1, 128, InputRange.CURRENT, encoding(100));
        assertThat(cache.bytes()).isEqualTo(400);
        cache.put(1, 256, InputRange.CURRENT, encoding(100));
        assertThat(cache.bytes()).isEqualTo(800);
        assertThat(cache.find(1, 64, InputRange.CURRENT)).isEmpty();
        assertThat(cache.find(1, 128, InputRange.MIN_MAX)).isEmpty();

        cache.put(2, 128, InputRange.CURRENT, encoding(251));

        assertThat(cache.find(2, 128, InputRange.CURRENT)).isEmpty();
        assertThat(cache.bytes()).isEqualTo(800);
    }
}
