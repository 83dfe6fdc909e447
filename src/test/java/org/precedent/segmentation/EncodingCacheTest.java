package org.precedent.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.InputRange;
import org.precedent.network.SupportEncoding;
import org.precedent.segmentation.EncodingCache.View;
import org.precedent.weights.Tensor;

class EncodingCacheTest {
    private static SupportEncoding encoding(int values) {
        Tensor tensor = new Tensor(new long[] {values}, new float[values]);
        return new SupportEncoding("n", "0", 8, 8, "1", Map.of("t", tensor));
    }

    private static final EncodingNetwork NETWORK = new EncodingNetwork("first");

    @Test
    void keepsThoseUsedLastWithinItsBytes() {
        EncodingCache cache = new EncodingCache(1000);
        for (int id = 1; id <= 3; id++) {
            cache.put(NETWORK, id, 128, InputRange.CURRENT, View.WHOLE, encoding(80));
        }
        assertThat(cache.find(NETWORK, 1, 128, InputRange.CURRENT, View.WHOLE)).isPresent();
        assertThat(cache.bytes()).isEqualTo(960);

        cache.put(NETWORK, 4, 128, InputRange.CURRENT, View.WHOLE, encoding(80));

        assertThat(cache.find(NETWORK, 2, 128, InputRange.CURRENT, View.WHOLE)).isEmpty();
        assertThat(cache.find(NETWORK, 1, 128, InputRange.CURRENT, View.WHOLE)).isPresent();
        assertThat(cache.find(NETWORK, 3, 128, InputRange.CURRENT, View.WHOLE)).isPresent();
        assertThat(cache.find(NETWORK, 4, 128, InputRange.CURRENT, View.WHOLE)).isPresent();
        assertThat(cache.bytes()).isEqualTo(960);
    }

    @Test
    void aReplacedOneCountsOnceAndOneTooLargeIsNotKept() {
        EncodingCache cache = new EncodingCache(1000);
        cache.put(NETWORK, 1, 128, InputRange.CURRENT, View.WHOLE, encoding(80));
        cache.put(NETWORK, 1, 128, InputRange.CURRENT, View.WHOLE, encoding(100));
        assertThat(cache.bytes()).isEqualTo(400);
        cache.put(NETWORK, 1, 256, InputRange.CURRENT, View.WHOLE, encoding(100));
        assertThat(cache.bytes()).isEqualTo(800);
        assertThat(cache.find(NETWORK, 1, 64, InputRange.CURRENT, View.WHOLE)).isEmpty();
        assertThat(cache.find(NETWORK, 1, 128, InputRange.MIN_MAX, View.WHOLE)).isEmpty();
        assertThat(cache.find(NETWORK, 1, 128, InputRange.CURRENT, View.NEAR)).isEmpty();

        cache.put(NETWORK, 2, 128, InputRange.CURRENT, View.WHOLE, encoding(251));

        assertThat(cache.find(NETWORK, 2, 128, InputRange.CURRENT, View.WHOLE)).isEmpty();
        assertThat(cache.bytes()).isEqualTo(800);
    }

    @Test
    void whatOtherWeightsMadeIsAnother() {
        EncodingCache cache = new EncodingCache(1000);
        cache.put(NETWORK, 1, 128, InputRange.CURRENT, View.WHOLE, encoding(80));

        assertThat(
                        cache.find(
                                new EncodingNetwork("second"),
                                1,
                                128,
                                InputRange.CURRENT,
                                View.WHOLE))
                .isEmpty();
        assertThat(cache.find(new EncodingNetwork("first"), 1, 128, InputRange.CURRENT, View.WHOLE))
                .isPresent();
    }
}
