package org.precedent.catalog;

/** What names and short texts may hold. */
final class Names {
    static final int LONGEST = 200;
    private static final String NAME_RULE =
            "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit";

    private Names() {}

    /** Names of tasks, labels and pools: they become parts of paths and addresses. */
    static String requireName(String field, String value) {
        if (!value.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw CatalogException.badName(field, abbreviate(value), NAME_RULE);
        }
        return value;
    }

    /** Free text that people read: sites, pseudonyms, authors, file names. */
    static String requireText(String field, String value) {
        if (value.isBlank() || value.length() > LONGEST || value.chars().anyMatch(c -> c < ' ')) {
            throw CatalogException.badName(
                    field,
                    abbreviate(value),
                    "1 to " + LONGEST + " characters, none of them a control character");
        }
        return value;
    }

    private static String abbreviate(String value) {
        String printable = value.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= 80 ? printable : printable.substring(0, 80) + "...";
    }
}
