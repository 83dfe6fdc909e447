package org.precedent.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;

/**
 * The secret of a data directory by which patients' ids become pseudonyms: the same patient has the
 * same one in every study, and nobody without the file can tell whose it is. It is made when it is
 * first needed and is only its owner's to read; without it, the next studies of a patient are
 * another one's.
 */
public final class PseudonymKey {
    private static final String FILE = "pseudonym.key";
    private static final int BYTES = 32;

    private PseudonymKey() {}

    /** The key of a data directory, made if absent. */
    public static byte[] of(Path data) {
        Path file = data.resolve(FILE);
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException absent) {
            return make(data, file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** A key that is forgotten: pseudonyms can be compared while a program runs. */
    public static byte[] passing() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }

    private static byte[] make(Path data, Path file) {
        try {
            Files.createDirectories(data);
            Path fresh =
                    Files.createTempFile(
                            data,
                            FILE,
                            ".new",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")));
            try {
                Files.write(fresh, passing());
                // A link, because it never replaces what another process made meanwhile.
                Files.createLink(file, fresh);
            } catch (FileAlreadyExistsException made) {
                // Another process was first, and its key is the key.
            } finally {
                Files.delete(fresh);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + file, e);
        }
    }
}
