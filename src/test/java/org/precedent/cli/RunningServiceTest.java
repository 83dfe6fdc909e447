package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.cli.process.ListeningAddress;
import org.precedent.cli.process.MultipartForm;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.process.ServiceFile;
import org.precedent.cli.process.Version;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.QueryService;
import picocli.CommandLine;

/** Commands beside a service: a real one, over HTTP. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class RunningServiceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Phantom> PHANTOMS = new Phantoms(23).patients(6);

    @TempDir Path folder;
    @Inject Catalog catalog;
    @Inject IngestService ingest;
    @Inject QueryService queries;

    private Path data;
    private String task;
    private Path image;

    private record Run(int status, boolean start, String out, String err) {
        JsonNode json() throws IOException {
            return JSON.readTree(out);
        }
    }

    @BeforeEach
    void aPoolAndAQuery() throws IOException {
        data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("admin.token"), EmbeddedServices.TOKEN);
        task = "t-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), task, "default");
        List<Example> examples = new ArrayList<>();
        for (Phantom phantom : PHANTOMS.subList(1, 6)) {
            examples.add(
                    new Example(
                            phantom.id() + ".png",
                            phantom.image(),
                            Example.Origin.ofImage("CT", "north", phantom.patient()),
                            phantom.masks()));
        }
        ingest.ingest(
                Scope.machine(),
                examples,
                new IngestService.Destination(task, "default", "somebody", ReviewState.APPROVED),
                "test");
        // A name of more than ASCII, as folders have them.
        image = folder.resolve("Bauch überm Knie (1).png");
        Files.write(image, PngWriter.png(PHANTOMS.getFirst().image()));
    }

    @Test
    void retrieveIsAnsweredByTheServiceAsItWouldBeByItself() throws IOException {
        try (ServiceFile file = ServiceFile.write(data, here())) {
            Run asked = run("retrieve", "--support-size", "3", "--patient", "Müller", "--tau", "1");

            assertThat(asked.status()).as(asked.err()).isZero();
            assertThat(asked.start()).as("started an application").isFalse();
            assertThat(asked.err()).isEmpty();
            Run alone =
                    inside("retrieve", "--support-size", "3", "--patient", "Müller", "--tau", "1");
            String times = "(?s)\"timingsMs\" : \\{.*?\\}";
            assertThat(asked.out().replaceAll(times, ""))
                    .isEqualTo(alone.out().replaceAll(times, ""));
            assertThat(asked.json().path("labels")).hasSize(Phantoms.LABELS.size());
            assertThat(asked.json().at("/labels/0/supports")).hasSize(3);
            assertThat(asked.json().path("temperature").asText()).isEqualTo("1.0");
        }
    }

    @Test
    void segmentIsAnsweredByTheServiceAsItWouldBeByItself() throws IOException {
        try (ServiceFile file = ServiceFile.write(data, here())) {
            Path there = folder.resolve("there/deep");
            Path here = folder.resolve("here");
            String[] question = {"segment", "--label", "liver", "--label", "spine", "--influence"};
            Run asked = run(with(question, "--out", there.toString()));
            Run alone = inside(with(question, "--out", here.toString()));

            assertThat(asked.status()).as(asked.err()).isZero();
            assertThat(asked.start()).isFalse();
            assertThat(alone.status()).as(alone.err()).isZero();
            assertThat(there.toFile().list()).hasSize(5);
            for (String name : there.toFile().list()) {
                assertThat(there.resolve(name))
                        .as(name)
                        .hasBinaryContent(Files.readAllBytes(here.resolve(name)));
            }
            // Each is an answer of its own, recorded; else they are the same, file by file.
            JsonNode answer = JSON.readTree(asked.out().replace(there.toString(), here.toString()));
            assertThat(withoutTimes(answer)).isEqualTo(withoutTimes(alone.json()));
            assertThat(fields(answer)).isEqualTo(fields(alone.json()));
            assertThat(answer.at("/query/name").asText()).isEqualTo("Bauch überm Knie (1).png");
            assertThat(
                            queries.find(
                                            Scope.machine(),
                                            UUID.fromString(asked.json().path("id").asText()))
                                    .labels())
                    .hasSize(2);
        }
    }

    @Test
    void aRefusalIsTheSentenceThatTheCommandSaysByItself() throws IOException {
        try (ServiceFile file = ServiceFile.write(data, here())) {
            for (String[] wrong :
                    List.of(
                            new String[] {"retrieve", "--label", "heart"},
                            new String[] {"retrieve", "--pool", "none"},
                            new String[] {"retrieve", "--pool-version", "99"},
                            new String[] {"retrieve", "--support-size", "0"},
                            new String[] {"retrieve", "--tau", "hot"},
                            new String[] {"retrieve", "--strategy", "best"},
                            new String[] {"retrieve", "--patient", ""},
                            new String[] {"segment", "--site", "south"})) {
                Run asked = run(wrong);
                Run alone = inside(wrong);
                assertThat(asked.status()).as(String.join(" ", wrong)).isEqualTo(1);
                assertThat(asked.err()).startsWith("precedent: ").isEqualTo(alone.err());
                assertThat(asked.start()).isFalse();
                assertThat(asked.out()).isEmpty();
            }
            Files.write(image, "no image".getBytes(StandardCharsets.UTF_8));
            assertThat(run("segment").err()).isEqualTo(inside("segment").err());
        }
    }

    @Test
    void theShortWayAnswersAndRefusesAsTheLongOneAndElseSaysNothing() throws IOException {
        String times = "(?s)\"timingsMs\" : \\{.*?\\}";
        try (ServiceFile file = ServiceFile.write(data, here())) {
            Run shortWay = beside("retrieve", "--support-size", "3");
            Run longWay = run("retrieve", "--support-size", "3");
            assertThat(shortWay.status()).as(shortWay.err()).isZero();
            assertThat(shortWay.out().replaceAll(times, ""))
                    .isEqualTo(longWay.out().replaceAll(times, ""));
            Path out = folder.resolve("out");
            Run segmented = beside("segment", "--label", "liver", "--out", out.toString());
            assertThat(segmented.status()).as(segmented.err()).isZero();
            assertThat(out.toFile().list()).hasSize(3);
            for (String[] wrong :
                    List.of(
                            new String[] {"retrieve", "--label", "heart"},
                            new String[] {"segment", "--support-size", "0"})) {
                Run refused = beside(wrong);
                assertThat(refused.status()).isEqualTo(1);
                assertThat(refused.err()).isEqualTo(run(wrong).err());
            }
            for (String[] other :
                    List.of(
                            new String[] {"retrieve", "--tsk", "t"},
                            new String[] {"retrieve", "--help"},
                            new String[] {"retrieve", "--device", "cuda"},
                            new String[] {"index", "status"},
                            new String[] {"nothing"})) {
                notAnswered(beside(other));
            }
        }
        notAnswered(beside("retrieve"));
        // Every command that can ask a service has the short way.
        assertThat(
                        Main.commandLine().getSubcommands().entrySet().stream()
                                .filter(command ->
                                        command.getValue().getCommand()
                                                        instanceof ServiceCommand service
                                                && service.asksRunningService())
                                .map(Map.Entry::getKey))
                .containsExactlyInAnyOrderElementsOf(Beside.COMMANDS.keySet());
    }

    private static void notAnswered(Run run) {
        assertThat(run.status()).isEqualTo(Beside.NOT_ANSWERED);
        assertThat(run.out() + run.err()).isEmpty();
    }

    @Test
    void aCommandThatDoesNotAskSaysWhatItDoesBesideAService() throws IOException {
        assertThat(words("index", "status", "--data", data.toString())).isEmpty();
        try (ServiceFile file = ServiceFile.write(data, here())) {
            assertThat(words("index", "rebuild", "--data", data.toString()))
                    .startsWith("precedent: the service at http://127.0.0.1:")
                    .contains("stop it first")
                    .hasLineCount(1);
            assertThat(words("calibrate", "--task", task, "--data", data.toString()))
                    .contains("calibrating beside it");
            assertThat(words("ingest", "scans", "--task", task, "--data", data.toString()))
                    .contains("finds them without a restart");
            assertThat(words("index", "verify", "--data", data.toString())).isEmpty();
        }
    }

    /** What a command says before the application would start. */
    private static String words(String... command) {
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(err));
        commandLine.setExecutionStrategy(new Main.Before(false)::execute);
        assertThat(commandLine.execute(command)).isZero();
        return err.toString();
    }

    @Test
    void aServiceWithOtherSettingsIsNotAskedAndItSaysWhich() throws IOException {
        Map<String, String> told = new HashMap<>(ServiceFile.settings());
        try (ServiceFile file = ServiceFile.write(data, here())) {
            StringWriter err = new StringWriter();
            assertThat(RunningService.find(data, told, new PrintWriter(err))).isPresent();
            told.put("PRECEDENT_NETWORK_NAME", "hash of another");
            assertThat(RunningService.find(data, told, new PrintWriter(err))).isEmpty();
            assertThat(err.toString())
                    .contains("PRECEDENT_NETWORK_NAME")
                    .contains("starting without it")
                    .hasLineCount(1);
            assertThat(run("retrieve", "--device", "cuda").err()).contains("PRECEDENT_DEVICE");
        }
    }

    @Test
    void aServiceOfAnotherBuildIsNotAsked() throws IOException {
        try (ServiceFile file = ServiceFile.write(data, here())) {
            Path path = data.resolve("service.json");
            ObjectNode other = (ObjectNode) JSON.readTree(path.toFile());
            Files.write(path, JSON.writeValueAsBytes(other.put("version", "0.0.9 of long ago")));
            Run run = run("retrieve", "--data", data.toString());
            assertThat(run.err()).contains("it is version 0.0.9 of long ago").hasLineCount(1);
        }
    }

    @Test
    void whatListensTodayAtAnOldAddressIsNotTakenForTheService() throws Exception {
        // The file's process lives, and at its address a service answers: another one.
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            tellOf(other.toHandle(), here());
            Run run = run("retrieve");
            assertThat(run.err()).contains("another one listens there").hasLineCount(1);
            assertThat(run.out()).isEmpty();
        } finally {
            other.destroyForcibly().waitFor();
        }
        // And when it is gone there is nothing to say.
        assertThat(run("retrieve").err()).doesNotContain("listens");
    }

    @Test
    void aServiceThatDoesNotAnswerIsToldAndPassedBy() throws Exception {
        try (ServiceFile file = ServiceFile.write(data, new ListeningAddress("127.0.0.1", 1))) {
            assertThat(run("retrieve").err()).contains("127.0.0.1:1").contains("does not answer");
        }
    }

    @Test
    void theTokenOfTheDirectoryIsSent() throws Exception {
        Files.writeString(data.resolve("admin.token"), "secret words\n");
        AtomicReference<String> sent = new AtomicReference<>();
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    sent.set(exchange.getRequestHeaders().getFirst("Authorization"));
                    exchange.sendResponseHeaders(200, 2);
                    exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
                    exchange.close();
                });
        server.start();
        try (ServiceFile file =
                ServiceFile.write(
                        data, new ListeningAddress("127.0.0.1", server.getAddress().getPort()))) {
            assertThat(run("retrieve").err()).contains("something else");
            assertThat(sent.get()).isEqualTo("Bearer secret words");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void theFileIsItsOwnersAndGoesWithItsServiceButNotWithAnother() throws IOException {
        Path path = data.resolve("service.json");
        ServiceFile first = ServiceFile.write(data, here());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        ServiceFile second = ServiceFile.write(data, new ListeningAddress("127.0.0.1", 1));
        first.close();
        assertThat(path).as("the second one's").exists();
        second.close();
        assertThat(data.toFile().list()).containsExactly("admin.token");
    }

    @Test
    void anUnreadableFileIsNoService() throws IOException {
        Files.writeString(data.resolve("service.json"), "{\"pid\": ");
        assertThat(ServiceFile.read(data)).isEmpty();
        Files.writeString(data.resolve("service.json"), "{}");
        assertThat(ServiceFile.read(data)).isEmpty();
    }

    @Test
    void aNameThatAFormMayChangeIsNotSent() {
        assertThat(MultipartForm.carries("Bauch überm Knie (1).png")).isTrue();
        for (String name : List.of("a\"b.png", "a\\b.png", "a\nb.png", "a%22b.png")) {
            assertThat(MultipartForm.carries(name)).as(name).isFalse();
            assertThatThrownBy(() -> new MultipartForm().file("image", name, new byte[0]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** Where this test's service listens. */
    private static ListeningAddress here() {
        return new ListeningAddress(
                "127.0.0.1",
                ConfigProvider.getConfig().getValue("quarkus.http.test-port", Integer.class));
    }

    private void tellOf(ProcessHandle process, ListeningAddress address) throws IOException {
        ServiceFile.Content content =
                new ServiceFile.Content(
                        process.pid(),
                        org.precedent.ProcessIdentity.of(process),
                        address.reachable(),
                        Version.current(),
                        Map.of());
        Files.write(data.resolve("service.json"), JSON.writeValueAsBytes(content));
    }

    /** As `precedent`, up to where an application would start; that is not done. */
    private Run run(String... words) {
        Main.Before before = new Main.Before(false);
        CommandLine commandLine = Main.commandLine();
        commandLine.setExecutionStrategy(before::execute);
        return run(commandLine, before, words);
    }

    /** As inside a started application: this one. */
    private Run inside(String... words) {
        return run(Main.commandLine(), new Main.Before(false), words);
    }

    private Run run(CommandLine commandLine, Main.Before before, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        int status = commandLine.execute(question(words));
        return new Run(status, before.start, out.toString(), err.toString());
    }

    /** As the launcher's short way. */
    private Run beside(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Beside.run(new PrintWriter(out), new PrintWriter(err), question(words));
        return new Run(status, false, out.toString(), err.toString());
    }

    private String[] question(String... words) {
        List<String> command = new ArrayList<>(List.of(words));
        command.addAll(List.of(image.toString(), "--task", task));
        if (!command.contains("--data")) {
            command.addAll(List.of("--data", data.toString()));
        }
        return command.toArray(String[]::new);
    }

    private static String[] with(String[] command, String... more) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Without what differs from one answer to the next. */
    private static JsonNode withoutTimes(JsonNode answer) {
        ObjectNode copy = answer.deepCopy();
        copy.remove(List.of("timingsMs", "id", "createdAt"));
        return copy;
    }
}
