package org.precedent.access;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.precedent.Sha256;

/**
 * The administrator's token of a data directory: a key of every role at every site, in a file that
 * only the directory's owner reads. The first start makes it. Whoever removes the file gets another
 * one at the next start, and the old one proves nothing from then on.
 */
@ApplicationScoped
public class AdminToken {
    private static final String FILE = "admin.token";

    private final ApiKeys keys;

    AdminToken(ApiKeys keys) {
        this.keys = keys;
    }

    /**
     * The token of a data directory.
     *
     * @param made whether this start made it
     */
    public record Found(KeyText text, boolean made) {}

    /** Where the token of a data directory is. */
    public static Path file(Path data) {
        return data.resolve(FILE);
    }

    /** Makes sure that a data directory has a token and the catalogue its hash. */
    public Found ensure(Path data) {
        try {
            Optional<KeyText> given = read(data);
            ApiKeys.Made made =
                    keys.administrator(
                            "administrator-"
                                    + Sha256.of(data.toAbsolutePath().normalize().toString())
                                            .substring(0, 8),
                            given.orElse(null));
            boolean fresh = given.filter(made.text()::equals).isEmpty();
            if (fresh) {
                write(data, made.text());
            }
            return new Found(made.text(), fresh);
        } catch (IOException e) {
            throw new UncheckedIOException("the token cannot be kept in " + data, e);
        }
    }

    private static Optional<KeyText> read(Path data) throws IOException {
        try {
            return KeyText.parse(Files.readString(file(data), StandardCharsets.US_ASCII).trim());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static void write(Path data, KeyText text) throws IOException {
        Files.createDirectories(data);
        Path fresh =
                Files.createTempFile(
                        data,
                        FILE,
                        ".new",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        Files.writeString(fresh, text.text() + "\n", StandardCharsets.US_ASCII);
        Files.move(fresh, file(data), StandardCopyOption.ATOMIC_MOVE);
    }
}
