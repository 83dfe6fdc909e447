package org.precedent.index.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class HnswConfigTest {

    @Test
    void pinsTheDefaults() {
        assertThat(HnswConfig.DEFAULT).isEqualTo(new HnswConfig(16, 100, 5000, 2, 5, 50));
    }

    @Test
    void asksForMoreThanK() {
        assertThat(HnswConfig.DEFAULT.candidates(1)).isEqualTo(51);
        assertThat(HnswConfig.DEFAULT.candidates(10)).isEqualTo(60);
        assertThat(HnswConfig.DEFAULT.candidates(64)).isEqualTo(320);
        assertThat(HnswConfig.DEFAULT.candidates(Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void refusesWhatTheGraphCannotHave() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(1, 100, 1, 2, 1, 0))
                .withMessageContaining("maxConn 1 is not in [2, 512]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 0, 1, 2, 1, 0))
                .withMessageContaining("beamWidth");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 100, 0, 2, 1, 0))
                .withMessageContaining("exactLimit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 100, 1, 2, 0, 0))
                .withMessageContaining("overCollectFactor");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 100, 1, 2, 1, -1))
                .withMessageContaining("overCollectExtra");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 100, 1, Double.NaN, 1, 0))
                .withMessageContaining("walkPrice");
    }

    /** Each row was measured to be the faster way, see {@code index/README.md}. */
    @Test
    void scansWhereThatIsFasterThanWalking() {
        HnswConfig config = HnswConfig.DEFAULT;
        assertThat(config.scans(5000, 1_000_000, 10)).isTrue();
        assertThat(config.scans(10_000, 100_000, 10)).isTrue();
        assertThat(config.scans(25_000, 100_000, 10)).isFalse();
        assertThat(config.scans(100_000, 100_000, 10)).isFalse();
        assertThat(config.scans(25_000, 100_000, 64)).isTrue();
        assertThat(config.scans(100_000, 100_000, 64)).isFalse();
        assertThat(config.scans(12_000, 20_000, 10)).isFalse();
        assertThat(config.scans(100_000, 100_000, 20_000)).isTrue();
    }
}
