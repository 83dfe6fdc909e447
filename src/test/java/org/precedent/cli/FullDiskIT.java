package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.api.MultipartBody;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.SignedRequests;

/**
 * The disk of a service fills up and is emptied again: what it acknowledged is there, what it
 * cannot keep it refuses, it says that it is not ready, and is well again without a restart.
 */
class FullDiskIT {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final List<Phantom> PHANTOMS = new Phantoms(907).patients(8);
    private static final String TASK = "full";

    @TempDir Path folder;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();
    private int port;

    @Test
    void nothingIsLostAndNothingNeedsARestart() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                command("mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", disk.toString()),
                "no file system of a test's own can be mounted here: a full disk is not tried");
        try (PackagedProcesses processes =
                new PackagedProcesses(
                        Path.of(System.getProperty("precedent.home", ".")),
                        disk,
                        PackagedProcesses.smallNetworks(folder))) {
            port = processes.awaitPort(processes.serve(), LIMIT);
            assertThat(define()).isEqualTo(200);
            Map<Integer, String> acknowledged = new TreeMap<>();
            for (int i = 0; i < 4; i++) {
                HttpResponse<String> answer = ingest(i);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                acknowledged.put(i, image(answer));
            }

            Path filler = disk.resolve("filler");
            fill(filler);
            for (int i = 4; i < 8; i++) {
                HttpResponse<String> answer = ingest(i);
                if (answer.statusCode() == 201) {
                    acknowledged.put(i, image(answer)); // a last bit of room
                    continue;
                }
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.body()).contains("disk");
            }
            assertThat(acknowledged).hasSizeLessThan(8);
            assertThat(ready()).isEqualTo(503);

            Files.delete(filler);
            int next = acknowledged.size();
            await(() -> ingest(next).statusCode(), 201);
            await(this::ready, 200);
            for (Map.Entry<Integer, String> one : acknowledged.entrySet()) {
                HttpResponse<String> again = ingest(one.getKey());
                assertThat(again.statusCode()).as("was acknowledged, and is there").isEqualTo(200);
                assertThat(image(again)).isEqualTo(one.getValue());
            }
        } finally {
            command("umount", disk.toString());
        }
    }

    private static boolean command(String... words) throws InterruptedException {
        try {
            return new ProcessBuilder(words).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void fill(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] zeros = new byte[1 << 16];
            while (true) {
                out.write(zeros);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("space");
        }
    }

    /** One question over HTTP. */
    private interface Question {
        int ask() throws Exception;
    }

    private static void await(Question question, int status) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        int answered = question.ask();
        while (answered != status && System.nanoTime() < deadline) {
            Thread.sleep(100);
            answered = question.ask();
        }
        assertThat(answered).isEqualTo(status);
    }

    private int define() throws Exception {
        return http.send(
                        SignedRequests.request(uri("/v1/tasks/" + TASK))
                                .header("Content-Type", "application/json")
                                .PUT(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"labels\":[\"liver\"],\"pools\":[\"default\"]}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private HttpResponse<String> ingest(int number) throws Exception {
        Phantom phantom = PHANTOMS.get(number);
        byte[] body =
                new MultipartBody()
                        .file("image", number + ".png", PngWriter.png(phantom.image()))
                        .file(
                                "mask.liver",
                                number + ".png",
                                PngWriter.png(phantom.masks().get("liver").toRaster()))
                        .text(
                                "metadata",
                                "{\"task\":\"%s\",\"patient\":\"%s\"}"
                                        .formatted(TASK, phantom.patient()))
                        .bytes();
        return http.send(
                MultipartBody.post(
                        uri("/v1/images"), MultipartBody.MEDIA_TYPE, body, Duration.ofSeconds(60)),
                HttpResponse.BodyHandlers.ofString());
    }

    private String image(HttpResponse<String> answer) throws IOException {
        return json.readTree(answer.body()).path("imageId").asText();
    }

    private int ready() throws Exception {
        return http.send(
                        HttpRequest.newBuilder(uri("/health/ready")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }
}
