package org.precedent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;

/** A caller's studies take so much of the disk and no more, however many there are. */
class StudyQuotaTest {
    private static final int EACH = 300;

    @TempDir Path data;

    @Test
    void filesAreCountedAndWhatWouldBeTooMuchIsRefused() {
        StudyFiles files = new StudyFiles(data, Limits.VOLUMES);
        UUID first = UUID.randomUUID();
        keep(files, first, Long.MAX_VALUE);
        long taken = files.bytes(List.of(first, UUID.randomUUID()));
        assertThat(taken).isEqualTo(2 * EACH);

        UUID second = UUID.randomUUID();
        long limit = 1000;
        assertThatThrownBy(() -> keep(files, second, limit - taken))
                .isInstanceOfSatisfying(
                        StudyException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(StudyException.Code.STUDY_QUOTA);
                            assertThat(e.fields()).containsEntry("limit", limit);
                        });
        files.remove(second);
        files.remove(first);
        assertThat(files.bytes(List.of(first, second))).isZero();
        keep(files, second, limit);
    }

    private static void keep(StudyFiles files, UUID id, long room) {
        files.keep(
                id,
                taker -> {
                    for (String name : List.of("a.dcm", "b.dcm")) {
                        taker.take(name, new ByteArrayInputStream(new byte[EACH]));
                    }
                },
                room,
                () -> StudyException.quota(1000 - room, 1000));
    }
}
