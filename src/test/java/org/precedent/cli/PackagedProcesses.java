package org.precedent.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.precedent.network.iris.SmallIris;
import org.precedent.query.EmbeddedServices;

/**
 * Starts the packaged application as processes of their own on one data directory, as the launcher
 * does, and kills them. Whatever happens, {@link #close} leaves none behind: neither a JVM nor a
 * process of the embedded PostgreSQL, which outlives its JVM.
 */
final class PackagedProcesses implements AutoCloseable {
    /**
     * What a short process runs a hundred times is not worth the second compiler: a start takes a
     * quarter less of the processor, and loops are compiled as ever.
     */
    private static final List<String> SHORT_LIVED =
            List.of(
                    "-XX:Tier4InvocationThreshold=20000",
                    "-XX:Tier4MinInvocationThreshold=4000",
                    "-XX:Tier4CompileThreshold=40000");

    private static final Pattern LISTENING = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");

    private final Path home;
    private final Path work;
    private final Path data;
    private final Map<String, String> environment;
    private final String prefix;
    private final List<Process> started = new ArrayList<>();
    private final Thread atExit = new Thread(this::killAll);
    private int logs;

    /** A running `serve`. */
    record Service(Process process, Path log) {}

    /**
     * @param home the project, with its build in target
     * @param work a directory for data and logs
     */
    PackagedProcesses(Path home, Path work) {
        this(home, work, Map.of());
    }

    /**
     * @param environment variables of every process, in place of all that begin with PRECEDENT_
     */
    PackagedProcesses(Path home, Path work, Map<String, String> environment) {
        this(home, work, environment, "");
    }

    /**
     * @param prefix of its logs, where others have worked in the same directory
     */
    PackagedProcesses(Path home, Path work, Map<String, String> environment, String prefix) {
        this.prefix = prefix;
        this.environment = environment;
        this.home = home.toAbsolutePath().normalize();
        this.work = work;
        this.data = work.resolve("data");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Variables for networks that answer fast rather than well, where what is tested is not they.
     *
     * @param folder where weights are written
     */
    static Map<String, String> smallNetworks(Path folder) throws IOException {
        Path iris = folder.resolve("iris.safetensors");
        SmallIris.write(iris);
        return Map.of(
                "PRECEDENT_NETWORK_NAME",
                EmbeddedServices.NETWORK,
                "PRECEDENT_NETWORK_SIZE",
                Integer.toString(EmbeddedServices.SIDE),
                "PRECEDENT_EMBEDDING_OBJECT_WEIGHTS",
                iris.toString());
    }

    /** The --data of every process. */
    Path data() {
        return data;
    }

    /**
     * Starts `precedent serve` on a free port and returns at once. Its owner has left a token in
     * the data directory, which {@code SignedRequests} are signed with.
     */
    Service serve() throws IOException {
        Files.createDirectories(data);
        Files.writeString(data.resolve("admin.token"), EmbeddedServices.TOKEN);
        Path log = nextLog();
        return new Service(start(log, List.of("serve", "--port", "0")), log);
    }

    /** Starts a command without waiting for it. */
    Process command(String... arguments) throws IOException {
        return start(nextLog(), List.of(arguments));
    }

    /** Runs a command to its end; its output goes with the failure if the status is not 0. */
    String run(Duration limit, String... arguments) throws Exception {
        Path log = nextLog();
        Process process = start(log, List.of(arguments));
        if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError(String.join(" ", arguments) + " hangs:\n" + tail(log));
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    String.join(" ", arguments)
                            + " ended with "
                            + process.exitValue()
                            + ":\n"
                            + tail(log));
        }
        return Files.readString(log);
    }

    /** Waits until the service listens and returns its port. */
    int awaitPort(Service service, Duration limit) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (System.nanoTime() < deadline) {
            for (String line : Files.readAllLines(service.log())) {
                Matcher matcher = LISTENING.matcher(line);
                if (line.contains("Listening on") && matcher.find()) {
                    return Integer.parseInt(matcher.group(1));
                }
            }
            if (!service.process().isAlive()) {
                throw new AssertionError(
                        "the service ended by itself with "
                                + service.process().exitValue()
                                + ":\n"
                                + tail(service.log()));
            }
            Thread.sleep(20);
        }
        throw new AssertionError("the service does not start:\n" + tail(service.log()));
    }

    /** SIGKILL, and waits for the end. */
    static void kill(Process process) throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGKILL to the embedded PostgreSQL's first process, as its pid file names it, if it runs. */
    boolean killPostmaster() {
        Optional<ProcessHandle> postmaster = postmaster();
        postmaster.ifPresent(ProcessHandle::destroyForcibly);
        return postmaster.isPresent();
    }

    /** Whether an embedded PostgreSQL runs on the data directory. */
    boolean postmasterRuns() {
        return postmaster().isPresent();
    }

    private Optional<ProcessHandle> postmaster() {
        try {
            List<String> lines =
                    Files.readAllLines(data.resolve("postgres/cluster/postmaster.pid"));
            return lines.isEmpty()
                    ? Optional.empty()
                    : ProcessHandle.of(Long.parseLong(lines.getFirst().trim()))
                            .filter(PackagedProcesses.this::isOurs);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A process whose command line names our data directory: nobody else's does. */
    private boolean isOurs(ProcessHandle process) {
        try {
            Path line = Path.of("/proc", Long.toString(process.pid()), "cmdline");
            return process.pid() != ProcessHandle.current().pid()
                    && Files.readString(line, StandardCharsets.ISO_8859_1)
                            .contains(data.toString());
        } catch (IOException e) {
            return false; // gone already
        }
    }

    private Process start(Path log, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-XX:+UseParallelGC");
        command.addAll(SHORT_LIVED);
        command.add("-Djava.awt.headless=true");
        command.add("-Dprecedent.home=" + home);
        command.add("-Dterminal=false");
        command.add("-XX:SharedArchiveFile=" + home.resolve("target/start.jsa"));
        command.add("-Xlog:disable");
        command.add("-jar");
        command.add(home.resolve("target/quarkus-app/quarkus-run.jar").toString());
        command.addAll(arguments);
        command.addAll(List.of("--data", data.toString()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("DJL_OFFLINE", "true");
        builder.environment().keySet().removeIf(name -> name.startsWith("PRECEDENT_"));
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        builder.redirectOutput(log.toFile());
        Process process = builder.start();
        synchronized (started) {
            started.add(process);
        }
        return process;
    }

    private Path nextLog() throws IOException {
        return Files.createFile(work.resolve("%sprocess-%03d.log".formatted(prefix, logs++)));
    }

    private static String tail(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }

    @Override
    public void close() {
        killAll();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    /** JVMs first, so that none starts another server; then all that works on our directory. */
    private void killAll() {
        synchronized (started) {
            started.forEach(Process::destroyForcibly);
            for (Process process : started) {
                process.onExit().join();
            }
        }
        for (int round = 0; round < 100; round++) {
            List<ProcessHandle> left = ours();
            if (left.isEmpty()) {
                return;
            }
            for (ProcessHandle process : left) {
                // Those do not name the directory, and end when they miss their parent.
                List<ProcessHandle> children = process.children().toList();
                process.destroyForcibly();
                children.forEach(ProcessHandle::destroyForcibly);
            }
            pause();
        }
        throw new IllegalStateException("processes are left: " + ours());
    }

    private List<ProcessHandle> ours() {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(this::isOurs).toList();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
