package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.api.MultipartBody;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.SignedRequests;
import org.precedent.study.PhantomStudies;

/**
 * The packaged service is killed with SIGKILL while it segments a study, then together with the
 * embedded PostgreSQL: the next one goes on where it was, and the label map is the one of a study
 * that nobody disturbed.
 */
class StudyCrashIT {
    private static final Logger LOG = Logger.getLogger(StudyCrashIT.class);
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));
    private static final Duration START = Duration.ofSeconds(180);
    private static final Duration RUN = Duration.ofMinutes(5);
    private static final int SLICES = 24;
    private static final String TASK = "crash";

    @TempDir Path work;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();
    private PackagedProcesses processes;
    private int port;

    @BeforeEach
    void begin() throws Exception {
        processes = new PackagedProcesses(HOME, work, PackagedProcesses.smallNetworks(work));
    }

    @AfterEach
    void leaveNoProcess() {
        processes.close();
    }

    @Test
    void studiesGoOnAfterKillsAndAreAnsweredAsIfNothingHadBeen() throws Exception {
        Kills kills = new Kills(processes, new SplittableRandom(CrashIT.SEED));
        PackagedProcesses.Service service = serve();
        fill();
        byte[] volume = PhantomStudies.nifti(19, SLICES);
        List<String> studies = new ArrayList<>();
        // Each kill meets a study of its own: what one does while the next service starts is not
        // known.
        for (boolean database : new boolean[] {false, true}) {
            String id = send(volume);
            studies.add(id);
            int reached =
                    await(id, study -> study.path("slicesDone").asInt() > 2)
                            .path("slicesDone")
                            .asInt();
            assertThat(reached).as("killed too late to show anything").isLessThan(SLICES - 2);
            kills.kill(service.process(), database);
            service = serve();
            JsonNode now = study(id);
            LOG.infof(
                    "killed at slice %d%s; then %s at slice %d",
                    reached,
                    database ? " with the database" : "",
                    now.path("state").asText(),
                    now.path("slicesDone").asInt());
            assertThat(now.path("state").asText()).isIn("queued", "running", "done");
            assertThat(now.path("slicesDone").asInt()).isGreaterThanOrEqualTo(reached);
            isWhole(await(id, study -> !study.path("endedAt").isNull()));
        }
        String undisturbed = send(volume);
        isWhole(await(undisturbed, study -> !study.path("endedAt").isNull()));
        for (String id : studies) {
            assertThat(get("/v1/studies/" + id + "/result").body())
                    .isEqualTo(get("/v1/studies/" + undisturbed + "/result").body());
        }
        studies.add(undisturbed);
        try (Stream<Path> kept = Files.list(processes.data().resolve("studies"))) {
            assertThat(kept.filter(Files::isDirectory).map(one -> one.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(studies);
        }
    }

    /** Each slice is answered once, and its answer is recorded; the last is of one value. */
    private void isWhole(JsonNode done) throws Exception {
        assertThat(done.path("state").asText()).as(done.toString()).isEqualTo("done");
        assertThat(done.path("slicesDone").asInt()).isEqualTo(SLICES);
        List<Integer> numbers = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        for (JsonNode slice : done.path("answers")) {
            numbers.add(slice.path("slice").asInt());
            if (!slice.path("answer").isNull()) {
                answers.add(slice.path("answer").asText());
            }
        }
        assertThat(numbers).hasSize(SLICES).doesNotHaveDuplicates();
        assertThat(answers).hasSize(SLICES - 1).doesNotHaveDuplicates();
        for (String answer : List.of(answers.getFirst(), answers.getLast())) {
            assertThat(get("/v1/segmentations/" + answer).statusCode()).isEqualTo(200);
        }
    }

    private PackagedProcesses.Service serve() throws Exception {
        PackagedProcesses.Service service = processes.serve();
        port = processes.awaitPort(service, START);
        return service;
    }

    private void fill() throws Exception {
        assertThat(
                        send(request("/v1/tasks/" + TASK)
                                        .header("Content-Type", "application/json")
                                        .PUT(
                                                HttpRequest.BodyPublishers.ofString(
                                                        "{\"labels\":[\"liver\"],\"pools\":[\"default\"]}"))
                                        .build())
                                .statusCode())
                .isEqualTo(200);
        for (Phantom phantom : new Phantoms(5).patients(4)) {
            if (phantom.masks().containsKey("liver")) {
                MultipartBody body =
                        new MultipartBody()
                                .text(
                                        "metadata",
                                        "{\"task\":\"%s\",\"patient\":\"%s\"}"
                                                .formatted(TASK, phantom.patient()))
                                .file("image", "i.png", PngWriter.png(phantom.image()))
                                .file(
                                        "mask.liver",
                                        "m.png",
                                        PngWriter.png(phantom.masks().get("liver")));
                assertThat(post("/v1/images", body).statusCode()).isEqualTo(201);
            }
        }
    }

    private String send(byte[] volume) throws Exception {
        HttpResponse<byte[]> sent =
                post(
                        "/v1/segmentations",
                        new MultipartBody()
                                .text("task", TASK)
                                .text("supportSize", "2")
                                .text("seed", "3")
                                .file("study", "v.nii.gz", volume));
        String text = new String(sent.body(), StandardCharsets.UTF_8);
        assertThat(sent.statusCode()).as(text).isEqualTo(202);
        return json.readTree(text).path("id").asText();
    }

    private JsonNode await(String id, Predicate<JsonNode> reached) throws Exception {
        long deadline = System.nanoTime() + RUN.toNanos();
        JsonNode now = study(id);
        while (!reached.test(now)) {
            assertThat(System.nanoTime()).as(now.toString()).isLessThan(deadline);
            Thread.sleep(20);
            now = study(id);
        }
        return now;
    }

    private JsonNode study(String id) throws Exception {
        HttpResponse<byte[]> answer = get("/v1/studies/" + id);
        assertThat(answer.statusCode()).isEqualTo(200);
        return json.readTree(answer.body());
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        return send(request(path).GET().build());
    }

    private HttpResponse<byte[]> post(String path, MultipartBody body) throws Exception {
        return send(
                request(path)
                        .header("Content-Type", MultipartBody.MEDIA_TYPE)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body.bytes()))
                        .build());
    }

    private HttpRequest.Builder request(String path) {
        return SignedRequests.request(URI.create("http://127.0.0.1:" + port + path)).timeout(RUN);
    }

    private HttpResponse<byte[]> send(HttpRequest request) throws Exception {
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }
}
