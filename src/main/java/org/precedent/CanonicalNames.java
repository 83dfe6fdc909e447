package org.precedent;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * One spelling for what is one name. Pseudonyms, sites, series, tasks, labels, pools and authors
 * pass through here at the edge, so that {@code "P-1 "} and {@code "p-1"}, the same in full-width
 * letters or with a non-breaking or a soft hyphen, and an umlaut in one or in two code points never
 * become two patients.
 *
 * <p>A name has two forms. {@link #shown} is kept and shown: Unicode's NFKC, white space trimmed
 * and its runs made one space, soft hyphens dropped. {@link #key} is what is compared and hashed:
 * in addition all case is folded, hyphens and dashes are one, and whatever cannot be seen is
 * dropped. So two names with one key are one name. Both are idempotent, and a name and its shown
 * form have the same key.
 *
 * <p>{@link #refusal} says what a name may not hold. Soft hyphens are dropped rather than refused,
 * because word processors put them in; everything else that cannot be seen was put in by mistake or
 * by intent, and the sender has to know. Keys are made of any text, so that names which were stored
 * before these rules are compared by them too.
 */
public final class CanonicalNames {
    private static final int SOFT_HYPHEN = 0xAD;

    /**
     * Each pass of case folding can open another; no character of Unicode needs more than three.
     */
    private static final int MOST_PASSES = 5;

    private CanonicalNames() {}

    /** The form that is kept and shown; a canonical name is returned as it is. */
    public static String shown(String name) {
        return spaced(normalized(without(name, c -> c == SOFT_HYPHEN)));
    }

    /** The form that is compared; equal for names that are one name. */
    public static String key(String name) {
        String key = name;
        for (int pass = 0; pass < MOST_PASSES; pass++) {
            String folded = folded(key);
            if (folded.equals(key)) {
                break;
            }
            key = folded;
        }
        return key;
    }

    /** Whether two names are one. */
    public static boolean same(String a, String b) {
        return key(a).equals(key(b));
    }

    /** What is wrong with a name's characters, with the first that is; empty where nothing is. */
    public static Optional<String> refusal(String name) {
        String sent = without(name, c -> c == SOFT_HYPHEN).strip();
        return IntStream.concat(sent.codePoints(), normalized(sent).codePoints())
                .filter(CanonicalNames::isRefused)
                .boxed()
                .findFirst()
                .map(c ->
                        "it holds %s, %s: remove it"
                                .formatted(
                                        "U+%04X".formatted(c),
                                        isInvisible(c)
                                                ? "which cannot be seen"
                                                : "which is no character of a name"));
    }

    private static String folded(String name) {
        String visible =
                without(
                        normalized(without(name, CanonicalNames::isDropped)),
                        CanonicalNames::isDropped);
        StringBuilder one = new StringBuilder(visible.length());
        visible.codePoints().map(c -> isDash(c) ? '-' : c).forEach(one::appendCodePoint);
        // Up and down again: what has several lower-case forms (sharp s, final sigma) becomes one.
        String lower =
                spaced(one.toString())
                        .toUpperCase(Locale.ROOT)
                        .toLowerCase(Locale.ROOT)
                        .replace('\u03C2', '\u03C3');
        return spaced(normalized(lower));
    }

    private static String normalized(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFKC);
    }

    private static String without(String name, IntPredicate dropped) {
        StringBuilder kept = new StringBuilder(name.length());
        name.codePoints().filter(c -> !dropped.test(c)).forEach(kept::appendCodePoint);
        return kept.toString();
    }

    /** White space trimmed, runs of it inside made one space each. */
    private static String spaced(String name) {
        StringBuilder spaced = new StringBuilder(name.length());
        boolean gap = false;
        for (int i = 0; i < name.length(); ) {
            int c = name.codePointAt(i);
            i += Character.charCount(c);
            if (isSpace(c)) {
                gap = !spaced.isEmpty();
            } else {
                if (gap) {
                    spaced.append(' ');
                    gap = false;
                }
                spaced.appendCodePoint(c);
            }
        }
        return spaced.toString();
    }

    /** White space by Unicode or Java, and the braille blank, which looks like it. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85 || c == 0x2800;
    }

    private static boolean isDash(int c) {
        return Character.getType(c) == Character.DASH_PUNCTUATION || c == 0x2212;
    }

    private static boolean isDropped(int c) {
        return isInvisible(c) || (Character.getType(c) == Character.CONTROL && !isSpace(c));
    }

    /**
     * What no text may hold, not even a file name that is kept as it is: control characters, line
     * breaks, halves of a character, marks that turn the reading order around (a name would show as
     * another), and U+FFFD, which is what is left of a character that was sent in another encoding.
     */
    public static boolean isUnreadable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> c == 0xFFFD || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        };
    }

    /** What no name may hold: what is unreadable, undefined by Unicode, or cannot be seen. */
    private static boolean isRefused(int c) {
        return isUnreadable(c) || Character.getType(c) == Character.UNASSIGNED || isInvisible(c);
    }

    /**
     * Format characters (zero width, direction marks, byte order mark, tags) and the other
     * characters that Unicode calls default ignorable: joiners, fillers and variation selectors.
     */
    private static boolean isInvisible(int c) {
        return Character.getType(c) == Character.FORMAT
                || c == 0x034F
                || c == 0x115F
                || c == 0x1160
                || c == 0x17B4
                || c == 0x17B5
                || (c >= 0x180B && c <= 0x180F)
                || c == 0x2065
                || c == 0x3164
                || (c >= 0xFE00 && c <= 0xFE0F)
                || c == 0xFFA0
                || (c >= 0xFFF0 && c <= 0xFFF8)
                || (c >= 0xE0000 && c <= 0xE0FFF);
    }
}
