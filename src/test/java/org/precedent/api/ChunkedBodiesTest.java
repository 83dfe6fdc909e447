package org.precedent.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.SignedRequests;

/** Bodies in chunks that stop, and bodies that come on but do not end. */
@QuarkusTest
@TestProfile(ChunkedBodiesTest.Impatient.class)
@QuarkusTestResource(EmbeddedServices.class)
class ChunkedBodiesTest {
    private static final Duration MARGIN = Duration.ofSeconds(8);

    /** As an operator sets it. */
    public static final class Impatient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "precedent.access.stalled-body", "1S",
                    "precedent.access.longest-body", "5S",
                    "precedent.access.arriving-bytes", "258M");
        }
    }

    @TestHTTPResource("/")
    URI service;

    @Test
    void whatStopsInTheMiddleIsGivenUp() throws Exception {
        Map<String, String> routes =
                Map.of(
                        "PUT /v1/tasks/stopped", "application/json",
                        "POST /v1/segmentations", "multipart/form-data; boundary=x",
                        "POST /v1/images", "multipart/form-data; boundary=x");
        List<String> errors = new CopyOnWriteArrayList<>();
        Handler listening = listening(errors);
        Logger.getLogger("").addHandler(listening);
        for (Map.Entry<String, String> entry : routes.entrySet()) {
            String route = entry.getKey();
            String type = entry.getValue();
            String[] line = route.split(" ");
            try (Socket socket = say(line[0], line[1], type)) {
                long start = System.nanoTime();
                socket.getOutputStream().write("1\r\n{\r\n".getBytes(StandardCharsets.US_ASCII));
                awaitEnd(socket);
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .as(route)
                        .isLessThan(Duration.ofSeconds(2).plus(MARGIN));
            }
        }
        Thread.sleep(500); // who reads the body is told after the connection has gone
        Logger.getLogger("").removeHandler(listening);
        assertThat(errors).as("it is the caller's doing").isEmpty();
    }

    /** Hears of faults of ours. */
    private static Handler listening(List<String> errors) {
        return new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getLevel().intValue() >= Level.SEVERE.intValue()) {
                    errors.add(line.getLoggerName() + ": " + line.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    /** At a pace, but without an end. */
    @Test
    void whatDoesNotEndIsGivenUp() throws Exception {
        try (Socket socket = say("POST", "/v1/images", "multipart/form-data; boundary=x")) {
            long start = System.nanoTime();
            byte[] piece =
                    ("800\r\n" + "-".repeat(0x800) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            Duration took = Duration.ZERO;
            try {
                while (took.compareTo(Duration.ofSeconds(60)) < 0) {
                    socket.getOutputStream().write(piece);
                    Thread.sleep(100);
                    took = Duration.ofNanos(System.nanoTime() - start);
                }
            } catch (IOException closed) {
                // as it should be
            }
            assertThat(took).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5).plus(MARGIN));
        }
    }

    /** What has come whole may be answered as slowly as it takes. */
    @Test
    void whatHasEndedIsAnswered() throws Exception {
        String body = "{\"labels\":[\"a\"],\"pools\":[\"default\"]}";
        try (Socket socket = say("PUT", "/v1/tasks/chunked", "application/json")) {
            socket.getOutputStream()
                    .write(
                            "%x\r\n%s\r\n0\r\n\r\n"
                                    .formatted(body.length(), body)
                                    .getBytes(StandardCharsets.US_ASCII));
            byte[] start = socket.getInputStream().readNBytes(12);
            assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
        }
    }

    /** Each counts as 256 MB: two are more than 258 together. */
    @Test
    void nobodySendsMoreAtOnceThanFits() throws Exception {
        String type = "multipart/form-data; boundary=x";
        try (Socket first = say("POST", "/v1/images", type)) {
            first.getOutputStream().write("1\r\n-".getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(300); // its head is there before that of the second
            try (Socket second = say("POST", "/v1/images", type)) {
                String answer = new String(second.getInputStream().readAllBytes(), UTF_8);
                assertThat(answer)
                        .startsWith("HTTP/1.1 503")
                        .containsIgnoringCase("retry-after: 1")
                        .contains("too-many-uploads");
            }
            awaitEnd(first);
        }
        // What was given up has left room.
        try (Socket third = say("POST", "/v1/images", type)) {
            third.getOutputStream().write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] start = third.getInputStream().readNBytes(12);
            assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 400");
        }
    }

    /** What it took is given back although its connection is closed. */
    @Test
    void whatIsTooLongLeavesRoom() throws Exception {
        try (Socket first = say("PUT", "/v1/tasks/long", "application/json")) {
            byte[] piece = ("100000\r\n" + " ".repeat(0x100000) + "\r\n").getBytes(UTF_8);
            for (int megabytes = 0; megabytes < 4; megabytes++) {
                first.getOutputStream().write(piece);
            }
            first.getOutputStream().write("1\r\n \r\n".getBytes(UTF_8));
            String answer = new String(first.getInputStream().readAllBytes(), UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 413");
        }
        // Beside four megabytes that nobody sends any more it would find none.
        try (Socket second = say("POST", "/v1/images", "multipart/form-data; boundary=x")) {
            second.getOutputStream().write("0\r\n\r\n".getBytes(UTF_8));
            byte[] start = second.getInputStream().readNBytes(12);
            assertThat(new String(start, UTF_8)).isEqualTo("HTTP/1.1 400");
        }
    }

    private Socket say(String method, String path, String type) throws IOException {
        Socket socket = new Socket(service.getHost(), service.getPort());
        socket.setSoTimeout(30_000);
        socket.getOutputStream()
                .write(
                        "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
                                .formatted(method, path, SignedRequests.bearer(), type)
                                .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void awaitEnd(Socket socket) throws IOException {
        try {
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                // an answer to what it heard
            }
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }
}
