package org.precedent.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListeningAddressTest {

    @Test
    void aPortThatIsTakenIsNamedWithWhatToDoInOneLine() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            ListeningAddress taken = new ListeningAddress("127.0.0.1", other.getLocalPort());
            assertThatThrownBy(taken::requireFree)
                    .hasMessageContaining("port " + other.getLocalPort())
                    .hasMessageContaining("--port")
                    .hasMessageNotContaining("\n");
            new ListeningAddress("127.0.0.1", 0).requireFree();
        }
    }

    @Test
    void whatIsNoAddressIsRefusedByItsOption() {
        assertThatThrownBy(() -> new ListeningAddress("127.0.0.1", 70_000))
                .hasMessageContaining("--port is 70000")
                .hasMessageContaining("65535");
        assertThatThrownBy(() -> new ListeningAddress("no.such.host.invalid", 0).requireFree())
                .hasMessageContaining("--host is 'no.such.host.invalid'");
        // A documentation address (RFC 5737), no machine's own.
        assertThatThrownBy(() -> new ListeningAddress("192.0.2.1", 0).requireFree())
                .hasMessageContaining("192.0.2.1")
                .hasMessageContaining("--host");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, http://127.0.0.1:80",
        "0.0.0.0, http://127.0.0.1:80",
        "::, http://[::1]:80",
        "::1, http://[::1]:80",
        "localhost, http://localhost:80"
    })
    void itIsReachedFromTheSameMachine(String host, String address) {
        assertThat(new ListeningAddress(host, 80).reachable()).hasToString(address);
    }
}
