package org.precedent.cli.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/** Writes a file that somebody asked for. */
public final class WholeFile {
    private WholeFile() {}

    /**
     * Writes it whole or not at all: a file of before stays until the new one is there.
     *
     * @param file in a folder that exists
     */
    public static void write(Path file, byte[] bytes) throws IOException {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        Path part = Files.createTempFile(folder, ".", ".part");
        try {
            Files.write(part, bytes);
            Files.move(
                    part,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
