package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.NodeRole;

/** Which requests are whose. */
class NodeGateTest {
    static Stream<Arguments> requests() {
        return Arrays.stream(NodeGates.REQUESTS).map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void everyRequestNeedsItsRole(String method, String path, String role) {
        assertThat(NodeGate.role(method, path).map(NodeRole::word))
                .isEqualTo(
                        Optional.of(role.toLowerCase(Locale.ROOT)).filter(word -> !word.isEmpty()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/segmentations",
                "v1/segmentations",
                "/v1/segmentations/",
                "//v1//segmentations//",
                "/v1;a=b/segmentations;c=/"
            })
    void whatAddressesMayHaveBesideChangesNothing(String path) {
        assertThat(NodeGate.plain(path)).isEqualTo("/v1/segmentations");
        assertThat(NodeGate.plain("/")).isEqualTo("/");
    }
}
