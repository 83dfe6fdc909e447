package org.precedent.backup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What a backup holds.
 *
 * @param format of the backup, {@value #FORMAT}
 * @param schema last migration of the database
 * @param takenAt the moment of the database
 * @param secrets whether keys of the data directory are in it
 */
public record Manifest(
        int format,
        String schema,
        UUID catalogue,
        Instant takenAt,
        boolean secrets,
        List<Table> tables,
        long blobs) {
    static final int FORMAT = 1;
    private static final String FILE = "manifest.json";

    /**
     * A table.
     *
     * @param columns in the order of the file
     * @param sha256 of the file
     */
    public record Table(String name, List<String> columns, long rows, String sha256) {
        public Table {
            columns = List.copyOf(columns);
        }
    }

    public Manifest {
        tables = List.copyOf(tables);
    }

    void write(Path backup) throws IOException {
        Path file = backup.resolve(FILE);
        Files.write(file, json().writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /**
     * Reads the manifest of a backup.
     *
     * @throws IllegalStateException where there is none, or it is of another format
     */
    public static Manifest read(Path backup) {
        Path file = backup.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                throw new IllegalStateException(
                        backup + " is no backup, or one that was interrupted: it has no " + FILE);
            }
            Manifest manifest = json().readValue(Files.readAllBytes(file), Manifest.class);
            if (manifest.format() != FORMAT) {
                throw new IllegalStateException(
                        "%s is a backup of format %d, this version reads %d"
                                .formatted(backup, manifest.format(), FORMAT));
            }
            return manifest;
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static ObjectMapper json() {
        return new ObjectMapper()
                .findAndRegisterModules()
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
    }
}
