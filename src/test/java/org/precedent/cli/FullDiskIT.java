package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
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
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;

/**
 * The disk of a service fills up and is emptied again: what it acknowledged is there, what it
 * cannot keep it refuses, it says that it is not ready, and is well again without a restart.
 */
class FullDiskIT {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final List<Phantom> PHANTOMS = new Phantoms(907).patients(8);
    private static final String TASK = "full";

    @TempDir Path folder;

    private final ObjectMapper json = new ObjectMapper();

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
            PackagedClient client =
                    new PackagedClient(
                            processes.awaitPort(processes.serve(), LIMIT), TASK, PHANTOMS);
            assertThat(client.define()).isEqualTo(200);
            Map<Integer, String> acknowledged = new TreeMap<>();
            for (int i = 0; i < 4; i++) {
                HttpResponse<String> answer = client.ingest(i);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                acknowledged.put(i, image(answer));
            }

            Path filler = disk.resolve("filler");
            fill(filler);
            for (int i = 4; i < 8; i++) {
                HttpResponse<String> answer = client.ingest(i);
                if (answer.statusCode() == 201) {
                    acknowledged.put(i, image(answer)); // a last bit of room
                    continue;
                }
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.body()).contains("disk");
            }
            assertThat(acknowledged).hasSizeLessThan(8);
            assertThat(ready(client)).isEqualTo(503);

            Files.delete(filler);
            // One of the refused; it may be there where only the entry in the audit had no room.
            int next = 0;
            while (acknowledged.containsKey(next)) {
                next++;
            }
            int refused = next;
            PackagedClient.await(() -> client.ingest(refused).statusCode() / 100, 2);
            PackagedClient.await(() -> ready(client), 200);
            for (Map.Entry<Integer, String> one : acknowledged.entrySet()) {
                HttpResponse<String> again = client.ingest(one.getKey());
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

    private String image(HttpResponse<String> answer) throws IOException {
        return json.readTree(answer.body()).path("imageId").asText();
    }

    /** Anybody may ask. */
    private static int ready(PackagedClient client) throws Exception {
        return client.send(HttpRequest.newBuilder(client.uri("/health/ready")).build())
                .statusCode();
    }
}
