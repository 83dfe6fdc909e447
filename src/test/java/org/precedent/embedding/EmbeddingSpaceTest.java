package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class EmbeddingSpaceTest {

    @Test
    void itsIdNamesEncoderHashLevelAndDimension() {
        assertThat(new EmbeddingSpace("mobile-sam", "3fa94c11aabb", Level.LOCATION, 128).id())
                .isEqualTo("mobile-sam-3fa94c11-location-128");
    }

    @Test
    void refusesWhatCannotBeADirectoryName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EmbeddingSpace("../x", "3fa94c11", Level.IMAGE, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EmbeddingSpace("x", "3FA94C11", Level.IMAGE, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EmbeddingSpace("x", "3fa94c1", Level.IMAGE, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EmbeddingSpace("x", "3fa94c11", Level.IMAGE, 0));
    }
}
