package org.precedent.catalog;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.precedent.CanonicalNames;

/**
 * What names and short texts may hold, and which of them are one; {@link CanonicalNames} has the
 * rules.
 */
public final class Names {
    static final int LONGEST = 200;
    private static final String NAME_RULE =
            "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit";
    private static final String TEXT_RULE =
            "1 to " + LONGEST + " characters of UTF-8, all of them visible or a space";

    private Names() {}

    /**
     * Names of tasks and pools: they become parts of paths and addresses.
     *
     * @return the canonical form
     * @throws CatalogException BAD_NAME
     */
    public static String requireName(String field, String value) {
        if (!isName(value)) {
            throw CatalogException.badName(field, abbreviate(value), NAME_RULE);
        }
        return CanonicalNames.shown(value);
    }

    /**
     * What people and institutions are called: pseudonyms, sites, series, authors, modalities.
     *
     * @return the canonical form
     * @throws CatalogException BAD_NAME
     */
    public static String requireText(String field, String value) {
        // Cut first: what is sent without end is not normalised.
        String shown = value.length() > 4 * LONGEST ? value : CanonicalNames.shown(value);
        if (shown.isEmpty() || shown.length() > LONGEST) {
            throw CatalogException.badName(field, abbreviate(value), TEXT_RULE);
        }
        CanonicalNames.refusal(value)
                .ifPresent(why -> {
                    throw CatalogException.badName(
                            field, abbreviate(value), why + "; " + TEXT_RULE);
                });
        return shown;
    }

    /**
     * The name of a file, which is kept as it is.
     *
     * @throws CatalogException BAD_NAME
     */
    public static String requireFileName(String value) {
        if (value.isBlank()
                || value.length() > LONGEST
                || value.codePoints().anyMatch(CanonicalNames::isUnreadable)) {
            throw CatalogException.badName(
                    "file",
                    abbreviate(value),
                    "1 to " + LONGEST + " characters of UTF-8, none of them a control character");
        }
        return value;
    }

    /**
     * The one of several things that a name means: the one of exactly this name, else the first
     * whose name is the same but for case and spacing. A name that may not be one, because it holds
     * what cannot be seen, means none of them.
     */
    static <T> Optional<T> find(List<T> among, Function<T, String> name, String wanted) {
        return among.stream()
                .filter(one -> name.apply(one).equals(wanted))
                .findFirst()
                .or(() ->
                        CanonicalNames.refusal(wanted).isPresent()
                                ? Optional.empty()
                                : among.stream()
                                        .filter(one -> CanonicalNames.same(name.apply(one), wanted))
                                        .findFirst());
    }

    /** Whether a text, canonical or not, can be the name of a task, a label or a pool. */
    static boolean isName(String value) {
        return value.length() <= LONGEST
                && CanonicalNames.shown(value).matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    }

    static String abbreviate(String value) {
        String printable = value.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= 80 ? printable : printable.substring(0, 80) + "...";
    }
}
