package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Mask;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;

/**
 * The packaged application: commands beside its own service, and what it refuses before it starts.
 */
class BesideServiceIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(4);

    @TempDir Path work;

    @Test
    void commandsAskTheServiceWhileItRunsAndAnswerTheSameWithoutIt() throws Exception {
        try (PackagedProcesses processes = processes()) {
            Path folder = work.resolve("scans");
            write(folder, new Phantoms(3).patients(7));
            Path query = folder.resolve("query.png");
            Files.write(query, PngWriter.png(new Phantoms(4).patients(1).getFirst().image()));
            Path file = processes.data().resolve("service.json");

            PackagedProcesses.Service service = processes.serve();
            int port = processes.awaitPort(service, LIMIT);
            while (!Files.exists(file)) {
                Thread.sleep(20); // written once it listens
            }
            assertThat(JSON.readTree(file.toFile()).path("address").asText())
                    .isEqualTo("http://127.0.0.1:" + port);
            processes.run(LIMIT, "ingest", folder.toString(), "--task", "organs");

            String[] retrieve = {"retrieve", query.toString(), "--task", "organs"};
            long begun = System.nanoTime();
            String asked = processes.run(LIMIT, retrieve);
            Duration time = Duration.ofNanos(System.nanoTime() - begun);
            // The promise is two seconds on a machine of its own; a start takes many more.
            assertThat(time).isLessThan(Duration.ofSeconds(20));
            Path there = work.resolve("there");
            JsonNode segmented = json(processes.run(LIMIT, segment(query, there)));

            assertThatThrownBy(
                            () -> processes.run(LIMIT, "serve", "--port", Integer.toString(port)))
                    .hasMessageContaining("ended with 1")
                    .hasMessageContaining("precedent: port " + port + " of 127.0.0.1 is taken")
                    .hasMessageNotContaining("\tat ");

            service.process().destroy();
            assertThat(service.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(file).as("a service that was stopped").doesNotExist();
            String alone = processes.run(LIMIT, retrieve);
            assertThat(comparable(json(asked))).isEqualTo(comparable(json(alone)));
            Path here = work.resolve("here");
            JsonNode own = json(processes.run(LIMIT, segment(query, here)));
            for (String name : there.toFile().list()) {
                assertThat(there.resolve(name))
                        .as(name)
                        .hasBinaryContent(Files.readAllBytes(here.resolve(name)));
            }
            assertThat(comparable(segmented).toString().replace("/there/", "/here/"))
                    .isEqualTo(comparable(own).toString());

            // A killed one leaves its file behind, and nobody is led astray by it.
            PackagedProcesses.Service killed = processes.serve();
            processes.awaitPort(killed, LIMIT);
            while (!Files.exists(file)) {
                Thread.sleep(20);
            }
            PackagedProcesses.kill(killed.process());
            assertThat(file).exists();
            assertThat(comparable(json(processes.run(LIMIT, retrieve))))
                    .isEqualTo(comparable(json(alone)));
        }
    }

    @Test
    void aWrongWordStartsNothing() throws Exception {
        try (PackagedProcesses processes = processes()) {
            assertThatThrownBy(() -> processes.run(LIMIT, "segment", "x.png", "--tsk", "t"))
                    .hasMessageContaining("ended with 2");
            assertThatThrownBy(() -> processes.run(LIMIT, "serve", "--port", "70000"))
                    .hasMessageContaining("--port is 70000")
                    .hasMessageNotContaining("\tat ");
            Path image = work.resolve("x.png");
            Files.write(image, PngWriter.png(new Phantoms(4).patients(1).getFirst().image()));
            String there = image.toString();
            Map<String, List<String>> wrong =
                    Map.of(
                            "temperature is \"0\"",
                            List.of("segment", there, "--task", "t", "--tau", "0"),
                            "strategy is \"foo\"",
                            List.of("retrieve", there, "--task", "t", "--strategy", "foo"),
                            "supportSize is \"0\"",
                            List.of("segment", there, "--task", "t", "--support-size", "0"),
                            "no.png\": cannot be read: it is not there",
                            List.of("segment", there + "no.png", "--task", "t"),
                            "\"a b\"",
                            List.of("ingest", work.toString(), "--task", "a b"),
                            "strategy is \"near\"",
                            List.of("calibrate", "--task", "t", "--strategy", "near"),
                            "minutes is \"0.0\"",
                            List.of("adapt", "--task", "t", "--minutes", "0"));
            for (Map.Entry<String, List<String>> one : wrong.entrySet()) {
                assertThatThrownBy(
                                () -> processes.run(LIMIT, one.getValue().toArray(String[]::new)))
                        .hasMessageContaining("ended with 1")
                        .hasMessageContaining(one.getKey())
                        .hasMessageNotContaining("starting")
                        .hasMessageNotContaining("\tat ");
            }
            assertThat(processes.data()).doesNotExist();
        }
    }

    private PackagedProcesses processes() throws IOException {
        return new PackagedProcesses(
                Path.of(System.getProperty("precedent.home", ".")),
                work,
                PackagedProcesses.smallNetworks(work));
    }

    private static String[] segment(Path query, Path out) {
        return new String[] {
            "segment", query.toString(), "--task", "organs", "--out", out.toString()
        };
    }

    /** What a process printed, without the lines of standard error before it. */
    private static JsonNode json(String output) throws IOException {
        return JSON.readTree(output.substring(output.indexOf("{\n")));
    }

    private static JsonNode comparable(JsonNode answer) {
        ObjectNode copy = answer.deepCopy();
        copy.remove(List.of("timingsMs", "id", "createdAt"));
        return copy;
    }

    private static void write(Path folder, List<Phantom> phantoms) throws IOException {
        Files.createDirectories(folder.resolve("images"));
        for (Phantom phantom : phantoms) {
            String file = phantom.id() + ".png";
            Files.write(folder.resolve("images").resolve(file), PngWriter.png(phantom.image()));
            for (Map.Entry<String, Mask> mask : phantom.masks().entrySet()) {
                Path masks = Files.createDirectories(folder.resolve("masks/" + mask.getKey()));
                Files.write(masks.resolve(file), PngWriter.png(mask.getValue()));
            }
        }
    }
}
