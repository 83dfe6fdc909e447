package org.precedent.api;

import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.Stream;
import org.precedent.PrecedentConfig;

/**
 * Removes what a killed service was just receiving: the framework keeps the parts of a form in
 * files until the request ends, and images of patients must not stay there.
 */
@ApplicationScoped
@Startup
class AbandonedUploads {
    /** Another process of the same data directory may be receiving right now. */
    private static final Duration LONGEST_REQUEST = Duration.ofMinutes(10);

    AbandonedUploads(PrecedentConfig config, Clock clock) {
        // As quarkus.http.body.uploads-directory.
        remove(config.dataDirectory().resolve("uploads"), clock);
    }

    static void remove(Path uploads, Clock clock) {
        if (!Files.isDirectory(uploads)) {
            return;
        }
        long before = clock.millis() - LONGEST_REQUEST.toMillis();
        try (Stream<Path> files = Files.list(uploads)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (isOlder(file, before)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot clear " + uploads, e);
        }
    }

    private static boolean isOlder(Path file, long before) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toMillis() < before;
        } catch (NoSuchFileException e) {
            return false; // that request has just ended
        }
    }
}
