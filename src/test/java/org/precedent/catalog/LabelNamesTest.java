package org.precedent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "liver",
                "left lung",
                "Lunge links",
                "Gefäß",
                "肝臓",
                "lung (left)",
                "T2+",
                "chamber 3'",
                "a",
                "9-b_c.d"
            })
    void takesWhatFoldersOfMasksAreCalled(String name) {
        assertThat(LabelNames.refusal(name)).isEmpty();
        assertThat(LabelNames.require(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "left\tlung",
                "-liver",
                ".liver",
                "..",
                "a/b",
                "a\\b",
                "a=1",
                "a,b",
                "a\"b",
                "a\u200bb",
                "a\nb",
                "a\uFFFDb",
                "a%b",
                "(a)"
            })
    void refusesWhatMeansSomethingElse(String name) {
        assertThat(LabelNames.refusal(name))
                .get()
                .asString()
                .containsAnyOf("1 to 64 letters", "remove it");
        assertThatThrownBy(() -> LabelNames.require(name))
                .isInstanceOfSatisfying(
                        CatalogException.class,
                        e -> assertThat(e.code()).isEqualTo(CatalogException.Code.BAD_NAME));
    }

    @Test
    void spacingAndSoftHyphensMakeNoOtherLabel() {
        assertThat(LabelNames.require(" liver")).isEqualTo("liver");
        assertThat(LabelNames.require("liver ")).isEqualTo("liver");
        assertThat(LabelNames.require("left  lung")).isEqualTo("left lung");
        assertThat(LabelNames.require("a\u00adb")).isEqualTo("ab");
        assertThat(LabelNames.require("a\n")).isEqualTo("a");
    }

    @Test
    void oneNameInTwoUnicodeFormsIsOneLabel() {
        assertThat(LabelNames.require("Gefa\u0308ß")).isEqualTo("Gef\u00e4ß");
        assertThat(LabelNames.refusal("x".repeat(64))).isEmpty();
        assertThat(LabelNames.refusal("x".repeat(65))).isPresent();
    }
}
