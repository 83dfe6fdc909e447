package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.api.MultipartBody;
import org.precedent.blob.s3.SmallS3;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/**
 * Two drills on one packaged service: the store of bytes takes seconds for each, and hundreds of
 * callers stop in the middle of what they say. Neither keeps anybody else from an answer.
 */
class SlowStoreIT {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final List<Phantom> PHANTOMS = new Phantoms(911).patients(8);
    private static final String TASK = "slow";

    /**
     * How long a query may take, a body or a connection may be silent, and a request to S3 takes.
     */
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    private static final Duration STALLED = Duration.ofSeconds(2);
    private static final Duration IDLE = Duration.ofSeconds(4);
    private static final Duration SLOW = Duration.ofMillis(1500);

    /** The machine of the tests may be busy. */
    private static final Duration MARGIN = Duration.ofSeconds(15);

    private static final Duration PROMPT = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final int EACH = 150;

    /** Connections to the database and to the store that may be opened meanwhile. */
    private static final int POOL = 24;

    @TempDir Path folder;

    private final ObjectMapper json = new ObjectMapper();
    private PackagedClient client = new PackagedClient(0, TASK, PHANTOMS);

    @Test
    void nobodyWaitsForASlowStoreOrForWhoeverStopsSpeaking() throws Exception {
        try (SmallS3 store = new SmallS3();
                PackagedProcesses processes =
                        new PackagedProcesses(
                                Path.of(System.getProperty("precedent.home", ".")),
                                folder,
                                environment(store))) {
            PackagedProcesses.Service service = processes.serve();
            client = new PackagedClient(processes.awaitPort(service, LIMIT), TASK, PHANTOMS);
            assertThat(client.define()).isEqualTo(200);
            for (int i = 0; i < 6; i++) {
                assertThat(client.ingest(i).statusCode()).isEqualTo(201);
            }
            slowStore(store);
            halfOpen(service.process().pid(), processes.data());
        }
    }

    private Map<String, String> environment(SmallS3 store) throws IOException {
        Map<String, String> environment = new HashMap<>(PackagedProcesses.smallNetworks(folder));
        environment.putAll(
                Map.of(
                        "PRECEDENT_BLOB_S3_BUCKET",
                        SmallS3.BUCKET,
                        "PRECEDENT_BLOB_S3_ENDPOINT",
                        store.endpoint().toString(),
                        "PRECEDENT_BLOB_S3_ACCESS_KEY",
                        SmallS3.ACCESS_KEY,
                        "PRECEDENT_BLOB_S3_SECRET_KEY",
                        SmallS3.SECRET_KEY,
                        "PRECEDENT_BLOB_S3_CACHE",
                        "0",
                        "PRECEDENT_QUERY_DEADLINE",
                        DEADLINE.toString(),
                        "PRECEDENT_ACCESS_STALLED_BODY",
                        STALLED.toString(),
                        "QUARKUS_HTTP_IDLE_TIMEOUT",
                        IDLE.toSeconds() + "S"));
        return environment;
    }

    private void slowStore(SmallS3 store) throws Exception {
        awaitReady();
        store.delay = SLOW;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            Future<HttpResponse<String>> ingesting = callers.submit(() -> client.ingest(6));
            Future<HttpResponse<String>> query = callers.submit(this::query);
            List<Duration> waits = new ArrayList<>();
            while (!query.isDone()) {
                waits.addAll(waits());
                Thread.sleep(100);
            }
            assertPrompt(waits);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            HttpResponse<String> refused = query.get();
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(json.readTree(refused.body()).path("type").asText()).endsWith(":deadline");
            assertThat(took).isBetween(DEADLINE, DEADLINE.plus(SLOW).plus(MARGIN));
            // It takes its time, longer than a connection may be silent, and is whole then.
            assertThat(ingesting.get().statusCode()).isEqualTo(201);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(IDLE);
        }
        store.delay = Duration.ZERO;
        HttpResponse<String> again = client.ingest(6);
        assertThat(again.statusCode()).as("was acknowledged, and is there").isEqualTo(200);
        awaitReady();
        HttpResponse<String> answered = query();
        for (int i = 0; i < 20 && answered.statusCode() == 503; i++) {
            answered = query(); // the first pass of a process takes its time on a busy machine
        }
        assertThat(answered.statusCode()).as(answered.body()).isEqualTo(201);
        // The refused one left no answer behind.
        assertThat(
                        json.readTree(client.get("/v1/curation/segmentations?task=" + TASK).body())
                                .findValuesAsText("id"))
                .containsExactly(json.readTree(answered.body()).path("id").asText());
    }

    private void halfOpen(long pid, Path data) throws Exception {
        Thread.sleep(IDLE.plusSeconds(1)); // what is open of before is closed
        long before = descriptors(pid);
        List<Socket> stopped = new ArrayList<>();
        try {
            String head =
                    "POST /v1/segmentations HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
                                    .formatted(client.port(), EmbeddedServices.TOKEN)
                            + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n";
            String body =
                    "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nabc";
            for (int i = 0; i < EACH; i++) {
                stopped.add(say(head.substring(0, 1 + i % (head.length() - 4))));
                stopped.add(say(head + body.substring(0, i % body.length())));
            }
            String chunked =
                    head.replace("Content-Length: 100000", "Transfer-Encoding: chunked")
                            + "40\r\n"
                            + body.substring(0, 0x40)
                            + "\r\n";
            for (int i = 0; i < 10; i++) {
                stopped.add(say(chunked));
                stopped.add(
                        say(
                                "PUT /v1/tasks/other HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
                                                .formatted(client.port(), EmbeddedServices.TOKEN)
                                        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"));
            }
            Socket dripping = say(head);
            stopped.add(dripping);
            // Connections wait in the system's queue until the service takes them, and a slow
            // machine may
            // close the first before it has taken the last: that many are open at once is all that
            // counts.
            long open = descriptors(pid);
            long taken = System.nanoTime() + IDLE.toNanos() / 2;
            while (open <= before + EACH && System.nanoTime() < taken) {
                Thread.sleep(20);
                open = Math.max(open, descriptors(pid));
            }
            assertThat(open).isGreaterThan(before + POOL);
            long start = System.nanoTime();
            Thread drip =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    while (true) {
                                        dripping.getOutputStream().write('-');
                                        Thread.sleep(200);
                                    }
                                } catch (IOException | InterruptedException closed) {
                                    // as it should be
                                }
                            });
            List<Duration> waits = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                waits.addAll(waits());
            }
            assertPrompt(waits);
            for (Socket one : stopped) {
                awaitEnd(one);
            }
            drip.join(Duration.ofSeconds(10));
            assertThat(drip.isAlive()).as("who says a byte now and then").isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(IDLE.plus(STALLED.multipliedBy(2)).plus(MARGIN));
        } finally {
            for (Socket one : stopped) {
                one.close();
            }
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (descriptors(pid) > before + POOL && System.nanoTime() < deadline) {
            Thread.sleep(100);
        }
        assertThat(descriptors(pid)).isLessThanOrEqualTo(before + POOL);
        // A file goes a moment after its connection.
        List<Path> uploads = uploads(data);
        while (!uploads.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(100);
            uploads = uploads(data);
        }
        assertThat(uploads).isEmpty();
        waits();
    }

    private static List<Path> uploads(Path data) throws IOException {
        try (Stream<Path> uploads = Files.list(data.resolve("uploads"))) {
            return uploads.toList();
        }
    }

    private Socket say(String text) throws IOException {
        Socket socket = new Socket("127.0.0.1", client.port());
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Until the service has closed it, whatever it says before. */
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

    /** Sockets and parts of uploads that a process has open; files of indexes come and go. */
    private static long descriptors(long pid) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return files.filter(
                            file -> {
                                try {
                                    String to = Files.readSymbolicLink(file).toString();
                                    return to.startsWith("socket:") || to.contains("/uploads/");
                                } catch (IOException e) {
                                    return false; // closed meanwhile
                                }
                            })
                    .count();
        }
    }

    /** How long others wait for what needs neither the store nor the network. */
    private List<Duration> waits() throws Exception {
        List<Duration> waits = new ArrayList<>();
        for (String path : List.of("/health/ready", "/v1/tasks")) {
            long start = System.nanoTime();
            HttpResponse<String> answer = client.get(path);
            assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
            waits.add(Duration.ofNanos(System.nanoTime() - start));
        }
        return waits;
    }

    /** A busy machine may hold one of them up; what waits for something holds up most. */
    private static void assertPrompt(List<Duration> waits) {
        List<Duration> sorted = waits.stream().sorted().toList();
        assertThat(sorted.get(sorted.size() / 2)).as(waits.toString()).isLessThan(PROMPT);
        assertThat(sorted.getLast()).as(waits.toString()).isLessThan(LONGEST);
    }

    private void awaitReady() throws Exception {
        PackagedClient.await(() -> client.get("/health/ready").statusCode(), 200);
    }

    private HttpResponse<String> query() throws Exception {
        return client.post(
                "/v1/segmentations",
                new MultipartBody()
                        .file("image", "q.png", PngWriter.png(PHANTOMS.get(7).image()))
                        .text("task", TASK)
                        .text("labels", "liver")
                        .text("supportSize", "6"));
    }
}
