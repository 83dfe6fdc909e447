package org.precedent.query;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.precedent.catalog.postgres.EmbeddedPostgres;
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.iris.SmallIris;
import org.precedent.secret.DataSecrets;

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

    /** The secret of the data directory. */
    private static final String SECRET = "5e".repeat(32);

    /** Where a page of a viewer is that may call the service from a browser. */
    public static final String VIEWER_ORIGIN = "https://ohif.example";

    /** A site that has no names of files kept. */
    public static final String NAMELESS = "nameless";

    private Path data = Path.of("");
    private EmbeddedPostgres database;

    @Override
    public Map<String, String> start() {
        try {
            data = Files.createTempDirectory("precedent-test");
            SmallIris.write(data.resolve("iris.safetensors"));
            Files.writeString(data.resolve("admin.token"), TOKEN);
            // Always the same, and so are the ids of images: what depends on them does not vary.
            Files.writeString(data.resolve(DataSecrets.FILE), SECRET);
            Files.setPosixFilePermissions(
                    data.resolve(DataSecrets.FILE), PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        database = EmbeddedPostgres.open(data.resolve("postgres"));
        return Map.ofEntries(
                Map.entry("quarkus.datasource.jdbc.url", database.jdbcUrl()),
                Map.entry("quarkus.datasource.username", database.user()),
                Map.entry("quarkus.datasource.password", database.password()),
                Map.entry("precedent.home", System.getProperty("precedent.home", ".")),
                Map.entry("precedent.data", data.toString()),
                Map.entry("precedent.network.name", NETWORK),
                Map.entry("precedent.network.size", Integer.toString(SIDE)),
                Map.entry(
                        "precedent.embedding.object-weights",
                        data.resolve("iris.safetensors").toString()),
                // Viewers: an archive that a test may start, a page that may call, routes at the
                // root.
                Map.entry(
                        "precedent.dicomweb.url", "http://127.0.0.1:" + freePort() + "/dicom-web"),
                Map.entry("precedent.monailabel.origins", VIEWER_ORIGIN),
                Map.entry("precedent.monailabel.root", "true"),
                Map.entry("precedent.access.unnamed-sites", NAMELESS));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
