package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is deployed in containers. */
class ContainerFilesTest {
    private static final Path DOCKER =
            Path.of(System.getProperty("precedent.home", ".")).resolve("docker");

    /** In a Dockerfile and in YAML. */
    private static final Pattern IMAGE =
            Pattern.compile("(?m)^(?:FROM|\\s*-?\\s*image:)\\s+\"?([^\\s\"]+)");

    /** Of another's registry, not one that is built here. */
    private static final Pattern OURS = Pattern.compile("precedent(:.*)?|\\$\\{.*");

    private static final Pattern PINNED = Pattern.compile("[^@]+:[^@]+@sha256:[0-9a-f]{64}");

    @Test
    void imagesOfOthersAreNamedByTheirDigests() throws IOException {
        List<String> images = new ArrayList<>();
        try (Stream<Path> files = Files.walk(DOCKER)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                IMAGE.matcher(Files.readString(file))
                        .results()
                        .map((MatchResult result) -> result.group(1))
                        .filter(image -> !OURS.matcher(image).matches())
                        .forEach(images::add);
            }
        }
        assertThat(images)
                .hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(image -> assertThat(image).matches(PINNED));
    }
}
