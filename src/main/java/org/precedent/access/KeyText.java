package org.precedent.access;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.precedent.Sha256;

/**
 * A key as its owner has it: {@code prc_ID_SECRET}. The secret is 256 random bits in base 62, so a
 * fast hash of it is kept; slow ones are for what people think up.
 *
 * @param id which is no secret, and by which the key is found
 * @param secret which nobody but the owner has
 */
public record KeyText(String id, String secret) {
    /** What every key starts with; tokens of single sign-on start otherwise. */
    public static final String PREFIX = "prc_";

    private static final String DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int ID_BITS = 64;
    private static final int SECRET_BITS = 256;

    /** 62^43 is the first power above 2^256, 62^11 above 2^64. */
    private static final Pattern FORM = Pattern.compile("prc_([0-9A-Za-z]{11})_([0-9A-Za-z]{43})");

    /** A new key. */
    static KeyText random(SecureRandom random) {
        return new KeyText(
                text(new BigInteger(ID_BITS, random), 11),
                text(new BigInteger(SECRET_BITS, random), 43));
    }

    /** A new secret that is no key, for a session. */
    static String randomSecret(SecureRandom random) {
        return text(new BigInteger(SECRET_BITS, random), 43);
    }

    /** Whether a text can be the id of a key. */
    static boolean isId(String text) {
        return text.matches("[0-9A-Za-z]{11}");
    }

    /** Reads what was sent; empty where it is no key at all. */
    public static Optional<KeyText> parse(String text) {
        Matcher form = FORM.matcher(text);
        return form.matches()
                ? Optional.of(new KeyText(form.group(1), form.group(2)))
                : Optional.empty();
    }

    /** What is kept of the secret. */
    String hash() {
        return Sha256.of(secret);
    }

    /** Whether the secret is the one of a hash, in a time that does not tell how much of it is. */
    boolean isOf(String hash) {
        return MessageDigest.isEqual(
                hash().getBytes(StandardCharsets.US_ASCII),
                hash.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(BigInteger value, int length) {
        StringBuilder text = new StringBuilder();
        BigInteger base = BigInteger.valueOf(DIGITS.length());
        BigInteger rest = value;
        while (text.length() < length) {
            BigInteger[] parts = rest.divideAndRemainder(base);
            text.append(DIGITS.charAt(parts[1].intValue()));
            rest = parts[0];
        }
        return text.reverse().toString();
    }

    /** The whole key, for its owner. */
    public String text() {
        return PREFIX + id + "_" + secret;
    }

    /** Without the secret: this may end in a log. */
    @Override
    public String toString() {
        return PREFIX + id + "_...";
    }
}
