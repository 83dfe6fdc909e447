package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.precedent.api.MultipartBody;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.SignedRequests;

/**
 * Asks a packaged service as its administrator: about one task, with phantoms for images, which are
 * annotated with their liver.
 */
record PackagedClient(int port, String task, List<Phantom> phantoms, HttpClient http) {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    PackagedClient(int port, String task, List<Phantom> phantoms) {
        this(
                port,
                task,
                phantoms,
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
    }

    /** The status of the answer to the definition of the task. */
    int define() throws Exception {
        return send(SignedRequests.request(uri("/v1/tasks/" + task))
                        .header("Content-Type", "application/json")
                        .PUT(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"labels\":[\"liver\"],\"pools\":[\"default\"]}"))
                        .build())
                .statusCode();
    }

    HttpResponse<String> ingest(int number) throws Exception {
        return post("/v1/images", annotated(number));
    }

    /** The same, to be sent again with the same key. */
    HttpResponse<String> ingest(int number, String key) throws Exception {
        return ingest(annotated(number), key);
    }

    /** An example with its liver, to be sent again with the same key. */
    HttpResponse<String> ingest(CrashExamples.Example example, String key) throws Exception {
        return ingest(
                new MultipartBody()
                        .file("image", example.name() + ".png", PngWriter.png(example.image()))
                        .file(
                                "mask.liver",
                                example.name() + ".png",
                                PngWriter.png(example.masks().get("liver")))
                        .text(
                                "metadata",
                                "{\"task\":\"%s\",\"patient\":\"%s\"}"
                                        .formatted(task, example.patient())),
                key);
    }

    private HttpResponse<String> ingest(MultipartBody body, String key) throws Exception {
        HttpRequest once =
                MultipartBody.post(
                        uri("/v1/images"), MultipartBody.MEDIA_TYPE, body.bytes(), PATIENCE);
        return send(
                HttpRequest.newBuilder(once, (name, value) -> true)
                        .header("Idempotency-Key", key)
                        .build());
    }

    /** Asks for the liver of a phantom. */
    HttpResponse<String> query(Phantom asked, int supports) throws Exception {
        return query(asked, supports, "");
    }

    /** From a version of the pool, the current one where it is empty. */
    HttpResponse<String> query(Phantom asked, int supports, String version) throws Exception {
        MultipartBody body =
                new MultipartBody()
                        .file("image", "asked.png", PngWriter.png(asked.image()))
                        .text("task", task)
                        .text("labels", "liver")
                        .text("supportSize", Integer.toString(supports));
        return post(
                "/v1/segmentations", version.isEmpty() ? body : body.text("poolVersion", version));
    }

    private MultipartBody annotated(int number) {
        Phantom phantom = phantoms.get(number);
        return new MultipartBody()
                .file("image", number + ".png", PngWriter.png(phantom.image()))
                .file(
                        "mask.liver",
                        number + ".png",
                        PngWriter.png(phantom.masks().get("liver").toRaster()))
                .text(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"%s\"}".formatted(task, phantom.patient()));
    }

    HttpResponse<String> post(String path, MultipartBody body) throws Exception {
        return send(
                MultipartBody.post(uri(path), MultipartBody.MEDIA_TYPE, body.bytes(), PATIENCE));
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(SignedRequests.request(uri(path)).build());
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** Asks until the status is the expected one, for a minute. */
    static void await(Callable<Integer> question, int status) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        int answered = question.call();
        while (answered != status && System.nanoTime() < deadline) {
            Thread.sleep(100);
            answered = question.call();
        }
        assertThat(answered).isEqualTo(status);
    }
}
