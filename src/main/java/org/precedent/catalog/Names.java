package org.precedent.catalog;

/** What names and short texts may hold. */
public final class Names {
    static final int LONGEST = 200;
    private static final String NAME_RULE =
            "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit";

    private Names() {}

    /** Names of tasks, labels and pools: they become parts of paths and addresses. */
    static String requireName(String field, String value) {
        if (!isName(value)) {
            throw CatalogException.badName(field, abbreviate(value), NAME_RULE);
        }
        return value;
    }

    /**
     * Free text that people read: sites, pseudonyms, authors, file names.
     *
     * @throws CatalogException BAD_NAME
     */
    public static String requireText(String field, String value) {
        if (value.isBlank()
                || value.length() > LONGEST
                || value.codePoints().anyMatch(Names::unreadable)) {
            throw CatalogException.badName(
                    field,
                    abbreviate(value),
                    "1 to " + LONGEST + " characters of UTF-8, none of them a control character");
        }
        return value;
    }

    /**
     * Control characters, line breaks, halves of a character, and marks that turn the reading order
     * around (a name would show as another). U+FFFD is what is left of a character that was sent in
     * another encoding: two pseudonyms could become one.
     */
    private static boolean unreadable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> c == 0xFFFD || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        };
    }

    /** Whether a text can be the name of a task, a label or a pool. */
    static boolean isName(String value) {
        return value.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    }

    static String abbreviate(String value) {
        String printable = value.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= 80 ? printable : printable.substring(0, 80) + "...";
    }
}
