package org.precedent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How the suite is run: what the build's lists say is what is there. */
class SuiteTest {
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));

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
}
