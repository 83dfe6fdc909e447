package org.precedent.cluster;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server of a cluster in a process of its own, on jars of its own: those that Maven resolves for
 * the POM in {@code src/test/cluster/NAME}, into {@code target/cluster/NAME.classpath}.
 */
public final class ServerProcess implements AutoCloseable {
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));
    private static final Duration START = Duration.ofMinutes(3);

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Skips a test unless the profile {@code cluster} asks for it. */
    public static void assumeAsked() {
        assumeTrue(
                Boolean.getBoolean("tests.cluster"),
                "servers of a cluster are started by: ./precedent maven -Pcluster test"
                        + " -Dtest='*ClusterTest' -Dsurefire.failIfNoSpecifiedTests=false");
    }

    /** The jars of a server, resolved once. */
    static synchronized String classPath(String name) throws IOException, InterruptedException {
        Path pom = HOME.resolve("src/test/cluster").resolve(name).resolve("pom.xml");
        Path resolved =
                HOME.resolve("target/cluster").resolve(name + ".classpath").toAbsolutePath();
        if (!Files.exists(resolved)
                || Files.getLastModifiedTime(resolved).compareTo(Files.getLastModifiedTime(pom))
                        < 0) {
            Files.createDirectories(resolved.getParent());
            // What is there already need not be asked for.
            if (maven(pom, resolved, "-o") != 0 && maven(pom, resolved, "-B") != 0) {
                throw new IOException("the jars of " + pom + " cannot be resolved");
            }
        }
        return Files.readString(resolved);
    }

    private static int maven(Path pom, Path to, String option)
            throws IOException, InterruptedException {
        ProcessBuilder maven =
                new ProcessBuilder(
                        HOME.resolve("mvnw").toAbsolutePath().toString(),
                        option,
                        "-q",
                        "-f",
                        pom.toAbsolutePath().toString(),
                        "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath",
                        "-Dmdep.outputFile=" + to);
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return maven.redirectErrorStream(true)
                .redirectOutput(to.resolveSibling("maven.log").toFile())
                .start()
                .waitFor();
    }

    /**
     * Starts a server.
     *
     * @param name of its jars
     * @param folder where it writes its log
     * @param jvm flags, then the main class or source file, then its arguments
     */
    public static ServerProcess start(String name, Path folder, List<String> jvm)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", classPath(name)));
        command.addAll(jvm);
        Path log = folder.resolve("server.log");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        // A test that is killed leaves no servers.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return new ServerProcess(process, log);
    }

    /** Waits until an address answers with anything but a failure of the server. */
    public ServerProcess await(URI address) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (System.nanoTime() < deadline && process.isAlive()) {
                try {
                    int status =
                            client.send(
                                            HttpRequest.newBuilder(address)
                                                    .timeout(Duration.ofSeconds(5))
                                                    .build(),
                                            HttpResponse.BodyHandlers.discarding())
                                    .statusCode();
                    if (status < 500) {
                        return this;
                    }
                } catch (IOException e) {
                    // Not yet.
                }
                Thread.sleep(200);
            }
        }
        close();
        throw new IOException(address + " does not answer: " + Files.readString(log));
    }

    /** Waits until a port takes connections. */
    public ServerProcess await(int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            try (var socket = new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
                return this;
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
        close();
        throw new IOException("port " + port + " is closed: " + Files.readString(log));
    }

    /** A port that nobody uses now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Ends it as a power cut would: no signal that it could answer. */
    public void kill() {
        close();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + process.pid() + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
