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
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.iris.SmallIris;

/**
 * A fresh data directory with a real PostgreSQL for the tests of the running application. What they
 * test is not the network, so it is asked once and at half its size: a quarter of the time of a
 * pass. The network behind the object level, of which every annotation costs a pass, is a {@link
 * SmallIris}. The demo and the command line's tests ask the default networks at their own size.
 */
public final class EmbeddedServices implements QuarkusTestResourceLifecycleManager {
    /** The network that answers, by its name. */
    public static final String NETWORK = CrossAttention.NAME;

    /** Side in pixels that it is asked at. */
    public static final int SIDE = 64;

    /** The administrator's token, which the data directory holds before the first start. */
    public static final String TOKEN = "prc_TestsKeyId0_" + "T".repeat(43);

    private Path data = Path.of("");
    private EmbeddedPostgres database;

    @Override
    public Map<String, String> start() {
        try {
            data = Files.createTempDirectory("precedent-test");
            SmallIris.write(data.resolve("iris.safetensors"));
            Files.writeString(data.resolve("admin.token"), TOKEN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        database = EmbeddedPostgres.open(data.resolve("postgres"));
        return Map.of(
                "quarkus.datasource.jdbc.url", database.jdbcUrl(),
                "quarkus.datasource.username", database.user(),
                "quarkus.datasource.password", database.password(),
                "precedent.home", System.getProperty("precedent.home", "."),
                "precedent.data", data.toString(),
                "precedent.network.name", NETWORK,
                "precedent.network.size", Integer.toString(SIDE),
                "precedent.embedding.object-weights", data.resolve("iris.safetensors").toString());
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
