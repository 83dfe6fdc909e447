package org.precedent.catalog;

import java.util.Optional;
import java.util.regex.Pattern;
import org.precedent.CanonicalNames;

/**
 * What a label may be called. Labels are often named by folders, so that spaces, umlauts and
 * parentheses are taken; what has a meaning in paths, in {@code NAME=VALUE} or in lists is not.
 */
public final class LabelNames {
    private static final String RULE =
            "1 to 64 letters, digits, single spaces, dots, hyphens, underscores, plus signs, primes"
                    + " and parentheses, the first a letter or digit, the last no space";

    private static final Pattern NAME =
            Pattern.compile("(?=.{1,64}$)[\\p{L}\\p{N}]([\\p{L}\\p{M}\\p{N}._+'()-]| (?! |$))*");

    private LabelNames() {}

    /** What is wrong with a name; empty where it can be a label. */
    public static Optional<String> refusal(String name) {
        return NAME.matcher(CanonicalNames.shown(name)).matches()
                ? CanonicalNames.refusal(name)
                : Optional.of("a label has " + RULE);
    }

    /**
     * @return the name in its canonical form
     * @throws CatalogException BAD_NAME
     */
    static String require(String name) {
        refusal(name)
                .ifPresent(why -> {
                    throw CatalogException.badName("label", Names.abbreviate(name), why);
                });
        return CanonicalNames.shown(name);
    }
}
