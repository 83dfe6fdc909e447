package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArrivingUploadsTest {
    private final ArrivingUploads uploads = new ArrivingUploads(100);

    @Test
    void callersHaveRoomOfTheirOwn() {
        assertThat(uploads.enter("a", 60)).isTrue();
        assertThat(uploads.enter("a", 41)).isFalse();
        assertThat(uploads.enter("b", 41)).isTrue();
        assertThat(uploads.enter("a", 40)).isTrue();
        assertThat(uploads.of("a")).isEqualTo(100);
        uploads.leave("a", 60);
        assertThat(uploads.enter("a", 41)).isTrue();
        assertThat(uploads.of("a")).isEqualTo(81);
    }

    @Test
    void theOnlyOneOfACallerHasRoomWhateverItsLength() {
        assertThat(uploads.enter("a", 500)).isTrue();
        assertThat(uploads.enter("a", 1)).isFalse();
        uploads.leave("a", 500);
        assertThat(uploads.of("a")).isZero();
        assertThat(uploads.enter("a", 1)).isTrue();
    }
}
