package org.precedent.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyTextTest {
    @Test
    void everyKeyIsAnotherOneAndReadsBack() {
        SecureRandom random = new SecureRandom();
        Set<String> secrets = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            KeyText key = KeyText.random(random);
            assertThat(key.text()).matches("prc_[0-9A-Za-z]{11}_[0-9A-Za-z]{43}");
            assertThat(KeyText.parse(key.text())).contains(key);
            assertThat(key.isOf(key.hash())).isTrue();
            assertThat(secrets.add(key.secret())).isTrue();
            assertThat(key.toString()).doesNotContain(key.secret());
        }
    }

    @Test
    void whatIsNoKeyIsNone() {
        String good = KeyText.random(new SecureRandom()).text();
        for (String bad :
                List.of(
                        "",
                        "prc_",
                        good + "x",
                        good.substring(1),
                        good.replace("prc", "PRC"),
                        good.substring(0, good.length() - 1) + "é",
                        good + "\n")) {
            assertThat(KeyText.parse(bad)).as(bad).isEmpty();
        }
        KeyText key = KeyText.parse(good).orElseThrow();
        assertThat(new KeyText(key.id(), key.secret().substring(1) + "0").isOf(key.hash()))
                .isEqualTo(key.secret().equals(key.secret().substring(1) + "0"));
    }
}
