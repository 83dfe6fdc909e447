package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.precedent.CanonicalNames;
import org.precedent.PrecedentConfig;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/**
 * What was erased and may not come back, as hashes keyed with a secret of the data directory: who
 * has the database or an index alone cannot tell who was erased by trying names.
 *
 * <p>The hashes are kept twice: in the database, where an ingest looks, and in a file of the data
 * directory, so that a database which is restored from before an erasure can be told of it.
 */
@ApplicationScoped
public class Tombstones {
    private static final String FILE = "erasures.txt";

    private final EntityManager entities;
    private final DataSecrets secrets;
    private final Path data;

    Tombstones(EntityManager entities, DataSecrets secrets, PrecedentConfig config) {
        this.entities = entities;
        this.secrets = secrets;
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

    /**
     * Refuses what was erased.
     *
     * @param hashes under which the picture may be known
     * @throws CatalogException ERASED
     */
    void refuseErased(Example example, Collection<String> hashes) {
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

    private Tombstone of(String kind, String... parts) {
        String[] texts = new String[parts.length + 1];
        texts[0] = kind;
        System.arraycopy(parts, 0, texts, 1, parts.length);
        return new Tombstone(kind, HexFormat.of().formatHex(secrets.hash(Purpose.ERASURES, texts)));
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
