package org.precedent.blob.s3;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.precedent.Sha256;

/**
 * One bucket in this process, so that tests can do to it what they cannot do to a real one: it
 * fails, ages and damages on demand. Unlike most servers for tests it checks signatures (version 4)
 * and the MD5 of what it is sent.
 */
public final class SmallS3 implements AutoCloseable {
    public static final String BUCKET = "blobs";
    public static final String ACCESS_KEY = "small";
    public static final String SECRET_KEY = "small-secret";
    private static final int PAGE = 10;
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    record Kept(byte[] bytes, Instant at) {}

    /** A failure that is answered in place of what was asked. */
    record Failure(int status, String code) {}

    final ConcurrentNavigableMap<String, Kept> objects = new ConcurrentSkipListMap<>();
    final List<String> requests = java.util.Collections.synchronizedList(new ArrayList<>());

    /** From "METHOD key" to what is answered instead; empty: nothing fails. */
    volatile Function<String, Optional<Failure>> failing = request -> Optional.empty();

    /** How long every request takes longer than it has to. */
    public volatile Duration delay = Duration.ZERO;

    /** Whether everything is refused, as by a store that starts. */
    public volatile boolean away;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    public SmallS3() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    void age(String key, Duration age) {
        objects.computeIfPresent(key, (k, one) -> new Kept(one.bytes(), Instant.now().minus(age)));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            String key = path.startsWith("/" + BUCKET + "/") ? path.substring(7) : "";
            String request = exchange.getRequestMethod() + " " + key;
            requests.add(request);
            Thread.sleep(delay);
            Optional<Failure> failure =
                    away ? Optional.of(new Failure(503, "SlowDown")) : failing.apply(request);
            if (failure.isPresent()) {
                refuse(exchange, failure.get());
            } else if (!isSigned(exchange, body)) {
                refuse(exchange, new Failure(403, "SignatureDoesNotMatch"));
            } else if (!path.equals("/" + BUCKET) && !path.startsWith("/" + BUCKET + "/")) {
                refuse(exchange, new Failure(404, "NoSuchBucket"));
            } else if (key.isEmpty()) {
                bucket(exchange);
            } else {
                object(exchange, key, body);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // this server ends
        }
    }

    private void bucket(HttpExchange exchange) throws IOException {
        Map<String, String> query = query(exchange);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(200, -1);
        } else if (query.containsKey("versioning")) {
            xml(exchange, 200, "<VersioningConfiguration/>");
        } else {
            String prefix = query.getOrDefault("prefix", "");
            String after = query.getOrDefault("continuation-token", "");
            boolean folders = query.getOrDefault("delimiter", "").equals("/");
            List<Map.Entry<String, Kept>> page =
                    objects.tailMap(after, false).entrySet().stream()
                            .filter(e -> e.getKey().startsWith(prefix))
                            .limit(PAGE + 1L)
                            .toList();
            boolean more = page.size() > PAGE;
            List<Map.Entry<String, Kept>> found = more ? page.subList(0, PAGE) : page;
            Set<String> below = new TreeSet<>();
            List<Map.Entry<String, Kept>> shown = new ArrayList<>();
            for (Map.Entry<String, Kept> one : found) {
                int slash = one.getKey().indexOf('/', prefix.length());
                if (folders && slash >= 0) {
                    below.add(one.getKey().substring(0, slash + 1));
                } else {
                    shown.add(one);
                }
            }
            xml(
                    exchange,
                    200,
                    "<ListBucketResult><Name>%s</Name><KeyCount>%d</KeyCount><IsTruncated>%s</IsTruncated>%s%s%s</ListBucketResult>"
                            .formatted(
                                    BUCKET,
                                    shown.size(),
                                    more,
                                    more
                                            ? "<NextContinuationToken>"
                                                    + found.getLast().getKey()
                                                    + "</NextContinuationToken>"
                                            : "",
                                    below.stream()
                                            .map(folder ->
                                                    "<CommonPrefixes><Prefix>"
                                                            + folder
                                                            + "</Prefix></CommonPrefixes>")
                                            .collect(Collectors.joining()),
                                    shown.stream()
                                            .map(e ->
                                                    "<Contents><Key>%s</Key><LastModified>%s</LastModified><Size>%d</Size></Contents>"
                                                            .formatted(
                                                                    e.getKey(),
                                                                    e.getValue().at(),
                                                                    e.getValue().bytes().length))
                                            .collect(Collectors.joining())));
        }
    }

    private void object(HttpExchange exchange, String key, byte[] body) throws IOException {
        switch (exchange.getRequestMethod()) {
            case "PUT" -> put(exchange, key, body);
            case "DELETE" -> {
                objects.remove(key);
                exchange.sendResponseHeaders(204, -1);
            }
            default -> {
                Kept one = objects.get(key);
                boolean head = exchange.getRequestMethod().equals("HEAD");
                if (one == null && head) {
                    exchange.sendResponseHeaders(404, -1);
                } else if (one == null) {
                    refuse(exchange, new Failure(404, "NoSuchKey"));
                } else {
                    exchange.getResponseHeaders().set("Last-Modified", HTTP_DATE.format(one.at()));
                    exchange.getResponseHeaders().set("ETag", "\"x\"");
                    if (head) {
                        exchange.getResponseHeaders()
                                .set("Content-Length", Integer.toString(one.bytes().length));
                        exchange.sendResponseHeaders(200, -1);
                    } else {
                        send(exchange, 200, one.bytes());
                    }
                }
            }
        }
    }

    private void put(HttpExchange exchange, String key, byte[] body) throws IOException {
        String md5 = exchange.getRequestHeaders().getFirst("Content-MD5");
        if (md5 == null || !Arrays.equals(Base64.getDecoder().decode(md5), md5(body))) {
            refuse(exchange, new Failure(400, "BadDigest"));
            return;
        }
        Kept one = new Kept(body, Instant.now());
        if ("*".equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
            if (objects.putIfAbsent(key, one) != null) {
                refuse(exchange, new Failure(412, "PreconditionFailed"));
                return;
            }
        } else {
            objects.put(key, one);
        }
        exchange.getResponseHeaders().set("ETag", "\"x\"");
        exchange.sendResponseHeaders(200, -1);
    }

    /** Signature version 4, over the headers that it names and the hash of the body. */
    private static boolean isSigned(HttpExchange exchange, byte[] body) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        if (header == null || !header.startsWith("AWS4-HMAC-SHA256 ")) {
            return false;
        }
        Map<String, String> parts =
                Arrays.stream(header.substring(17).split(",\\s*"))
                        .map(part -> part.split("=", 2))
                        .collect(Collectors.toMap(part -> part[0], part -> part[1]));
        String[] scope = parts.get("Credential").split("/");
        String hash = exchange.getRequestHeaders().getFirst("x-amz-content-sha256");
        if (!scope[0].equals(ACCESS_KEY)
                || !(Sha256.of(body).equals(hash) || "UNSIGNED-PAYLOAD".equals(hash))) {
            return false;
        }
        StringBuilder canonical = new StringBuilder();
        canonical.append(exchange.getRequestMethod()).append('\n');
        canonical.append(exchange.getRequestURI().getRawPath()).append('\n');
        canonical.append(canonicalQuery(exchange.getRequestURI().getRawQuery())).append('\n');
        for (String name : parts.get("SignedHeaders").split(";")) {
            canonical
                    .append(name)
                    .append(':')
                    .append(exchange.getRequestHeaders().getFirst(name).strip())
                    .append('\n');
        }
        canonical.append('\n').append(parts.get("SignedHeaders")).append('\n').append(hash);
        String toSign =
                "AWS4-HMAC-SHA256\n"
                        + exchange.getRequestHeaders().getFirst("x-amz-date")
                        + "\n"
                        + String.join("/", Arrays.copyOfRange(scope, 1, 5))
                        + "\n"
                        + Sha256.of(canonical.toString());
        byte[] key = ("AWS4" + SECRET_KEY).getBytes(StandardCharsets.UTF_8);
        for (int i = 1; i < 5; i++) {
            key = hmac(key, scope[i]);
        }
        return HexFormat.of().formatHex(hmac(key, toSign)).equals(parts.get("Signature"));
    }

    private static String canonicalQuery(@Nullable String raw) {
        return raw == null
                ? ""
                : Arrays.stream(raw.split("&"))
                        .map(pair -> pair.contains("=") ? pair : pair + "=")
                        .sorted()
                        .collect(Collectors.joining("&"));
    }

    private static Map<String, String> query(HttpExchange exchange) {
        String raw = exchange.getRequestURI().getRawQuery();
        return raw == null
                ? Map.of()
                : Arrays.stream(raw.split("&"))
                        .map(pair -> pair.split("=", 2))
                        .collect(
                                Collectors.toMap(
                                        pair -> pair[0],
                                        pair ->
                                                pair.length == 1
                                                        ? ""
                                                        : URLDecoder.decode(
                                                                pair[1], StandardCharsets.UTF_8)));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] md5(byte[] bytes) {
        try {
            return MessageDigest.getInstance("MD5").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void refuse(HttpExchange exchange, Failure failure) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(failure.status(), -1);
        } else {
            xml(
                    exchange,
                    failure.status(),
                    "<Error><Code>%s</Code><Message>on demand</Message></Error>"
                            .formatted(failure.code()));
        }
    }

    private static void xml(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        send(exchange, status, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
