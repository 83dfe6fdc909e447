package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.phantom.Phantoms;

/** The main job in the packaged application, with its own class loaders: what a newcomer runs. */
class DemoIT {
    @TempDir Path work;

    @Test
    void theDemoSegmentsEveryOrganBetterFromRetrievedSupportsThanFromTheirMeanMask()
            throws Exception {
        try (PackagedProcesses processes =
                new PackagedProcesses(Path.of(System.getProperty("precedent.home", ".")), work)) {
            String output =
                    processes.run(Duration.ofMinutes(5), "demo", "--once", "--queries", "6");
            for (String label : Phantoms.LABELS) {
                List<String> row =
                        output.lines()
                                .filter(line -> line.startsWith(label + " "))
                                .map(line -> line.replace("|", " ").trim().split("\\s+"))
                                .map(Arrays::asList)
                                .findFirst()
                                .orElseThrow(
                                        () -> new AssertionError("no " + label + ": " + output));
                // label, n, retrieved, random, mean mask, nearest mask, grey level
                assertThat(Double.parseDouble(row.get(2)))
                        .as(output)
                        .isGreaterThan(Double.parseDouble(row.get(4)));
            }
            assertThat(output).contains("segment").contains("retrieve");
        }
    }
}
