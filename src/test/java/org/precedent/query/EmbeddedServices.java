package org.precedent.query;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.precedent.catalog.postgres.EmbeddedPostgres;

/** A fresh data directory with a real PostgreSQL for the tests of the running application. */
public final class EmbeddedServices implements QuarkusTestResourceLifecycleManager {
    private Path data = Path.of("");
    private EmbeddedPostgres database;

    @Override
    public Map<String, String> start() {
        try {
            data = Files.createTempDirectory("precedent-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        database = EmbeddedPostgres.open(data.resolve("postgres"));
        return Map.of(
                "quarkus.datasource.jdbc.url", database.jdbcUrl(),
                "quarkus.datasource.username", database.user(),
                "quarkus.datasource.password", database.password(),
                "precedent.home", System.getProperty("precedent.home", "."),
                "precedent.data", data.toString());
    }

    @Override
    public void stop() {
        database.close();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
