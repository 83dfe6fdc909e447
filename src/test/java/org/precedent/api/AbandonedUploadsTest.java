package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AbandonedUploadsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir Path uploads;

    @Test
    void whatAKilledServiceWasReceivingIsRemovedAndWhatAnotherReceivesIsNot() throws Exception {
        Path abandoned = file("abandoned", NOW.minusSeconds(601));
        Path current = file("current", NOW.minusSeconds(599));
        AbandonedUploads.remove(uploads, Clock.fixed(NOW, ZoneOffset.UTC));
        assertThat(abandoned).doesNotExist();
        assertThat(current).exists();
    }

    @Test
    void nothingWasEverReceived() {
        Path none = uploads.resolve("none");
        AbandonedUploads.remove(none, Clock.fixed(NOW, ZoneOffset.UTC));
        assertThat(none).doesNotExist();
    }

    private Path file(String name, Instant modified) throws Exception {
        Path file = Files.writeString(uploads.resolve(name), "pixels");
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }
}
