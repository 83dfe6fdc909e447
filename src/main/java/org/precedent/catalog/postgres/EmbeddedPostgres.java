package org.precedent.catalog.postgres;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * A real PostgreSQL server whose data lives under a directory of ours and survives restarts.
 *
 * <p>Several processes may share it: the first one starts the server, later ones attach to it, the
 * last one to leave stops it (they know of each other by shared locks on a file). A server that
 * outlived a killed process is found through its pid file and attached to. Starting and stopping
 * are serialised by a lock file.
 *
 * <p>Other users of the machine can reach the port, so the only way in is a generated password.
 *
 * <p>A server that ends while it is used is started again at the same port ({@link #supervise}):
 * whoever asks meanwhile is refused a connection, and what was committed is there afterwards.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Duration STARTUP_WAIT = Duration.ofMinutes(2);
    private static final String PASSWORD = "password";
    private static final long LONGEST_LOG = 10 << 20;
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Logger LOG = Logger.getLogger(EmbeddedPostgres.class.getName());

    /** Who connects. */
    static final String USER = "postgres";

    private final Path home;
    private final PostgresPrograms programs;
    private final int port;
    private final String password;
    private final FileChannel users;
    private volatile boolean closed;

    private EmbeddedPostgres(Path home, PostgresPrograms programs, int port, String password)
            throws IOException {
        this.home = home;
        this.programs = programs;
        this.port = port;
        this.password = password;
        this.users = usersFile(home);
        users.lock(0, Long.MAX_VALUE, true);
    }

    /**
     * Starts the server, or attaches to the one that runs already.
     *
     * @param home directory that holds everything of the server; made if absent
     */
    public static EmbeddedPostgres open(Path home) {
        try {
            Files.createDirectories(home);
            PostgresPrograms programs = PostgresPrograms.unpacked(home);
            try (FileChannel lockFile = lockFile(home);
                    FileLock lock = lockFile.lock()) {
                Path cluster = home.resolve("cluster");
                Path ready = home.resolve("ready");
                if (!Files.exists(ready) && Files.exists(cluster)) {
                    // An interrupted first start: nothing was ever acknowledged from it.
                    runningServer(cluster).ifPresent(EmbeddedPostgres::stop);
                    killInterruptedStart(cluster);
                    PostgresPrograms.deleteRecursively(cluster);
                }
                EmbeddedPostgres server;
                Optional<RunningServer> running = runningServer(cluster);
                if (running.isPresent()) {
                    server =
                            new EmbeddedPostgres(
                                    home, programs, running.get().port(), readPassword(home));
                } else if (Files.exists(ready)) {
                    removeStalePidFile(cluster);
                    int port = start(home, programs);
                    server = new EmbeddedPostgres(home, programs, port, readPassword(home));
                } else {
                    String password = newPassword(home);
                    programs.make(cluster, home.resolve(PASSWORD), log(home));
                    int port = start(home, programs);
                    server = new EmbeddedPostgres(home, programs, port, password);
                    Files.writeString(ready, "");
                }
                server.awaitConnection();
                return server;
            }
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(
                    "cannot start the embedded PostgreSQL under "
                            + home
                            + " ("
                            + e.getMessage()
                            + "); name an external server with PRECEDENT_DATABASE_URL instead",
                    e);
        }
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?ApplicationName=precedent";
    }

    public String user() {
        return USER;
    }

    public String password() {
        return password;
    }

    /**
     * Starts the server again whenever it ends, until this is closed. Several processes may
     * supervise one server: the one that gets the lock starts it.
     */
    public EmbeddedPostgres supervise() {
        Thread thread = new Thread(this::watch, "postgres-supervisor");
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    private void watch() {
        Duration pause = LOOK;
        while (!closed) {
            try {
                Thread.sleep(pause.toMillis());
                if (revive()) {
                    LOG.warning("the embedded PostgreSQL ended, and was started again");
                }
                pause = LOOK;
            } catch (InterruptedException e) {
                return;
            } catch (IOException | RuntimeException e) {
                if (pause.equals(LOOK)) {
                    LOG.log(Level.SEVERE, "the embedded PostgreSQL cannot be started again", e);
                }
                Duration twice = pause.multipliedBy(2);
                pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
            }
        }
    }

    /** Starts the server if it does not run; whether it did. */
    private synchronized boolean revive() throws IOException {
        Path cluster = home.resolve("cluster");
        if (closed || runningServer(cluster).isPresent()) {
            return false;
        }
        try (FileChannel lockFile = lockFile(home);
                FileLock lock = lockFile.lock()) {
            if (runningServer(cluster).isPresent()) {
                return false;
            }
            removeStalePidFile(cluster);
            programs.start(cluster, port, log(home));
            return true;
        }
    }

    /** Leaves the server; stops it when no other process uses it. */
    @Override
    public synchronized void close() {
        closed = true;
        try (FileChannel lockFile = lockFile(home);
                FileLock lock = lockFile.lock()) {
            users.close();
            Path cluster = home.resolve("cluster");
            if (nobodyUses(home) && runningServer(cluster).isPresent()) {
                stop(cluster);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot stop the embedded PostgreSQL under " + home, e);
        }
    }

    private void stop(Path cluster) throws IOException {
        try {
            programs.stop(cluster, log(home));
        } catch (IOException e) {
            // One that was killed a moment ago cannot be stopped, and need not be.
            if (runningServer(cluster).isPresent()) {
                throw e;
            }
        }
    }

    /** Starts a server at a free port; another program may take that port before it. */
    private static int start(Path home, PostgresPrograms programs) throws IOException {
        Path log = log(home);
        if (Files.exists(log) && Files.size(log) > LONGEST_LOG) {
            Files.delete(log);
        }
        for (int attempt = 1; ; attempt++) {
            int port = PostgresPrograms.freePort();
            try {
                programs.start(home.resolve("cluster"), port, log);
                return port;
            } catch (IOException e) {
                if (attempt == 3) {
                    throw e;
                }
            }
        }
    }

    private static Path log(Path home) {
        return home.resolve("server.log");
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", USER);
        properties.setProperty("password", password);
        return DriverManager.getConnection(jdbcUrl(), properties);
    }

    /** A server that recovers after a crash refuses connections for a while. */
    private void awaitConnection() throws SQLException {
        long deadline = System.nanoTime() + STARTUP_WAIT.toNanos();
        while (true) {
            try (Connection connection = connect()) {
                connection.isValid(1);
                return;
            } catch (SQLException e) {
                // Class 57 is "operator intervention": starting up or shutting down.
                boolean mayPass = e.getSQLState() != null && e.getSQLState().startsWith("57");
                if (!mayPass || System.nanoTime() > deadline) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Every user holds a shared lock on this file; the system drops it when a process dies. */
    private static FileChannel usersFile(Path home) throws IOException {
        return FileChannel.open(
                home.resolve("users"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    private static boolean nobodyUses(Path home) throws IOException {
        try (FileChannel users = usersFile(home);
                FileLock exclusive = users.tryLock()) {
            return exclusive != null;
        }
    }

    private record RunningServer(ProcessHandle process, int port) {}

    /** From PostgreSQL's own pid file: line 1 is the process, line 4 the port. */
    private static Optional<RunningServer> runningServer(Path cluster) throws IOException {
        Path pidFile = cluster.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(pidFile);
        if (lines.size() < 4) {
            return Optional.empty();
        }
        int port = Integer.parseInt(lines.get(3).trim());
        return ProcessHandle.of(Long.parseLong(lines.get(0).trim()))
                .filter(EmbeddedPostgres::isPostgres)
                .map(process -> new RunningServer(process, port));
    }

    /**
     * PostgreSQL refuses to start as long as the process exists that its pid file names: also when
     * that is a killed server which its parent has not reaped yet, or a stranger that was given its
     * number (in a container that is restarted, most likely). So the file is removed where its
     * server is gone, but not before the last of that server's own processes has left the shared
     * memory: two servers at work on the same files would destroy them.
     */
    private static void removeStalePidFile(Path cluster) throws IOException {
        Path pidFile = cluster.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        List<String> lines = Files.readAllLines(pidFile);
        Path segments = Path.of("/proc/sysvipc/shm");
        if (lines.size() < 7 || !Files.isReadable(segments)) {
            return; // nothing to tell it by: leave the decision to PostgreSQL
        }
        // Line 7: key and id of the shared memory.
        String[] own = lines.get(6).trim().split(" +", -1);
        long deadline = System.nanoTime() + STARTUP_WAIT.toNanos();
        while (attached(Files.readAllLines(segments), own)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("processes of a killed server still run on " + cluster);
            }
            pause();
        }
        Files.delete(pidFile);
    }

    /** Whether anybody uses a segment; columns are key, id, permissions, size, two pids, users. */
    private static boolean attached(List<String> segments, String... keyAndId) {
        return segments.stream()
                .map(line -> line.trim().split(" +", -1))
                .anyMatch(c ->
                        c.length > 6
                                && c[0].equals(keyAndId[0])
                                && c[1].equals(keyAndId[1])
                                && !c[6].equals("0"));
    }

    /** The maker of a cluster outlives the killed process that started it, and would go on. */
    private static void killInterruptedStart(Path cluster) {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            List<ProcessHandle> makers =
                    all.filter(process ->
                                    process.info()
                                            .arguments()
                                            .map(a -> List.of(a).contains(cluster.toString()))
                                            .orElse(false))
                            .flatMap(process ->
                                    Stream.concat(Stream.of(process), process.descendants()))
                            .toList();
            makers.forEach(ProcessHandle::destroyForcibly);
            makers.forEach(process -> process.onExit().join());
        }
    }

    /** The pid of a server that died may belong to anyone by now. */
    private static boolean isPostgres(ProcessHandle process) {
        return process.isAlive()
                && process.info().command().map(c -> c.endsWith("postgres")).orElse(false);
    }

    private static void stop(RunningServer server) {
        // SIGTERM is PostgreSQL's smart shutdown: it waits for our own connections, which a service
        // that is going down closes at the same time.
        server.process().destroy();
        try {
            server.process().onExit().get(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("the embedded PostgreSQL does not stop", e);
        }
    }

    private static FileChannel lockFile(Path home) throws IOException {
        return FileChannel.open(
                home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static String newPassword(Path home) throws IOException {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        String password = HexFormat.of().formatHex(bytes);
        Path file = home.resolve(PASSWORD);
        Files.deleteIfExists(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, password);
        return password;
    }

    private static String readPassword(Path home) throws IOException {
        return Files.readString(home.resolve(PASSWORD), StandardCharsets.US_ASCII).trim();
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
