package org.precedent.secret;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of a data directory, one a {@link Purpose}. A key is {@code HMAC-SHA-256(secret,
 * "precedent " + purpose + 0x01)}, which is HKDF's expansion (RFC 5869) to one block: the secret is
 * as random as a key has to be, so nothing is extracted first.
 *
 * <p>The secret is the setting {@code precedent.secret.key}, or the file {@value #FILE}. Data
 * directories of before have files of single purposes; what these hold remains the purpose's key.
 */
public final class DataSecrets {
    /** The one secret of a data directory. */
    public static final String FILE = "secret.key";

    private static final int BYTES = 32;
    private static final int LEAST_BYTES = 16;
    private static final int FINGERPRINT_DIGITS = 32;
    private static final String HMAC = "HmacSHA256";

    /** In place of the parser's message, which has what it could not read. */
    private static final String UNREADABLE =
            "it has another number or other characters than 0 to 9 and a to f";

    private final Map<Purpose, SecretKeySpec> keys = new EnumMap<>(Purpose.class);

    private DataSecrets(Map<Purpose, byte[]> keys) {
        keys.forEach((purpose, key) -> this.keys.put(purpose, new SecretKeySpec(key, HMAC)));
    }

    /** Files that hold secrets, in any data directory. */
    public static List<String> files() {
        return List.of(FILE, "pseudonym.key", "erasure.secret");
    }

    /** A key that is forgotten: what it makes can be compared while a program runs. */
    public static byte[] passingKey() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }

    /** Whether a data directory or the setting has a secret. */
    static boolean there(Path data, Optional<String> configured) {
        return configured.isPresent() || Files.exists(data.resolve(FILE));
    }

    /**
     * Opens the secrets of a data directory.
     *
     * @param configured the setting
     * @param make whether a secret that is not there is made
     * @throws SecretException MISSING where there is none and none is made; OTHER where file and
     *     setting differ; OPEN_TO_OTHERS, MALFORMED or IO
     */
    public static DataSecrets open(Path data, Optional<String> configured, boolean make) {
        Path file = data.resolve(FILE);
        if (make && configured.isEmpty()) {
            if (!Files.exists(file)) {
                SecretFile.make(file, BYTES);
            }
        }
        Optional<byte[]> kept =
                SecretFile.read(file).map(content -> secret(text(content), file.toString()));
        Optional<byte[]> given = configured.map(text -> secret(text, "precedent.secret.key"));
        if (kept.isPresent() && given.isPresent() && !Arrays.equals(kept.get(), given.get())) {
            throw SecretException.of(
                    SecretException.Code.OTHER,
                    file
                            + " and the setting precedent.secret.key are two secrets: take away the"
                            + " one that the database does not know");
        }
        byte[] secret =
                given.or(() -> kept)
                        .orElseThrow(() ->
                                SecretException.of(
                                        SecretException.Code.MISSING, "there is no " + file));
        Map<Purpose, byte[]> keys = new EnumMap<>(Purpose.class);
        for (Purpose purpose : Purpose.values()) {
            keys.put(purpose, ofItsOwn(data, purpose).orElseGet(() -> derived(secret, purpose)));
        }
        return new DataSecrets(keys);
    }

    /** Whether the data directory has a file for this purpose alone. */
    static boolean hasOwn(Path data, Purpose purpose) {
        return purpose.ownFile() != null
                && Files.exists(data.resolve(Objects.requireNonNull(purpose.ownFile())));
    }

    private static Optional<byte[]> ofItsOwn(Path data, Purpose purpose) {
        String name = purpose.ownFile();
        if (name == null) {
            return Optional.empty();
        }
        Path file = data.resolve(name);
        return SecretFile.read(file)
                .map(content -> {
                    try {
                        return atLeast(LEAST_BYTES, purpose.parse(content), file.toString());
                    } catch (IllegalArgumentException e) {
                        throw malformed(file.toString(), UNREADABLE);
                    }
                });
    }

    private static byte[] derived(byte[] secret, Purpose purpose) {
        byte[] label = ("precedent " + purpose.word()).getBytes(StandardCharsets.UTF_8);
        Mac mac = mac(new SecretKeySpec(secret, HMAC));
        mac.update(label);
        mac.update((byte) 1);
        return mac.doFinal();
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.US_ASCII);
    }

    private static byte[] secret(String digits, String where) {
        try {
            return atLeast(BYTES, HexFormat.of().parseHex(digits.strip()), where);
        } catch (IllegalArgumentException e) {
            throw malformed(where, UNREADABLE);
        }
    }

    private static byte[] atLeast(int limit, byte[] key, String where) {
        if (key.length < limit) {
            throw malformed(where, "it has " + key.length + " bytes");
        }
        return key;
    }

    private static SecretException malformed(String where, String why) {
        return SecretException.of(
                SecretException.Code.MALFORMED,
                "%s is no secret of %d hexadecimal digits: %s".formatted(where, 2 * BYTES, why));
    }

    /** The key itself, for what keys its hashes by itself. */
    public byte[] key(Purpose purpose) {
        return Objects.requireNonNull(keys.get(purpose)).getEncoded();
    }

    /**
     * Which key it is: 32 hexadecimal digits from which neither the key nor what it hashes can be
     * computed.
     */
    public String fingerprint(Purpose purpose) {
        return HexFormat.of()
                .formatHex(hash(purpose, "fingerprint"))
                .substring(0, FINGERPRINT_DIGITS);
    }

    /**
     * The hash of some texts, told apart by a byte that none of them has.
     *
     * @return 32 bytes
     */
    public byte[] hash(Purpose purpose, String... texts) {
        Mac mac = mac(Objects.requireNonNull(keys.get(purpose)));
        for (int i = 0; i < texts.length; i++) {
            if (i > 0) {
                mac.update((byte) 0);
            }
            mac.update(texts[i].getBytes(StandardCharsets.UTF_8));
        }
        return mac.doFinal();
    }

    /**
     * The first half of a hash as an id: a UUID of version 8, which says no more than that it was
     * made by a rule of one's own (RFC 9562).
     */
    public UUID id(Purpose purpose, String... texts) {
        ByteBuffer hash = ByteBuffer.wrap(hash(purpose, texts));
        return new UUID(
                hash.getLong() & ~0xF000L | 0x8000L,
                hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L);
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
    }
}
