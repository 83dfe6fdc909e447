package org.precedent.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Chromium of the system without a window, driven by its own protocol over a web socket; no
 * library is needed for what the tests do: go somewhere, run scripts, read what was complained.
 */
final class Browser implements AutoCloseable, WebSocket.Listener {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final ObjectMapper json = new ObjectMapper();
    private final Process process;
    private final Path profile;
    private final WebSocket socket;
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final StringBuilder message = new StringBuilder();
    private final String session;

    /** Where Chromium is on this machine. */
    static Optional<Path> installed() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The rules of accessibility, a script, where npm has put it. */
    static Optional<Path> axe() {
        return Stream.of("/usr/local/lib/node_modules", "/usr/lib/node_modules")
                .map(modules -> Path.of(modules, "axe-core", "axe.min.js"))
                .filter(Files::isReadable)
                .findFirst();
    }

    Browser(Path program, int width, int height) throws Exception {
        profile = Files.createTempDirectory("precedent-browser");
        process =
                new ProcessBuilder(
                                program.toString(),
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--enable-unsafe-swiftshader", // volumes are drawn by WebGL 2
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--remote-debugging-port=0",
                                "--user-data-dir=" + profile,
                                "--window-size=" + width + "," + height,
                                "about:blank")
                        .redirectErrorStream(true)
                        .redirectOutput(profile.resolve("log").toFile())
                        .start();
        Path port = profile.resolve("DevToolsActivePort");
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(port) || Files.readAllLines(port).size() < 2) {
            if (System.nanoTime() > end || !process.isAlive()) {
                throw new IOException("no browser: " + Files.readString(profile.resolve("log")));
            }
            Thread.sleep(50);
        }
        List<String> lines = Files.readAllLines(port);
        socket =
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .buildAsync(
                                URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1)), this)
                        .get(30, TimeUnit.SECONDS);
        String target =
                send(null, "Target.createTarget", Map.of("url", "about:blank"))
                        .path("targetId")
                        .asText();
        session =
                send(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                        .path("sessionId")
                        .asText();
        for (String domain : List.of("Page", "Runtime", "Log")) {
            send(session, domain + ".enable", Map.of());
        }
    }

    void go(URI address) throws Exception {
        send(session, "Page.navigate", Map.of("url", address.toString()));
    }

    /** The value of an expression, which may be a promise, as text. */
    String run(String expression) throws Exception {
        JsonNode answer =
                send(
                        session,
                        "Runtime.evaluate",
                        Map.of(
                                "expression",
                                expression,
                                "awaitPromise",
                                true,
                                "returnByValue",
                                true,
                                "userGesture",
                                true));
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + answer.path("exceptionDetails"));
        }
        return answer.at("/result/value").asText();
    }

    /** Waits until an expression is true. */
    void await(String expression) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!run("Boolean(" + expression + ")").equals("true")) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        expression
                                + " never came true; the page shows: "
                                + run("document.body.innerText")
                                + " and complained: "
                                + complaints);
            }
            Thread.sleep(50);
        }
    }

    /** Presses a key on whatever has the focus. */
    void press(String key) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            String text = key.length() == 1 ? key : ""; // ArrowRight and its like write nothing
            send(session, "Input.dispatchKeyEvent", Map.of("type", type, "key", key, "text", text));
        }
    }

    /** Errors of scripts, and what the browser refused by the page's policy. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    private JsonNode send(@Nullable String to, String method, Map<String, Object> parameters)
            throws Exception {
        int id = last.incrementAndGet();
        ObjectNode request = json.createObjectNode().put("id", id).put("method", method);
        request.set("params", json.valueToTree(parameters));
        if (to != null) {
            request.put("sessionId", to);
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        socket.sendText(json.writeValueAsString(request), true).get(30, TimeUnit.SECONDS);
        JsonNode got = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (got.has("error")) {
            throw new IOException(method + ": " + got.path("error"));
        }
        return got.path("result");
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket of, CharSequence part, boolean isLast) {
        message.append(part);
        if (isLast) {
            take(message.toString());
            message.setLength(0);
        }
        of.request(1);
        return null;
    }

    private void take(String text) {
        try {
            JsonNode got = json.readTree(text);
            CompletableFuture<JsonNode> answer = waiting.remove(got.path("id").asInt());
            if (answer != null) {
                answer.complete(got);
            } else if (got.path("method").asText().equals("Runtime.exceptionThrown")
                    || got.at("/params/entry/source").asText().equals("security")) {
                complaints.add(got.path("params").toString());
            }
        } catch (IOException e) {
            complaints.add(e.toString());
        }
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
        process.destroyForcibly();
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        }
    }
}
