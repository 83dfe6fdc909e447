package org.precedent.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class HnswConfigTest {

    @Test
    void pinsTheDefaults() {
        assertThat(HnswConfig.DEFAULT).isEqualTo(new HnswConfig(16, 100, 10_000, 5, 50));
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
                .isThrownBy(() -> new HnswConfig(1, 100, 1, 1, 0))
                .withMessageContaining("maxConn 1 is not in [2, 512]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 0, 1, 1, 0))
                .withMessageContaining("beamWidth");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 100, 0, 1, 0))
                .withMessageContaining("exactLimit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 100, 1, 0, 0))
                .withMessageContaining("overCollectFactor");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HnswConfig(16, 100, 1, 1, -1))
                .withMessageContaining("overCollectExtra");
    }
}
