package org.precedent.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.precedent.blob.s3.SmallS3;
import org.precedent.catalog.postgres.EmbeddedPostgres;

/**
 * Nodes of one catalogue, each a process of the packaged application with a data directory of its
 * own. They share a PostgreSQL that is not theirs, a bucket, a secret and a directory of indexes.
 */
final class ClusterNodes implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(4);
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final String SECRET = "c1".repeat(32);

    private final Path folder;
    private final Map<String, String> shared;
    private final EmbeddedPostgres database;
    private final SmallS3 store;
    private final List<PackagedProcesses> processes = new ArrayList<>();
    private int starts;

    /** A node that listens. */
    record Node(PackagedProcesses.Service service, int port) {
        /** Ends it as a power cut would. */
        void kill() throws InterruptedException {
            PackagedProcesses.kill(service.process());
        }

        /** Asks it to end, and waits. */
        void stop() throws InterruptedException {
            service.process().destroy();
            if (!service.process().waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the node does not end");
            }
        }
    }

    /**
     * @param folder where everything of it lies
     */
    ClusterNodes(Path folder) throws IOException {
        this(folder, Map.of());
    }

    /**
     * @param more settings of every node
     */
    ClusterNodes(Path folder, Map<String, String> more) throws IOException {
        this.folder = folder;
        this.store = new SmallS3();
        this.database = EmbeddedPostgres.open(folder.resolve("database")).supervise();
        this.shared = new HashMap<>(PackagedProcesses.smallNetworks(folder));
        shared.put("PRECEDENT_DATABASE_URL", database.jdbcUrl());
        shared.put("PRECEDENT_DATABASE_USER", database.user());
        shared.put("PRECEDENT_DATABASE_PASSWORD", database.password());
        shared.put("PRECEDENT_SECRET_KEY", SECRET);
        shared.put("PRECEDENT_BLOB_S3_BUCKET", SmallS3.BUCKET);
        shared.put("PRECEDENT_BLOB_S3_ENDPOINT", store.endpoint().toString());
        shared.put("PRECEDENT_BLOB_S3_ACCESS_KEY", SmallS3.ACCESS_KEY);
        shared.put("PRECEDENT_BLOB_S3_SECRET_KEY", SmallS3.SECRET_KEY);
        shared.put("PRECEDENT_INDEX", folder.resolve("index").toString());
        shared.putAll(more);
    }

    /**
     * Starts a node and waits until it listens.
     *
     * @param name of its data directory, which a node that starts again finds as it left it
     * @param roles as the setting has them
     */
    Node start(String name, String roles) throws Exception {
        Map<String, String> environment = new HashMap<>(shared);
        environment.put("PRECEDENT_ROLES", roles);
        Path work = Files.createDirectories(folder.resolve(name));
        PackagedProcesses node =
                new PackagedProcesses(
                        Path.of(System.getProperty("precedent.home", ".")),
                        work,
                        environment,
                        starts++ + "-");
        processes.add(node);
        PackagedProcesses.Service service = node.serve();
        return new Node(service, node.awaitPort(service, START));
    }

    /** Ends the database as a power cut would; it is started again at once. */
    boolean killDatabase() throws IOException {
        Path pid = folder.resolve("database/cluster/postmaster.pid");
        return Files.exists(pid)
                && ProcessHandle.of(Long.parseLong(Files.readAllLines(pid).getFirst().trim()))
                        .map(ProcessHandle::destroyForcibly)
                        .orElse(false);
    }

    /** The store of bytes that they share. */
    SmallS3 store() {
        return store;
    }

    @Override
    public void close() {
        processes.forEach(PackagedProcesses::close);
        database.close();
        store.close();
    }
}
