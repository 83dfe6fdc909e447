package org.precedent.cli.process;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.precedent.ProcessIdentity;
import org.precedent.Sha256;

/**
 * What a running service writes into its data directory as {@code service.json}, for the commands
 * beside it: who it is, where it listens, what it was told. It is there from the time the service
 * listens until it stops. A killed one leaves its file behind, which its process number and the
 * time of its start tell as stale; the next service writes over it.
 */
public final class ServiceFile implements AutoCloseable {
    private static final String NAME = "service.json";
    private static final String PREFIX = "PRECEDENT_";

    /**
     * Where things are, or how the JVM runs: they change no answer, or are told by the directory.
     */
    private static final Set<String> NOT_COMPARED =
            Set.of(
                    "PRECEDENT_DATA",
                    "PRECEDENT_HOME",
                    "PRECEDENT_DATABASE_USER",
                    "PRECEDENT_DATABASE_PASSWORD",
                    "PRECEDENT_JAVA_HOME",
                    "PRECEDENT_PYTHON_ENV",
                    "PRECEDENT_JAVA_OPTS");

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final Path data;
    private final Content content;

    /**
     * @param process as {@link ProcessIdentity} writes it; the service says the same over HTTP
     * @param address to be asked at
     * @param version of the build that it runs
     * @param settings what it was told, see {@link #settings}
     */
    public record Content(
            long pid, String process, URI address, String version, Map<String, String> settings) {
        public Content {
            Objects.requireNonNull(process);
            Objects.requireNonNull(address);
            Objects.requireNonNull(version);
            settings = Map.copyOf(settings);
        }

        /** Whether its process is still there, and not another one under its number. */
        public boolean lives() {
            return ProcessHandle.of(pid)
                    .map(handle -> ProcessIdentity.of(handle).equals(process))
                    .orElse(false);
        }
    }

    private ServiceFile(Path data, Content content) {
        this.data = data;
        this.content = content;
    }

    /**
     * Tells of the service of this process.
     *
     * @param data its data directory
     * @param address where it listens
     */
    public static ServiceFile write(Path data, ListeningAddress address) {
        Content content =
                new Content(
                        ProcessHandle.current().pid(),
                        ProcessIdentity.of(ProcessHandle.current()),
                        address.reachable(),
                        Version.current(),
                        settings());
        Path file = data.resolve(NAME);
        try {
            Files.createDirectories(data);
            Path fresh =
                    Files.createTempFile(
                            data,
                            NAME,
                            ".new",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")));
            Files.write(fresh, JSON.writeValueAsBytes(content));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be written: " + e, e);
        }
        return new ServiceFile(data, content);
    }

    /** What the file of a data directory says; empty where there is none that can be read. */
    public static Optional<Content> read(Path data) {
        try {
            return Optional.of(JSON.readValue(data.resolve(NAME).toFile(), Content.class));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * What this process was told in its environment or by properties, names as in the environment.
     * Values are hashed: an address of a database may hold a password.
     */
    public static Map<String, String> settings() {
        Map<String, String> told = new TreeMap<>();
        System.getenv()
                .forEach((name, value) -> {
                    if (name.startsWith(PREFIX)) {
                        told.put(name, Sha256.of(value));
                    }
                });
        System.getProperties()
                .forEach((key, value) -> {
                    String name =
                            key.toString().toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
                    if (name.startsWith(PREFIX)) {
                        told.put(name, Sha256.of(value.toString()));
                    }
                });
        told.keySet().removeAll(NOT_COMPARED);
        return told;
    }

    /** Takes the file away, unless another service has written its own since. */
    @Override
    public void close() {
        if (read(data).filter(content::equals).isPresent()) {
            try {
                Files.deleteIfExists(data.resolve(NAME));
            } catch (IOException e) {
                // It is stale from now on, which its readers see.
            }
        }
    }
}
