package org.precedent.cli.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The service that runs on a data directory, as a command beside it sees it. The command asks it
 * instead of starting a database and networks of its own.
 *
 * <p>It is found by the {@linkplain ServiceFile file} that it leaves in the directory, and believed
 * only when its process lives, it is of the same build, it runs with every setting that the command
 * was given, and it says over HTTP that it is that process: another service that listens at the
 * same address today has other images, and its answer would look right.
 */
public final class RunningService {
    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** Its process lives: it is busy rather than dead, and to start another takes longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI address;
    private final @Nullable String token;
    private final HttpClient client;

    private RunningService(URI address, @Nullable String token) {
        this.address = address;
        this.token = token;
        this.client = HttpClient.newBuilder().connectTimeout(CONNECT).build();
    }

    /**
     * The service of a data directory. Why one that is there cannot be asked is told in a line.
     *
     * @param settings what the command was told to run with, see {@link ServiceFile#settings}
     */
    public static Optional<RunningService> find(
            Path data, Map<String, String> settings, PrintWriter err) {
        Optional<ServiceFile.Content> found =
                ServiceFile.read(data).filter(ServiceFile.Content::lives);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        ServiceFile.Content file = found.get();
        String reason = unlike(file, settings);
        if (reason == null) {
            RunningService service = new RunningService(file.address(), token(data));
            reason = service.unlike(file);
            if (reason == null) {
                return Optional.of(service);
            }
        }
        err.printf(
                "precedent: the service at %s (process %d) is not asked: %s; starting without it%n",
                file.address(), file.pid(), reason);
        err.flush();
        return Optional.empty();
    }

    /** Why the file's service is no match, null where it is one. */
    private static @Nullable String unlike(ServiceFile.Content file, Map<String, String> settings) {
        if (!file.version().equals(Version.current())) {
            return "it is version " + file.version() + ", this is " + Version.current();
        }
        Set<String> different = new TreeSet<>();
        settings.forEach((name, value) -> {
            if (!value.equals(file.settings().get(name))) {
                different.add(name);
            }
        });
        return different.isEmpty() ? null : "it runs with another " + String.join(", ", different);
    }

    /** Why what answers at the address is not the file's service, null where it is. */
    private @Nullable String unlike(ServiceFile.Content file) {
        try {
            // 503 as well: it says who it is before its indexes are up to date.
            HttpResponse<byte[]> answer =
                    client.send(
                            request("/health/ready").timeout(PATIENCE).GET().build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            for (JsonNode check : JSON.readTree(answer.body()).path("checks")) {
                JsonNode process = check.path("data").path("process");
                if (!process.isMissingNode()) {
                    return process.asText().equals(file.process())
                            ? null
                            : "another one listens there";
                }
            }
            return "what listens there is something else";
        } catch (IOException e) {
            return "it does not answer (" + e.getClass().getSimpleName() + ")";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /**
     * What the service answers to a form.
     *
     * @throws Refused when it refuses
     */
    public ObjectNode post(String path, MultipartForm form) {
        byte[] body =
                send(
                        request(path)
                                .header("Content-Type", form.contentType())
                                .POST(HttpRequest.BodyPublishers.ofByteArray(form.bytes()))
                                .build());
        return object(body);
    }

    /** What the service answers to a JSON object. */
    public ObjectNode post(String path, ObjectNode json) {
        return object(
                send(
                        request(path)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(json.toString()))
                                .build()));
    }

    /** What the service answers when something is to be taken away. */
    public ObjectNode delete(String path) {
        return object(send(request(path).DELETE().build()));
    }

    /** The JSON at a path, whatever it is. */
    public JsonNode read(String path) {
        try {
            return JSON.readTree(bytes(path));
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the service at " + address + " did not answer with JSON", e);
        }
    }

    /** The JSON object at a path. */
    public ObjectNode get(String path) {
        return object(bytes(path));
    }

    /** The bytes at a path. */
    public byte[] bytes(String path) {
        return send(request(path).GET().build());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return request;
    }

    private byte[] send(HttpRequest request) {
        HttpResponse<byte[]> response;
        try {
            response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the service at %s ended before it answered (%s): try again"
                            .formatted(address, e),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        if (response.statusCode() / 100 != 2) {
            throw new IllegalStateException(refusal(response));
        }
        return response.body();
    }

    /** A problem's detail is the sentence that the command says when it refuses by itself. */
    private String refusal(HttpResponse<byte[]> response) {
        try {
            JsonNode detail = JSON.readTree(response.body()).path("detail");
            if (detail.isTextual()) {
                return detail.asText();
            }
        } catch (IOException e) {
            // told by the status
        }
        return "the service at %s answered with status %d"
                .formatted(address, response.statusCode());
    }

    private ObjectNode object(byte[] body) {
        try {
            if (JSON.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the service at " + address + " did not answer with JSON", e);
        }
        throw new IllegalStateException("the service at " + address + " did not answer an object");
    }

    /** The administrator's token, where the data directory has one. */
    private static @Nullable String token(Path data) {
        try {
            return Files.readString(data.resolve("admin.token"), StandardCharsets.UTF_8).trim();
        } catch (IOException e) {
            return null;
        }
    }
}
