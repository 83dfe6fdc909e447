package org.precedent;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalNamesTest {
    private static final String UMLAUT = "M\u00fcller \u00c4";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "P-1",
                "P-1 ",
                " p-1",
                "\tP-1\n",
                "P\u00ad-1",
                "\uff30\uff0d\uff11", // full width
                "P\u20111", // non-breaking hyphen
                "P\u20131", // en dash
                "P\u22121", // minus
                "\u00a0P-1\u2003" // no-break and em space
            })
    void spellingsOfOnePatientAreOneKey(String spelling) {
        assertThat(CanonicalNames.key(spelling)).isEqualTo("p-1");
        assertThat(CanonicalNames.refusal(spelling)).isEmpty();
    }

    @Test
    void umlautsInOneOrTwoCodePointsAreOneNameAndShownInOne() {
        String two = Normalizer.normalize(UMLAUT, Normalizer.Form.NFD);
        assertThat(two).isNotEqualTo(UMLAUT);
        assertThat(CanonicalNames.shown(two)).isEqualTo(UMLAUT);
        assertThat(CanonicalNames.key(two)).isEqualTo("m\u00fcller \u00e4");
        assertThat(CanonicalNames.key("MU\u0308LLER  A\u0308")).isEqualTo("m\u00fcller \u00e4");
    }

    @ParameterizedTest
    @CsvSource({
        "Stra\u00dfe, STRASSE",
        "\u1e9e, ss",
        "\u039f\u03a3, \u03bf\u03c2", // final sigma
        "\u039f\u03a3, \u03bf\u03c3",
        "\ufb01bula, FIBULA" // a ligature
    })
    void caseIsFoldedWholly(String a, String b) {
        assertThat(CanonicalNames.same(a, b)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"P1", "P 1", "P.1", "P_1", "P-l", "P-2", "P-1a", "P--1"})
    void otherNamesStayOthers(String other) {
        assertThat(CanonicalNames.same("P-1", other)).isFalse();
    }

    @Test
    void theShownFormKeepsCaseAndACanonicalNameIsItself() {
        assertThat(CanonicalNames.shown("  Sankt  Anna\u00a0Spital "))
                .isEqualTo("Sankt Anna Spital");
        for (String canonical : new String[] {"P-1", "north", "10001_458", "a b", UMLAUT}) {
            assertThat(CanonicalNames.shown(canonical)).isEqualTo(canonical);
        }
        // Keys of small ASCII are themselves: what indexes hold of them stays valid.
        assertThat(CanonicalNames.key("case-1_b.c d")).isEqualTo("case-1_b.c d");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0x200B, // zero width space
                0x200C,
                0x200D,
                0x2060,
                0xFEFF, // joiners, byte order mark
                0x200E,
                0x202E,
                0x2066, // directions
                0x034F,
                0x115F,
                0x3164,
                0xFFA0, // joiner, fillers
                0xFE0F,
                0xE0100,
                0xE0041,
                0x180E, // variation selectors, tags
                0x0000,
                0x0007,
                0x001B,
                0xFFFD,
                0x0378 // control, replacement, unassigned
            })
    void whatCannotBeSeenIsRefusedAndMakesNoOtherKeyEither(int c) {
        String inside = "P" + Character.toString(c) + "-1";
        assertThat(CanonicalNames.refusal(inside)).isPresent();
        assertThat(CanonicalNames.refusal(inside).orElseThrow())
                .contains("U+%04X".formatted(c))
                .contains("remove it");
        if (c != 0xFFFD && c != 0x0378) {
            assertThat(CanonicalNames.key(inside)).isEqualTo("p-1");
        }
    }

    @Test
    void lineBreaksInsideAreRefused() {
        assertThat(CanonicalNames.refusal("a\nb")).isPresent();
        assertThat(CanonicalNames.refusal("a\u2028b")).isPresent();
        assertThat(CanonicalNames.refusal("a\tb")).isPresent();
    }

    @Test
    void everyCharacterHasOneKeyInEveryCaseAndNormalForm() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            int type = Character.getType(c);
            if (type == Character.SURROGATE || type == Character.UNASSIGNED) {
                continue;
            }
            check("x" + Character.toString(c) + "y", new Random(c));
        }
    }

    @Test
    void randomNamesHaveOneKeyHoweverTheyAreWritten() {
        String letters =
                "abcXYZ019-_. \u00e4\u00d6\u00df\u1e9e\u0130\u0131\u0399\u03c3\u03c2\u00e9\ufb01"
                        + "\u212b\u2160\uff21\u0308\u0301\u2011\u00ad\u00a0\u4e2d\uac01\u1100\u1161";
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            StringBuilder name = new StringBuilder();
            int length = 1 + random.nextInt(8);
            for (int i = 0; i < length; i++) {
                name.append(letters.charAt(random.nextInt(letters.length())));
            }
            check(name.toString(), random);
        }
    }

    /** Idempotent, and equal under changes of case, spacing and normal form. */
    private static void check(String name, Random random) {
        String key = CanonicalNames.key(name);
        String shown = CanonicalNames.shown(name);
        assertThat(CanonicalNames.key(key))
                .as("key of the key of <%s>", escaped(name))
                .isEqualTo(key);
        assertThat(CanonicalNames.key(shown))
                .as("key of the shown <%s>", escaped(name))
                .isEqualTo(key);
        assertThat(CanonicalNames.shown(shown))
                .as("shown of the shown <%s>", escaped(name))
                .isEqualTo(shown);
        String other =
                switch (random.nextInt(7)) {
                    case 0 -> name.toUpperCase(Locale.ROOT);
                    case 1 -> name.toLowerCase(Locale.ROOT);
                    case 2 -> Normalizer.normalize(name, Normalizer.Form.NFD);
                    case 3 -> Normalizer.normalize(name, Normalizer.Form.NFC);
                    case 4 -> Normalizer.normalize(name, Normalizer.Form.NFKD);
                    case 5 -> " \u2003" + name + "\u00a0";
                    default -> name.charAt(0) + "\u00ad" + name.substring(1);
                };
        if (!other.equals(name)) {
            assertThat(CanonicalNames.key(other))
                    .as("key of <%s> written as <%s>", escaped(name), escaped(other))
                    .isEqualTo(key);
        }
    }

    private static String escaped(String name) {
        StringBuilder escaped = new StringBuilder();
        name.codePoints().forEach(c -> escaped.append("\\u{%04X}".formatted(c)));
        return escaped.toString();
    }
}
