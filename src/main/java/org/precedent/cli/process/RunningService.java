package org.precedent.cli.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
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

    private RunningService(URI address, @Nullable String token) {
        this.address = address;
        this.token = token;
    }

    /** What was answered, whatever the status. */
    private record Response(int status, byte[] body) {}

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
            Response answer = exchange(Request.get("/health/ready"), PATIENCE);
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
        }
    }

    /**
     * What the service answers to a form.
     *
     * @throws IllegalStateException when it refuses, with its words
     */
    public ObjectNode post(String path, MultipartForm form) {
        return object(send(new Request("POST", path, form.contentType(), form.bytes())));
    }

    /** What the service answers to a JSON object. */
    public ObjectNode post(String path, ObjectNode json) {
        return object(
                send(
                        new Request(
                                "POST",
                                path,
                                "application/json",
                                json.toString().getBytes(StandardCharsets.UTF_8))));
    }

    /** What the service answers when something is to be taken away. */
    public ObjectNode delete(String path) {
        return object(send(new Request("DELETE", path, null, null)));
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
        return send(Request.get(path));
    }

    private byte[] send(Request request) {
        Response response;
        try {
            response = exchange(request, Duration.ZERO);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the service at %s ended before it answered (%s): try again"
                            .formatted(address, e),
                    e);
        }
        if (response.status() / 100 != 2) {
            throw new IllegalStateException(refusal(response));
        }
        return response.body();
    }

    /** What is asked; a body has a type. */
    private record Request(
            String method, String path, @Nullable String type, byte @Nullable [] body) {
        static Request get(String path) {
            return new Request("GET", path, null, null);
        }
    }

    /**
     * Sends a request. The JDK's newer client would need a quarter of a second for certificates and
     * threads that one request to this machine has no use for.
     *
     * @param patience how long the answer may take; zero: as long as it takes
     */
    private Response exchange(Request request, Duration patience) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection)
                        address.resolve(request.path()).toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) patience.toMillis());
        connection.setInstanceFollowRedirects(false);
        connection.setRequestMethod(request.method());
        if (token != null) {
            connection.setRequestProperty("Authorization", "Bearer " + token);
        }
        if (request.body() != null) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", request.type());
            // Sent as it goes, so that it is never sent again behind our back.
            connection.setFixedLengthStreamingMode(request.body().length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(request.body());
            }
        }
        int status = connection.getResponseCode();
        try (InputStream in =
                status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Response(status, in == null ? new byte[0] : in.readAllBytes());
        }
    }

    /** A problem's detail is the sentence that the command says when it refuses by itself. */
    private String refusal(Response response) {
        try {
            JsonNode detail = JSON.readTree(response.body()).path("detail");
            if (detail.isTextual()) {
                return detail.asText();
            }
        } catch (IOException e) {
            // told by the status
        }
        return "the service at %s answered with status %d".formatted(address, response.status());
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
