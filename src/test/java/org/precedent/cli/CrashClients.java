package org.precedent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.precedent.api.MultipartBody;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.query.SignedRequests;

/**
 * Four clients that upload annotated images until they are stopped, as clients do: what was not
 * acknowledged is sent again after the restart. Every fourth image is corrected later, and every
 * fourth sent twice although it was acknowledged.
 */
final class CrashClients {
    private static final int CLIENTS = 4;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final CrashExamples examples;
    private final String task;
    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicInteger next = new AtomicInteger();
    private final Queue<Upload> again = new ConcurrentLinkedQueue<>();
    private final Queue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private final Queue<String> serverErrors = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean running;

    /** One request: an example as it is, or corrected. */
    private record Upload(int number, boolean correction, boolean repeat) {}

    /** An annotation that an answer promised, and the pool version that the answer named. */
    record Acknowledged(int number, String imageId, String label, int version, int poolVersion) {}

    CrashClients(CrashExamples examples, String task) {
        this.examples = examples;
        this.task = task;
    }

    /** All promises so far. */
    List<Acknowledged> acknowledged() {
        return List.copyOf(acknowledged);
    }

    /** Requests that ended without an answer, because the service was killed. */
    int unanswered() {
        return unanswered.get();
    }

    /** How many distinct examples were sent at least once. */
    int sent() {
        return next.get();
    }

    /** Answers that no healthy service gives. */
    List<String> unexpected() {
        return List.copyOf(unexpected);
    }

    /** Defines the task, which can be repeated. */
    void defineTask(int port) throws Exception {
        HttpResponse<String> answer =
                http.send(
                        SignedRequests.request(uri(port, "/v1/tasks/" + task))
                                .timeout(TIMEOUT)
                                .header("Content-Type", "application/json")
                                .PUT(
                                        HttpRequest.BodyPublishers.ofString(
                                                json.writeValueAsString(
                                                        Map.of(
                                                                "labels",
                                                                Phantoms.LABELS,
                                                                "pools",
                                                                List.of("default")))))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
    }

    void start(int port) {
        running = true;
        for (int i = 0; i < CLIENTS; i++) {
            threads.add(Thread.ofPlatform().name("client-" + i).start(() -> loop(port)));
        }
    }

    /** Waits until the service has answered something: a cold one takes its time. */
    void awaitAnswer(int before) throws InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (acknowledged.size() == before && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
    }

    /**
     * Waits until all clients have noticed.
     *
     * @param databaseKilled whether the service may have answered 5xx before it was killed itself
     */
    void stop(boolean databaseKilled) throws InterruptedException {
        running = false;
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
        if (!databaseKilled) {
            unexpected.addAll(serverErrors);
        }
        serverErrors.clear();
    }

    private void loop(int port) {
        while (running) {
            Upload upload = again.poll();
            if (upload == null) {
                upload = new Upload(next.getAndIncrement(), false, false);
            }
            if (!send(port, upload)) {
                again.add(upload);
                return; // the service is gone; the next one begins with this upload
            }
        }
    }

    /** False when there was no answer that can be relied on. */
    private boolean send(int port, Upload upload) {
        HttpResponse<String> answer;
        try {
            answer = http.send(request(port, upload), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            unanswered.incrementAndGet();
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        int status = answer.statusCode();
        if (status != 200 && status != 201) {
            (status < 500 ? unexpected : serverErrors)
                    .add(upload + ": " + status + " " + answer.body());
            unanswered.incrementAndGet();
            return false;
        }
        note(upload, answer.body());
        if (!upload.correction() && !upload.repeat()) {
            switch (upload.number() % 4) {
                case 0 -> again.add(new Upload(upload.number(), true, false));
                case 1 -> again.add(new Upload(upload.number(), false, true));
                default -> {
                    // Sent once.
                }
            }
        }
        return true;
    }

    private void note(Upload upload, String body) {
        try {
            JsonNode answer = json.readTree(body);
            for (JsonNode annotation : answer.get("annotations")) {
                acknowledged.add(
                        new Acknowledged(
                                upload.number(),
                                answer.get("imageId").asText(),
                                annotation.get("label").asText(),
                                annotation.get("version").asInt(),
                                answer.get("poolVersion").asInt()));
            }
            if (upload.repeat() && answer.get("newImage").asBoolean()) {
                unexpected.add(upload + " was acknowledged before, but is new now: " + body);
            }
        } catch (IOException e) {
            unexpected.add(upload + ": " + body);
        }
    }

    private HttpRequest request(int port, Upload upload) {
        CrashExamples.Example example =
                upload.correction()
                        ? examples.corrected(upload.number())
                        : examples.number(upload.number());
        MultipartBody body =
                new MultipartBody()
                        .text(
                                "metadata",
                                "{\"task\":\"%s\",\"patient\":\"%s\",\"site\":\"north\"}"
                                        .formatted(task, example.patient()))
                        .file("image", example.name() + ".png", PngWriter.png(example.image()));
        example.masks()
                .forEach((label, mask) -> body.file("mask." + label, "m.png", PngWriter.png(mask)));
        return MultipartBody.post(
                uri(port, "/v1/images"), MultipartBody.MEDIA_TYPE, body.bytes(), TIMEOUT);
    }

    private static URI uri(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }
}
