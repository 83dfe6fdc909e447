package org.precedent.index.solr;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.precedent.index.IndexException;

/**
 * Requests to whichever node of the cluster answers. Everything that is sent may be sent twice:
 * documents have names, and the one that must not be written blindly has a version. A node that
 * does not answer, or says that a shard has none, is followed by the next one for {@link
 * #PATIENCE}; then the request fails: an answer is of all shards or there is none.
 */
final class SolrHttp implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    /** As long as a cluster takes to see that a node is gone, and to name other leaders. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration PAUSE = Duration.ofMillis(50);

    private final HttpClient client;
    private final List<URI> nodes;
    private final @Nullable String authorization;
    private final Duration timeout;
    private final AtomicInteger preferred = new AtomicInteger();

    SolrHttp(SolrSettings settings) {
        this.nodes = settings.nodes();
        this.timeout = settings.timeout();
        this.authorization =
                settings.credentials()
                        .map(text ->
                                "Basic "
                                        + Base64.getEncoder()
                                                .encodeToString(
                                                        text.getBytes(StandardCharsets.UTF_8)))
                        .orElse(null);
        this.client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(2))
                        .build();
    }

    /** A refusal of the cluster. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /**
     * Sends a form.
     *
     * @param path after {@code /solr}
     * @param parameters names and values by turns
     * @throws Refused with a status from 400 to 499
     * @throws IndexException IO where no node answers, or an answer is not whole
     */
    JsonNode form(String path, List<String> parameters) {
        StringBuilder body = new StringBuilder("wt=json&shards.tolerant=false");
        for (int i = 0; i < parameters.size(); i += 2) {
            body.append('&').append(encode(parameters.get(i)));
            body.append('=').append(encode(parameters.get(i + 1)));
        }
        return send(
                path,
                "application/x-www-form-urlencoded",
                HttpRequest.BodyPublishers.ofString(body.toString()));
    }

    /** Sends JSON, as {@link #form}. */
    JsonNode json(String path, String body) {
        return send(path, "application/json", HttpRequest.BodyPublishers.ofString(body));
    }

    /** Sends bytes, as {@link #form}. */
    JsonNode bytes(String path, byte[] body) {
        return send(path, "application/octet-stream", HttpRequest.BodyPublishers.ofByteArray(body));
    }

    private JsonNode send(String path, String type, HttpRequest.BodyPublisher body) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (int attempt = 0; ; attempt++) {
            URI node = nodes.get(Math.floorMod(preferred.get(), nodes.size()));
            String failure;
            try {
                HttpResponse<String> response =
                        client.send(
                                request(node, path, type, body),
                                HttpResponse.BodyHandlers.ofString());
                int status = response.statusCode();
                if (status < 300) {
                    return whole(JSON.readTree(response.body()));
                }
                failure = "HTTP " + status + ": " + message(response.body());
                if (status >= 400 && status < 500 && status != 408 && status != 429) {
                    throw new Refused(status, failure);
                }
            } catch (IOException e) {
                failure = e.toString();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw IndexException.of(
                        IndexException.Code.IO, "interrupted while asking " + node, e);
            }
            if (System.nanoTime() > deadline) {
                throw IndexException.of(
                        IndexException.Code.IO,
                        "SolrCloud does not answer at %s (%s, asked %d times); try again"
                                .formatted(nodes, failure, attempt + 1));
            }
            preferred.incrementAndGet();
            if ((attempt + 1) % nodes.size() == 0) {
                pause();
            }
        }
    }

    private HttpRequest request(
            URI node, String path, String type, HttpRequest.BodyPublisher body) {
        String base = node.toString();
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                                URI.create(
                                        (base.endsWith("/")
                                                        ? base.substring(0, base.length() - 1)
                                                        : base)
                                                + path))
                        .timeout(timeout)
                        .header("Content-Type", type)
                        .POST(body);
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return request.build();
    }

    /** Never what only some shards answered. */
    private static JsonNode whole(JsonNode answer) throws IOException {
        if (answer.path("responseHeader").path("partialResults").asBoolean()) {
            throw new IOException("not all shards answered");
        }
        return answer;
    }

    private static String message(String body) {
        String text = body;
        try {
            JsonNode error = JSON.readTree(body).path("error");
            text = error.path("msg").asText(error.path("trace").asText(body));
        } catch (IOException e) {
            // Not JSON: as it is.
        }
        String line = text.strip().replaceAll("\\s+", " ");
        return line.substring(0, Math.min(line.length(), 300));
    }

    static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.close();
    }
}
