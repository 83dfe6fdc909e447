package org.precedent.api;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A certified provider of single sign-on in a process of its own (npm's {@code oidc-provider}),
 * where Node and the package are: {@code dev/peers} installs it. Otherwise nothing is configured.
 */
public final class RealProvider implements QuarkusTestResourceLifecycleManager {
    /** Where the tests' service answers, and the provider sends people back to. */
    static final int PORT = 8081;

    private @Nullable Process process;

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
        Optional<Path> modules = modules();
        if (modules.isEmpty()) {
            return Map.of();
        }
        try {
            process =
                    new ProcessBuilder(
                                    "/usr/bin/node",
                                    Path.of(System.getProperty("precedent.home", "."))
                                            .resolve("src/test/resources/oidc/provider.mjs")
                                            .toString(),
                                    modules.get().toString(),
                                    "http://localhost:" + PORT + "/signin")
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
            return Map.of(
                    "quarkus.oidc.tenant-enabled", "true",
                    "quarkus.oidc.auth-server-url", line.substring("READY ".length()),
                    "quarkus.oidc.client-id", "precedent",
                    "quarkus.oidc.credentials.secret", "secret-of-the-page-32-characters");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        if (process != null) {
            process.destroy();
        }
    }
}
