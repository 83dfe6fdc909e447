package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The launcher itself, in a tree of its own: its sources are the project's, its JDK and its Maven
 * are scripts that write down how they were called.
 */
class LauncherTest {
    private static final Path HOME =
            Path.of(System.getProperty("precedent.home", ".")).toAbsolutePath().normalize();

    /** As the JVM: warns on descriptor 2 first; as our Java: speaks on the one that it is given. */
    private static final String JAVA =
            """
            #!/bin/bash
            errors=2
            for word in "$@"; do case "$word" in -Dlauncher.stderr=*) errors=${word#*=} ;; esac; done
            echo 'WARNING: Using incubator modules: jdk.incubator.vector' >&2
            echo "java $*"
            echo 'first words of the command' >&"$errors"
            echo 'a word of the JVM' >&2
            [ -z "${FAKE_SLEEP:-}" ] || exec sleep "$FAKE_SLEEP"
            case "$*" in *cli.Beside*) exit "${FAKE_BESIDE:-75}" ;; esac
            exit "${FAKE_STATUS:-0}"
            """;

    /** Builds what the launcher looks for. */
    private static final String MAVEN =
            """
            #!/bin/sh
            set -eu
            echo "home $HOME" > target/maven.txt
            echo "maven $*" >> target/maven.txt
            echo "java $JAVA_HOME" >> target/maven.txt
            [ -z "${FAKE_BUILD_FAILS:-}" ] || { echo 'src/main: no such symbol'; exit 1; }
            sleep "${FAKE_BUILD_SECONDS:-0}"
            mkdir -p target/quarkus-app
            echo built > target/quarkus-app/quarkus-run.jar
            [ -z "${FAKE_BUILT_AT:-}" ] || touch -d "$FAKE_BUILT_AT" target/quarkus-app/quarkus-run.jar
            """;

    @TempDir Path folder;

    private Path tree;
    private Path jdk;
    private Path jar;

    private record Run(int status, String out, String err, Duration time) {}

    @BeforeEach
    void makeTree() throws IOException {
        tree = folder.resolve("precedent tree"); // a blank, as in somebody's home
        jdk = folder.resolve("jdk");
        jar = tree.resolve("target/quarkus-app/quarkus-run.jar");
        copy(HOME.resolve("precedent"), tree.resolve("precedent"));
        try (Stream<Path> sources = Files.walk(HOME.resolve("src/main/java/org/precedent/cli"))) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                copy(source, tree.resolve(HOME.relativize(source).toString()));
            }
        }
        Files.createDirectories(tree.resolve("migrations"));
        Files.writeString(tree.resolve("pom.xml"), "<project/>");
        script(tree.resolve("mvnw"), MAVEN);
        script(jdk.resolve("bin/java"), JAVA);
        script(jdk.resolve("bin/javac"), "#!/bin/sh\nexit 1\n");
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"25.0.3\"\n");
    }

    @Test
    void standardErrorBeginsWithTheCommandsOwnWords() throws Exception {
        built();
        Run run = run(Map.of(), "model", "list");

        assertThat(run.err()).startsWith("first words of the command\n");
        assertThat(run.err()).contains("a word of the JVM").doesNotContain("incubator");
        assertThat(run.out()).contains("-jar " + jar + " model list");
    }

    @Test
    void anArchiveOfClassesIsUsedWhereThereIsOneAndABuildLeavesItFitting() throws Exception {
        built();
        assertThat(run(Map.of(), "serve").out()).doesNotContain("SharedArchiveFile");
        Path archive = tree.resolve("target/start.jsa");
        Files.writeString(archive, "classes");
        assertThat(run(Map.of(), "serve").out())
                .contains("-XX:SharedArchiveFile=" + archive)
                .contains("-Xlog:aot*=off:stderr");
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"21\"\n");
        assertThat(run(Map.of(), "serve").out())
                .contains("-XX:SharedArchiveFile=" + archive)
                .as("a word that 21 does not know")
                .doesNotContain("aot");

        // An archive holds the times of its jars: one that is touched later does not fit.
        makeStale();
        FileTime made = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
        Files.setLastModifiedTime(archive, made);
        Files.setLastModifiedTime(tree.resolve("pom.xml"), made);
        assertThat(run(Map.of("FAKE_BUILT_AT", "2026-01-02"), "--version").status()).isZero();
        assertThat(Files.getLastModifiedTime(jar).toInstant())
                .isBefore(Instant.parse("2026-01-04T00:00:00Z"));
    }

    @Test
    void statusAndWordsPassThroughAndNoVersionOfJavaGetsAFlagThatItDoesNotKnow() throws Exception {
        built();
        Run run = run(Map.of("FAKE_STATUS", "7"), "segment", "a b.png", "--task", "t");
        assertThat(run.status()).isEqualTo(7);
        assertThat(run.out()).contains("segment a b.png --task t");
        assertThat(run.out()).contains("--sun-misc-unsafe-memory-access=allow");

        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"21\"\n");
        assertThat(run(Map.of(), "serve").out()).doesNotContain("--sun-misc-unsafe");
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        Run old = run(Map.of("PATH", "/usr/bin:/bin"), "serve");
        assertThat(old.out()).doesNotContain(jdk.toString());
    }

    @Test
    void theDevelopersScriptsBuildWithTheJdkThatTheLauncherFinds() throws Exception {
        Path old = folder.resolve("old");
        script(old.resolve("bin/javac"), "#!/bin/sh\nexit 1\n");
        script(old.resolve("bin/java"), JAVA);
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        for (String name : List.of("format", "check")) {
            copy(HOME.resolve("dev/" + name), tree.resolve("dev/" + name));
            Map<String, String> environment =
                    Map.of("JAVA_HOME", old.toString(), "PRECEDENT_JAVA_HOME", jdk.toString());
            Files.createDirectories(tree.resolve("target"));
            Process process =
                    builder(environment, List.of("bash", tree.resolve("dev/" + name).toString()))
                            .start();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(name).isZero();
            assertThat(maven()).as(name).endsWith("java " + jdk + "\n");
        }
        assertThat(maven()).contains("ArchitectureTest");
    }

    @Test
    void besideAServiceTheShortWayIsTriedFirst() throws Exception {
        built();
        Path data = Files.createDirectories(folder.resolve("the data"));
        String[] retrieve = {"retrieve", "q.png", "--task", "t", "--data", data.toString()};
        assertThat(run(Map.of(), retrieve).out()).doesNotContain("Beside").contains("-jar " + jar);

        Files.writeString(data.resolve("service.json"), "{}");
        Run answered = run(Map.of("FAKE_BESIDE", "3"), retrieve);
        assertThat(answered.status()).isEqualTo(3);
        assertThat(answered.out())
                .contains("org.precedent.cli.Beside " + String.join(" ", retrieve))
                .doesNotContain("-jar");
        Run notAnswered = run(Map.of("FAKE_BESIDE", "75", "FAKE_STATUS", "4"), retrieve);
        assertThat(notAnswered.status()).isEqualTo(4);
        assertThat(notAnswered.out()).contains("-jar " + jar + " retrieve q.png");

        // Not for commands that no service answers, nor with flags that would have to fit.
        assertThat(run(Map.of("PRECEDENT_DATA", data.toString()), "serve").out())
                .doesNotContain("Beside");
        assertThat(run(Map.of("PRECEDENT_JAVA_OPTS", "-Xmx1g"), retrieve).out())
                .doesNotContain("Beside");
        assertThat(
                        run(
                                        Map.of("PRECEDENT_DATA", data.toString()),
                                        "segment",
                                        "q.png",
                                        "--task",
                                        "t")
                                .out())
                .contains("Beside segment q.png");
    }

    @Test
    void aSignalReachesTheShortWay() throws Exception {
        built();
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("service.json"), "{}");
        Process process =
                start(Map.of("FAKE_SLEEP", "60"), "retrieve", "q.png", "--data", data.toString());
        Path out = folder.resolve("out.txt");
        while (!Files.readString(out).contains("java ")) {
            Thread.sleep(20);
        }
        process.destroy(); // SIGTERM
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(128 + 15);
    }

    @Test
    void aSignalReachesTheProcessThatRuns() throws Exception {
        built();
        Process process = start(Map.of("FAKE_SLEEP", "60"), "serve");
        Path out = folder.resolve("out.txt");
        while (!Files.readString(out).contains("java ")) {
            Thread.sleep(20);
        }
        process.destroy(); // SIGTERM
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(128 + 15);
    }

    @Test
    void runsWithoutHomeAndWithoutStandardError() throws Exception {
        built();
        Run run = run(Map.of(), "--version");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).contains("--version");

        Process closed =
                builder(Map.of(), List.of("bash", "-c", "exec \"$0\" --version 2>&-", launcher()))
                        .start();
        assertThat(closed.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(closed.exitValue()).isZero();
    }

    @Test
    void buildsWithoutHome() throws Exception {
        Run run = run(Map.of(), "--version");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(maven()).startsWith("home /");
        assertThat(run.err()).startsWith("precedent: building");
    }

    @Test
    void aBuiltTreeIsNotWrittenTo() throws Exception {
        built();
        Map<String, FileTime> before = times();
        assertThat(run(Map.of(), "--version").status()).isZero();
        assertThat(times()).isEqualTo(before);
    }

    @Test
    void anotherUserRunsABuiltTreeAndIsToldWhereItCannotBeRenewed() throws Exception {
        assumeThat(Files.isExecutable(Path.of("/usr/bin/setpriv")) && isRoot())
                .as("skipped: only root can become another user")
                .isTrue();
        built();
        open(folder);
        List<String> nobody =
                List.of(
                        "setpriv",
                        "--reuid=65534",
                        "--regid=65534",
                        "--clear-groups",
                        launcher(),
                        "model",
                        "list");
        Run run = run(builder(Map.of(), nobody));
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).startsWith("first words of the command");

        Files.writeString(tree.resolve("pom.xml"), "<project>newer</project>");
        Run stale = run(builder(Map.of(), nobody));
        assertThat(stale.status()).as(stale.err()).isZero();
        assertThat(stale.err().lines().findFirst().orElseThrow())
                .contains("newer than its build")
                .contains("running it as it is");

        Files.delete(jar);
        Run unbuilt = run(builder(Map.of(), nobody));
        assertThat(unbuilt.status()).isEqualTo(1);
        assertThat(unbuilt.err()).contains("is not built").contains("as its owner");
        assertThat(tree.resolve("target/maven.txt")).doesNotExist();
    }

    @Test
    void whatOccursNowhereInTheSourcesIsRefusedBeforeABuild() throws Exception {
        Run command = run(Map.of(), "segmentt", "x.png");
        assertThat(command.status()).isEqualTo(2);
        assertThat(command.err().lines().toList().getLast()).contains("no command 'segmentt'");
        Run option = run(Map.of(), "segment", "x.png", "--tsk=wbc");
        assertThat(option.status()).isEqualTo(2);
        assertThat(option.err().lines().toList().getLast()).contains("no option '--tsk'");
        assertThat(tree.resolve("target/maven.txt")).doesNotExist();
        // Two seconds are the promise; the rest is for a machine that does other things.
        assertThat(command.time()).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void everyOptionOfEveryCommandIsLetThroughToABuild() throws Exception {
        Set<String> words = new TreeSet<>();
        List<String> commands = new ArrayList<>();
        Main.commandLine()
                .getSubcommands()
                .forEach((name, command) -> {
                    commands.add(name);
                    collect(command, words);
                });
        assertThat(words).contains("--task", "--influence", "--port", "--case");
        // Options are looked for whatever the command is: once with all of them, then the commands.
        List<String> line = new ArrayList<>(List.of(commands.getFirst()));
        line.addAll(words);
        requireLetThrough(line);
        for (String command : commands) {
            requireLetThrough(List.of(command));
        }
    }

    private void requireLetThrough(List<String> line) throws Exception {
        Files.deleteIfExists(jar);
        Run run = run(Map.of(), line.toArray(String[]::new));
        assertThat(run.status()).as(line + ": " + run.err()).isZero();
    }

    private static void collect(CommandLine command, Set<String> words) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            words.addAll(List.of(option.names()));
        }
        command.getSubcommands().values().forEach(sub -> collect(sub, words));
    }

    @Test
    void aBuildForCudaIsRenewedForCuda() throws Exception {
        built();
        Path lib = Files.createDirectories(jar.resolveSibling("lib/main"));
        Path cpu = lib.resolve("ai.djl.pytorch.pytorch-native-cpu-2.7.1-linux-x86_64.jar");
        Files.writeString(cpu, "");
        Files.writeString(tree.resolve("pom.xml"), "<project>newer</project>");
        assertThat(run(Map.of(), "--version").status()).isZero();
        assertThat(maven()).doesNotContain("cuda").contains("package");

        Files.move(cpu, lib.resolve("ai.djl.pytorch.pytorch-native-cu128-2.7.1-linux-x86_64.jar"));
        makeStale();
        assertThat(run(Map.of(), "--version").status()).isZero();
        assertThat(maven()).contains(" -Pcuda ").contains("package");
        assertThat(run(Map.of(), "test", "-Dtest=X").status()).isZero();
        assertThat(maven()).contains(" -Pcuda verify -Dtest=X");
    }

    @Test
    void aBuildShowsThatItGoesOnAndHowLongByTheLastOne() throws Exception {
        built();
        Files.writeString(tree.resolve("target/build.seconds"), "100\n");
        makeStale();
        Run run = run(Map.of("FAKE_BUILD_SECONDS", "17"), "--version");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err().lines().toList())
                .anyMatch(line -> line.matches("precedent: building, 15 s, about 85 s left"));
        assertThat(Files.readString(tree.resolve("target/build.seconds")).trim())
                .matches("1[6-9]|[2-9][0-9]");
    }

    @Test
    void aBuildThatFailsSaysWhyAndRunsNothing() throws Exception {
        Run run = run(Map.of("FAKE_BUILD_FAILS", "1"), "--version");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("no such symbol").contains("build.log");
        assertThat(run.out()).isEmpty();
    }

    private void built() throws IOException {
        Files.createDirectories(jar.getParent());
        Files.writeString(jar, "built");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(1)));
        // The sources are older.
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.filter(f -> !f.equals(jar)).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
            }
        }
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(30)));
    }

    private void makeStale() throws IOException {
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(3600)));
    }

    private String maven() throws IOException {
        return Files.readString(tree.resolve("target/maven.txt"));
    }

    private Map<String, FileTime> times() throws IOException {
        Map<String, FileTime> times = new TreeMap<>();
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.toList()) {
                times.put(file.toString(), Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    /** Lets every user read the tree, which a temporary folder does not. */
    private static void open(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                boolean all = Files.isDirectory(file) || Files.isExecutable(file);
                Files.setPosixFilePermissions(
                        file, PosixFilePermissions.fromString(all ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private String launcher() {
        return tree.resolve("precedent").toString();
    }

    private Run run(Map<String, String> environment, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher()));
        command.addAll(List.of(words));
        return run(builder(environment, command));
    }

    private Run run(ProcessBuilder builder) throws Exception {
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        long begun = System.nanoTime();
        Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(builder.command() + " hangs:\n" + Files.readString(err));
        }
        Duration time = Duration.ofNanos(System.nanoTime() - begun);
        // What the JVM and native libraries write comes through the filter, which may end later.
        for (int i = 0; i < 100 && !Files.readString(err).contains("word of the JVM"); i++) {
            if (!Files.readString(out).contains("java ")) {
                break;
            }
            Thread.sleep(20);
        }
        return new Run(process.exitValue(), Files.readString(out), Files.readString(err), time);
    }

    private Process start(Map<String, String> environment, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher()));
        command.addAll(List.of(words));
        return builder(environment, command)
                .redirectOutput(folder.resolve("out.txt").toFile())
                .redirectError(folder.resolve("err.txt").toFile())
                .start();
    }

    /** Nothing of our own environment, HOME least of all. */
    private ProcessBuilder builder(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.environment().put("PRECEDENT_JAVA_HOME", jdk.toString());
        builder.environment().putAll(environment);
        return builder;
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to);
    }
}
