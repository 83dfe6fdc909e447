package org.precedent.catalog;

import java.text.Normalizer;
import java.util.Optional;
import java.util.regex.Pattern;

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
        return NAME.matcher(composed(name)).matches()
                ? Optional.empty()
                : Optional.of("a label has " + RULE);
    }

    /**
     * @return the name in Unicode's composed form
     * @throws CatalogException BAD_NAME
     */
    static String require(String name) {
        String composed = composed(name);
        if (!NAME.matcher(composed).matches()) {
            throw CatalogException.badName("label", Names.abbreviate(name), RULE);
        }
        return composed;
    }

    private static String composed(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }
}
