package org.precedent.blob;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.precedent.Sha256;

/**
 * How every store keeps a blob: under the key {@code ab/cdef...} of its hash, deflated (masks
 * shrink a hundredfold; the name is the hash of the bytes before).
 */
public final class StoredForm {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{2}/[0-9a-f]{62}");

    private StoredForm() {}

    /**
     * The key of a blob, its first two digits a folder.
     *
     * @throws IllegalArgumentException when the name is no SHA-256 in lower-case hex
     */
    public static String key(String sha256) {
        if (!HASH.matcher(sha256).matches()) {
            throw new IllegalArgumentException("not a SHA-256 in lower-case hex: " + sha256);
        }
        return sha256.substring(0, 2) + "/" + sha256.substring(2);
    }

    /** The blob of a key; empty where the key is not that of a blob. */
    public static Optional<String> sha256(String key) {
        return KEY.matcher(key).matches()
                ? Optional.of(key.substring(0, 2) + key.substring(3))
                : Optional.empty();
    }

    /** What is stored of a blob. */
    public static byte[] deflate(byte[] bytes) {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 2 + 64);
        try (OutputStream stream = new DeflaterOutputStream(out, deflater)) {
            stream.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    /**
     * A blob from what is stored of it, checked against its name.
     *
     * @throws BlobException BLOB_CORRUPT when these are not its bytes
     */
    public static byte[] inflate(String sha256, byte[] stored) {
        byte[] bytes;
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(stored))) {
            bytes = in.readAllBytes();
        } catch (IOException e) { // not deflated, or cut off
            throw BlobException.blobCorrupt(sha256, e);
        }
        if (!Sha256.of(bytes).equals(sha256)) {
            throw BlobException.blobCorrupt(sha256, null);
        }
        return bytes;
    }
}
