package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.precedent.CanonicalNames;
import org.precedent.PrecedentConfig;

/**
 * What was erased and may not come back, as hashes keyed with a secret of the data directory: who
 * has the database or an index alone cannot tell who was erased by trying names.
 *
 * <p>The hashes are kept twice: in the database, where an ingest looks, and in a file of the data
 * directory, so that a database which is restored from before an erasure can be told of it.
 */
@ApplicationScoped
public class Tombstones {
    private static final String SECRET = "erasure.secret";
    private static final String FILE = "erasures.txt";
    private static final int SECRET_BYTES = 32;

    private final EntityManager entities;
    private final Path data;

    Tombstones(EntityManager entities, PrecedentConfig config) {
        this.entities = entities;
        this.data = config.dataDirectory();
    }

    /**
     * One hash.
     *
     * @param kind patient, pixels or answer
     */
    public record Tombstone(String kind, String hash) {}

    /** What stands for a patient of a site, however the names are spelt. */
    public Tombstone ofPatient(String site, String patient) {
        return of("patient", CanonicalNames.key(site), CanonicalNames.key(patient));
    }

    /** What stands for a picture at a site, whosever it is said to be. */
    public Tombstone ofPixels(String site, String pixelsSha256) {
        return of("pixels", CanonicalNames.key(site), pixelsSha256);
    }

    /** What stands for an answer. */
    public Tombstone ofAnswer(UUID answer) {
        return of("answer", answer.toString());
    }

    /** The files that a backup must have, and a restored directory, too. */
    public static List<String> files() {
        return List.of(SECRET, FILE);
    }

    /**
     * Refuses what was erased.
     *
     * @param hashes under which the picture may be known
     * @throws CatalogException ERASED
     */
    void refuseErased(Example example, Collection<String> hashes) {
        if (!Files.exists(data.resolve(SECRET))) {
            return; // nothing was ever erased here
        }
        String site = example.origin().site();
        Set<String> keys = new LinkedHashSet<>();
        keys.add(ofPatient(site, example.origin().patient()).hash());
        hashes.forEach(pixels -> keys.add(ofPixels(site, pixels).hash()));
        if (!entities.createNativeQuery("SELECT 1 FROM tombstone WHERE key_hash IN (?1)")
                .setParameter(1, keys)
                .setMaxResults(1)
                .getResultList()
                .isEmpty()) {
            throw CatalogException.erased(example.sourceName());
        }
    }

    // ---- the file

    /** Adds hashes to the file; when this returns, they are on the disk. */
    public synchronized void keep(Collection<Tombstone> tombstones) {
        StringBuilder lines = new StringBuilder();
        tombstones.forEach(
                one -> lines.append(one.kind()).append(' ').append(one.hash()).append('\n'));
        Path file = data.resolve(FILE);
        try {
            create(file);
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
                ByteBuffer bytes =
                        ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("erasures cannot be kept in " + file, e);
        }
    }

    /** All that were ever kept here. */
    public Set<Tombstone> kept() {
        try {
            Set<Tombstone> kept = new LinkedHashSet<>();
            for (String line : Files.readAllLines(data.resolve(FILE), StandardCharsets.US_ASCII)) {
                String[] parts = line.split(" ", -1);
                if (parts.length == 2 && parts[1].matches("[0-9a-f]{64}")) {
                    kept.add(new Tombstone(parts[0], parts[1]));
                }
            }
            return kept;
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (IOException e) {
            throw new UncheckedIOException("erasures cannot be read from " + data, e);
        }
    }

    // ---- the secret

    private Tombstone of(String kind, String... parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret(), "HmacSHA256"));
            mac.update(kind.getBytes(StandardCharsets.UTF_8));
            for (String part : parts) {
                mac.update((byte) 0);
                mac.update(part.getBytes(StandardCharsets.UTF_8));
            }
            return new Tombstone(kind, HexFormat.of().formatHex(mac.doFinal()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized byte[] secret() {
        Path file = data.resolve(SECRET);
        try {
            if (!Files.exists(file)) {
                byte[] fresh = new byte[SECRET_BYTES];
                new SecureRandom().nextBytes(fresh);
                Path partial = data.resolve(SECRET + "." + UUID.randomUUID());
                create(partial);
                Files.writeString(partial, HexFormat.of().formatHex(fresh));
                try {
                    Files.createLink(file, partial); // of two makers one wins
                } catch (FileAlreadyExistsException e) {
                    // the other's is used
                } finally {
                    Files.delete(partial);
                }
            }
            return HexFormat.of().parseHex(Files.readString(file).trim());
        } catch (IOException e) {
            throw new UncheckedIOException("there is no readable " + file, e);
        }
    }

    private static void create(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
    }
}
