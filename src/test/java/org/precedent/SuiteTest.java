package org.precedent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the suite is run: what the build's lists say is what is there. */
class SuiteTest {
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));

    @TempDir Path folder;

    private List<String> said = List.of();

    /** One that is not listed would start the application anew in the JVMs of the unit tests. */
    @Test
    void theTestsThatStartTheApplicationAreListed() throws IOException {
        Path sources = HOME.resolve("src/test/java");
        List<String> starting = new ArrayList<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
                if (Files.readAllLines(file).contains("@QuarkusTest")) {
                    starting.add(sources.relativize(file).toString());
                }
            }
        }
        List<String> listed =
                Files.readAllLines(HOME.resolve("src/test/service-tests.txt")).stream()
                        .filter(line -> !line.startsWith("#"))
                        .toList();
        assertThat(listed).containsExactlyInAnyOrderElementsOf(starting);
    }

    /** Maven's calls, with a Maven that only writes them down. */
    @Test
    void whatFailsFailsTheSuiteAndKeepsNothingElseFromBeingRun() throws Exception {
        assertThat(suite("nothing")).isZero();
        assertThat(said).hasSize(4);
        assertThat(said.getFirst()).isEqualTo("maven -DskipTests package");
        assertThat(said.subList(1, 3))
                .containsExactlyInAnyOrder(
                        "maven surefire:test@service-tests",
                        "maven surefire:test@default-test -Dunit-tests.forks=1");
        assertThat(said.getLast()).isEqualTo("maven failsafe:integration-test failsafe:verify");
        for (String one : List.of("service-tests", "default-test", "failsafe")) {
            assertThat(suite(one)).as(one).isEqualTo(1);
            assertThat(said).as(one).hasSize(4);
        }
        assertThat(suite("package")).as("nothing is tested that cannot be built").isEqualTo(1);
        assertThat(said).hasSize(1);
    }

    /** The status of dev/suite where one of Maven's calls fails. */
    private int suite(String failing) throws Exception {
        Path tree = folder.resolve(failing);
        Path copy = tree.resolve("dev/suite");
        Files.createDirectories(copy.getParent());
        Files.copy(HOME.resolve("dev/suite"), copy, StandardCopyOption.COPY_ATTRIBUTES);
        Path launcher = tree.resolve("precedent");
        Files.writeString(
                launcher,
                """
                #!/bin/bash
                echo "$*" >>said.txt
                [[ "$*" != *%s* ]]
                """
                        .formatted(failing));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        Process process =
                new ProcessBuilder("bash", copy.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(tree.resolve("output.txt").toFile())
                        .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        said = Files.readAllLines(tree.resolve("said.txt"));
        return process.exitValue();
    }
}
