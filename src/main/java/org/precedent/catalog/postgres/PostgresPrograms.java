package org.precedent.catalog.postgres;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of the embedded PostgreSQL: unpacked once, to a folder that only its owner can
 * change, and run from there.
 *
 * <p>Whoever can write on the way to a program decides what is run. So the folder is the user's own
 * with mode 0700, nobody else may write to it or its parent, and no folder above is writable for
 * everybody, sticky or not. What does not satisfy that is not used, whatever it holds.
 */
final class PostgresPrograms {
    private static final Duration START = Duration.ofMinutes(2);
    private static final Set<PosixFilePermission> PRIVATE =
            PosixFilePermissions.fromString("rwx------");

    private final Path folder;

    private PostgresPrograms(Path folder) {
        this.folder = folder;
    }

    /**
     * The programs, unpacked where that is safe.
     *
     * @param home of the server, where they are unpacked when the user's cache will not do
     * @throws IOException with every reason when no place will do
     */
    static PostgresPrograms unpacked(Path home) throws IOException {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path parent =
                cache != null && !cache.isBlank()
                        ? Path.of(cache)
                        : Path.of(System.getProperty("user.home"), ".cache");
        return unpacked(
                List.of(parent.resolve("precedent").resolve("postgres"), home.resolve("programs")));
    }

    /** The programs below the first of several folders that is safe. */
    static PostgresPrograms unpacked(List<Path> parents) throws IOException {
        String name = hash();
        List<String> reasons = new ArrayList<>();
        for (Path parent : parents) {
            try {
                Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(PRIVATE));
                Path real = parent.toRealPath();
                requireSafe(real);
                Path folder = real.resolve(name);
                if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                    unpack(real, folder);
                }
                requireOwn(folder, PRIVATE);
                return new PostgresPrograms(folder);
            } catch (IOException e) {
                reasons.add(
                        e instanceof FileSystemException system && system.getReason() == null
                                ? parent + " cannot be written"
                                : String.valueOf(e.getMessage()));
            }
        }
        throw new IOException(
                "its programs can be kept nowhere that only you can write to: "
                        + String.join("; ", reasons)
                        + "; set XDG_CACHE_HOME to a folder of your own");
    }

    // ---- what is safe

    private static void requireSafe(Path parent) throws IOException {
        requireOwn(parent, null);
        for (Path above = parent.getParent(); above != null; above = above.getParent()) {
            if (attributes(above).permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException(
                        parent + " is not used, because everybody can write to " + above);
            }
        }
    }

    /** Refuses a folder that somebody else owns or can write to. */
    private static void requireOwn(Path folder, @Nullable Set<PosixFilePermission> exactly)
            throws IOException {
        PosixFileAttributes attributes = attributes(folder);
        Set<PosixFilePermission> permissions = attributes.permissions();
        if (!attributes.isDirectory() || !attributes.owner().equals(self().owner())) {
            throw new IOException(folder + " is not used, because it is not a folder of your own");
        }
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)
                || permissions.contains(PosixFilePermission.GROUP_WRITE)
                || exactly != null && !permissions.equals(exactly)) {
            throw new IOException(
                    folder
                            + " is not used, because it is open to others ("
                            + PosixFilePermissions.toString(permissions)
                            + "): remove it, it is made again");
        }
    }

    private static PosixFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** A file that this process makes is its user's. */
    private static PosixFileAttributes self() throws IOException {
        Path own = Files.createTempFile("precedent", null);
        try {
            return attributes(own);
        } finally {
            Files.delete(own);
        }
    }

    // ---- unpacking

    private static String resource() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return "postgres-%s-%s.txz"
                .formatted(
                        os.startsWith("mac") ? "darwin" : os,
                        arch.equals("aarch64") || arch.equals("arm64") ? "arm_64" : "x86_64");
    }

    private static InputStream archive() throws IOException {
        InputStream in = PostgresPrograms.class.getClassLoader().getResourceAsStream(resource());
        if (in == null) {
            throw new IOException("this installation has no " + resource());
        }
        return in;
    }

    private static String hash() throws IOException {
        try (InputStream in = archive()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, 32);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Under another name first: a folder of the final name is whole. */
    private static void unpack(Path parent, Path folder) throws IOException {
        Path partial =
                Files.createDirectory(
                        parent.resolve("unpacking-" + UUID.randomUUID()),
                        PosixFilePermissions.asFileAttribute(PRIVATE));
        try {
            try (TarArchiveInputStream tar =
                    new TarArchiveInputStream(
                            new XZInputStream(new BufferedInputStream(archive(), 1 << 16)))) {
                for (TarArchiveEntry entry = tar.getNextEntry();
                        entry != null;
                        entry = tar.getNextEntry()) {
                    unpack(tar, entry, partial);
                }
            }
            Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            boolean another = Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
            deleteRecursively(partial);
            if (!another) {
                throw e;
            }
        }
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path root)
            throws IOException {
        Path path = root.resolve(entry.getName()).normalize();
        if (!path.startsWith(root)) {
            throw new FileAlreadyExistsException(entry.getName(), null, "leads out of the archive");
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(Objects.requireNonNull(path.getParent()));
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, root.resolve(entry.getLinkName()).normalize());
        } else {
            Files.copy(tar, path);
            Files.setPosixFilePermissions(
                    path,
                    PosixFilePermissions.fromString(
                            (entry.getMode() & 0100) != 0 ? "rwx------" : "rw-------"));
        }
    }

    static void deleteRecursively(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    // ---- running

    /** Makes a cluster whose only way in is the password. */
    void make(Path cluster, Path passwordFile, Path log) throws IOException {
        run(
                log,
                List.of(
                        program("initdb"),
                        "--username=" + EmbeddedPostgres.USER,
                        "--pgdata=" + cluster,
                        "--encoding=UTF-8",
                        "--auth=scram-sha-256",
                        "--set=scram_iterations=1",
                        "--pwfile=" + passwordFile));
        Files.write(
                cluster.resolve("pg_hba.conf"), List.of("host all all 127.0.0.1/32 scram-sha-256"));
    }

    /** Starts a server and waits until it takes connections. */
    void start(Path cluster, int port, Path log) throws IOException {
        String settings =
                "-p "
                        + port
                        + " -c fsync=on -c synchronous_commit=on -c full_page_writes=on"
                        + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
                        + " -c max_connections=100 -c timezone=UTC -c log_min_messages=fatal";
        run(
                log,
                List.of(
                        program("pg_ctl"),
                        "start",
                        "-D",
                        cluster.toString(),
                        "-l",
                        log.toString(),
                        "-w",
                        "-t",
                        Long.toString(START.toSeconds()),
                        "-o",
                        settings));
    }

    /** Stops a server; open connections are closed. */
    void stop(Path cluster, Path log) throws IOException {
        run(
                log,
                List.of(
                        program("pg_ctl"),
                        "stop",
                        "-D",
                        cluster.toString(),
                        "-m",
                        "fast",
                        "-w",
                        "-t",
                        "60"));
    }

    /** A port of this machine that nobody listens on now. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private String program(String name) {
        return folder.resolve("bin").resolve(name).toString();
    }

    private static void run(Path log, List<String> command) throws IOException {
        List<String> whole = new ArrayList<>();
        if (isRoot()) {
            // PostgreSQL refuses to run as root: it gets a user namespace in which nobody is.
            whole.addAll(List.of("unshare", "-U"));
        }
        whole.addAll(command);
        Path output = log.resolveSibling("command.log");
        ProcessBuilder builder =
                new ProcessBuilder(whole)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        Process process = builder.start();
        try {
            if (!process.waitFor(START.toSeconds() + 10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.getFirst() + " does not end");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    Path.of(command.getFirst()).getFileName()
                            + " fails: "
                            + tail(output)
                            + (Files.exists(log) ? " " + tail(log) : ""));
        }
    }

    private static boolean isRoot() throws IOException {
        return Files.exists(Path.of("/proc/self"))
                && Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    private static String tail(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        return String.join(" ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }
}
