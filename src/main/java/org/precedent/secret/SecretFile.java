package org.precedent.secret;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A file that only its owner reads, whole or not there. */
final class SecretFile {
    private static final Set<PosixFilePermission> OWNERS =
            EnumSet.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE);

    private SecretFile() {}

    /**
     * What a file holds; empty where there is none.
     *
     * @throws SecretException OPEN_TO_OTHERS where others may read or write it; IO
     */
    static Optional<byte[]> read(Path file) {
        try {
            Set<PosixFilePermission> may = Files.getPosixFilePermissions(file);
            if (!OWNERS.containsAll(may)) {
                throw SecretException.of(
                        SecretException.Code.OPEN_TO_OTHERS,
                        "%s has the mode %s: others than its owner must not read a secret; if nobody has, `chmod 600` it"
                                .formatted(file, PosixFilePermissions.toString(may)));
            }
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw SecretException.of(
                    SecretException.Code.IO, "the secret " + file + " cannot be read: " + e, e);
        }
    }

    /**
     * Makes a secret in hexadecimal digits, unless there is one. When this returns, it is on the
     * disk.
     */
    static void make(Path file, int bytes) {
        byte[] fresh = new byte[bytes];
        new SecureRandom().nextBytes(fresh);
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        Path part = folder.resolve(file.getFileName() + "." + UUID.randomUUID());
        try {
            Files.createDirectories(folder);
            try {
                Files.createFile(
                        part,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
                try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                    ByteBuffer text =
                            ByteBuffer.wrap(
                                    (HexFormat.of().formatHex(fresh) + "\n")
                                            .getBytes(StandardCharsets.US_ASCII));
                    while (text.hasRemaining()) {
                        channel.write(text);
                    }
                    channel.force(true);
                }
                // A link, because it never replaces what another process made meanwhile.
                Files.createLink(file, part);
            } catch (FileAlreadyExistsException made) {
                // Another process was first, and its secret is the secret.
            } finally {
                Files.deleteIfExists(part);
            }
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (IOException e) {
            throw SecretException.of(
                    SecretException.Code.IO, "the secret " + file + " cannot be made: " + e, e);
        }
    }
}
