package org.precedent.api;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A certified provider of single sign-on in a process of its own: Keycloak, where {@code
 * -Dkeycloak.home} names its unpacked distribution ({@code dev/keycloak}), else npm's {@code
 * oidc-provider}, where Node and the package are ({@code dev/peers}). Otherwise nothing is
 * configured.
 */
public final class RealProvider implements QuarkusTestResourceLifecycleManager {
    private static final String CHOSEN = "test.page-port";
    private static final String SECRET = "secret-of-the-page-32-characters";

    /**
     * Where the tests' service answers, and the provider sends people back to: free when it was
     * chosen. A property keeps it, since several class loaders ask.
     */
    static final int PORT = port();

    private @Nullable Process process;

    private static int port() {
        synchronized (System.getProperties()) {
            if (Integer.getInteger(CHOSEN) == null) {
                System.setProperty(CHOSEN, Integer.toString(free()));
            }
            return Integer.getInteger(CHOSEN);
        }
    }

    private static int free() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The unpacked distribution of Keycloak that is to be asked. */
    static Optional<Path> keycloak() {
        return Optional.ofNullable(System.getProperty("keycloak.home")).map(Path::of);
    }

    /** The folder of npm's packages that holds it. */
    static Optional<Path> modules() {
        return Stream.of("/usr/local/lib/node_modules", "/usr/lib/node_modules")
                .map(Path::of)
                .filter(modules -> Files.isDirectory(modules.resolve("oidc-provider")))
                .filter(modules -> Files.isExecutable(Path.of("/usr/bin/node")))
                .findFirst();
    }

    @Override
    public Map<String, String> start() {
        try {
            if (keycloak().isPresent()) {
                return startKeycloak(keycloak().get());
            }
            return modules().isPresent() ? startNode(modules().get()) : Map.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Map<String, String> startNode(Path modules) throws IOException {
        process =
                new ProcessBuilder(
                                "/usr/bin/node",
                                resources().resolve("provider.mjs").toString(),
                                modules.toString(),
                                back())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        String line = said.readLine();
        while (line != null && !line.startsWith("READY ")) {
            line = said.readLine();
        }
        if (line == null) {
            throw new IllegalStateException("the provider ended: " + process.exitValue());
        }
        return configuration(line.substring("READY ".length()), "roles");
    }

    /** With a realm of the same people and programs; its first start builds itself for a minute. */
    private Map<String, String> startKeycloak(Path home) throws IOException, InterruptedException {
        String realm = Files.readString(resources().resolve("keycloak-realm.json"));
        Path imported = Files.createDirectories(home.resolve("data/import"));
        Files.writeString(imported.resolve("precedent-realm.json"), realm.replace("PAGE", back()));
        int port = free();
        process =
                new ProcessBuilder(
                                "bash",
                                home.resolve("bin/kc.sh").toString(),
                                "start-dev",
                                "--db=dev-mem",
                                "--import-realm",
                                "--http-host=127.0.0.1",
                                "--http-port=" + port)
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("test.log").toFile())
                        .start();
        String issuer = "http://127.0.0.1:" + port + "/realms/precedent";
        Instant until = Instant.now().plus(Duration.ofMinutes(5));
        while (!answers(URI.create(issuer))) {
            if (!process.isAlive() || Instant.now().isAfter(until)) {
                throw new IllegalStateException(
                        "Keycloak does not answer; " + home.resolve("test.log") + " says why");
            }
            Thread.sleep(500);
        }
        return configuration(issuer, "realm_access/roles");
    }

    private static boolean answers(URI address) throws InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                                    HttpRequest.newBuilder(address).build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static Path resources() {
        return Path.of(System.getProperty("precedent.home", "."))
                .resolve("src/test/resources/oidc");
    }

    private static String back() {
        return "http://localhost:" + PORT + "/signin";
    }

    private static Map<String, String> configuration(String issuer, String roles) {
        return Map.of(
                "quarkus.oidc.tenant-enabled",
                "true",
                "quarkus.oidc.auth-server-url",
                issuer,
                "quarkus.oidc.client-id",
                "precedent",
                "quarkus.oidc.credentials.secret",
                SECRET,
                "precedent.access.roles-claim",
                roles,
                "quarkus.oidc.token.audience",
                "precedent");
    }

    @Override
    public void stop() {
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroy();
        }
    }
}
