package org.precedent.cli;

import io.quarkus.arc.Arc;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.postgres.EmbeddedPostgres;
import org.precedent.tensor.Torch;
import picocli.CommandLine.Option;

/**
 * A command that needs the catalogue: {@link #prepare} makes a database available before the
 * application starts, {@link #call} runs inside it.
 */
abstract class ServiceCommand implements Callable<Integer> {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "where blobs and the embedded database lie (default: data/ beside the launcher,"
                            + " or PRECEDENT_DATA)")
    @Nullable Path data;

    @Option(
            names = "--device",
            description = "where networks run: cpu or cuda (default: cpu, or PRECEDENT_DEVICE)")
    @Nullable String device;

    /** Whether the command, as it was asked for, needs the catalogue at all. */
    boolean needsService() {
        return true;
    }

    /** Whether the command serves HTTP while it runs. */
    boolean servesHttp() {
        return false;
    }

    /**
     * Sets what the application reads at start; starts the embedded database where none is named.
     */
    void prepare() {
        if (data != null) {
            System.setProperty("precedent.data", data.toAbsolutePath().normalize().toString());
        }
        if (device != null) {
            Torch.Processor.of(device); // an unknown one is told before anything starts
            System.setProperty("precedent.device", device);
        }
        setDefault("quarkus.http.host-enabled", Boolean.toString(servesHttp()));
        setDefault("quarkus.log.level", servesHttp() ? "INFO" : "WARN");
        Optional<String> external = setting("precedent.database.url", "PRECEDENT_DATABASE_URL");
        if (external.isPresent()) {
            System.setProperty("quarkus.datasource.jdbc.url", external.get());
            setting("precedent.database.user", "PRECEDENT_DATABASE_USER")
                    .ifPresent(user -> System.setProperty("quarkus.datasource.username", user));
            setting("precedent.database.password", "PRECEDENT_DATABASE_PASSWORD")
                    .ifPresent(word -> System.setProperty("quarkus.datasource.password", word));
            return;
        }
        EmbeddedPostgres database = EmbeddedPostgres.open(dataDirectory().resolve("postgres"));
        System.setProperty("quarkus.datasource.jdbc.url", database.jdbcUrl());
        System.setProperty("quarkus.datasource.username", database.user());
        System.setProperty("quarkus.datasource.password", database.password());
        // The application's own hook closes its connections at the same time; the server waits.
        Runtime.getRuntime().addShutdownHook(new Thread(database::close, "postgres-stop"));
    }

    /** A bean of the running application. */
    <T> T bean(Class<T> type) {
        return Objects.requireNonNull(Arc.container(), "the application runs").instance(type).get();
    }

    /** Where blobs, the embedded database and imported weights lie. */
    static Path dataDirectory() {
        return setting("precedent.data", "PRECEDENT_DATA")
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("precedent.home", "."), "data"))
                .toAbsolutePath()
                .normalize();
    }

    private static Optional<String> setting(String property, String variable) {
        return Optional.ofNullable(System.getProperty(property))
                .or(() -> Optional.ofNullable(System.getenv(variable)))
                .filter(value -> !value.isBlank());
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
