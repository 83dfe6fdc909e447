package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Mask;
import org.precedent.imaging.format.png.PngWriter;

/**
 * The packaged bulk ingest is killed with SIGKILL and run again: it takes up where it was, and
 * nothing is there twice. How often, and with which seed, {@link CrashIT} says.
 */
class BulkIngestCrashIT {
    private static final Logger LOG = Logger.getLogger(BulkIngestCrashIT.class);
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));
    private static final Duration START = Duration.ofSeconds(180);
    private static final Duration RUN = Duration.ofMinutes(10);
    private static final int ROUNDS = Math.max(2, CrashIT.CRASHES / 4);
    private static final int IMAGES = Math.min(48 * ROUNDS, 192);
    private static final String TASK = "crash";

    @TempDir Path work;

    private final SplittableRandom random = new SplittableRandom(CrashIT.SEED);
    private final CrashExamples examples = new CrashExamples(CrashIT.SEED);
    private PackagedProcesses processes;
    private Kills kills;

    @BeforeEach
    void begin() throws IOException {
        processes = new PackagedProcesses(HOME, work, PackagedProcesses.smallNetworks(work));
        kills = new Kills(processes, random);
    }

    @AfterEach
    void leaveNoProcess() {
        processes.close();
    }

    @Test
    void anInterruptedBulkIngestIsContinuedByRunningItAgain() throws Exception {
        long begun = System.nanoTime();
        Path folder = writeDataset();
        String[] ingest = {
            "ingest", folder.toString(), "--task", TASK, "--patient-regex", "^crash-(\\d+)$"
        };
        int late = 0;
        for (int crash = 0; crash < ROUNDS; crash++) {
            Process process = processes.command(ingest);
            if (crash == 0) {
                // Also the first start, which makes the database, may be interrupted.
                Thread.sleep(500 + random.nextLong(6000));
            } else {
                long step = 1 + random.nextLong(2 * IMAGES / ROUNDS);
                late += awaitBlobs(process, blobs() + step) ? 0 : 1;
                Thread.sleep(random.nextLong(150));
            }
            kills.kill(process, crash % 3 == 2);
            LOG.infof("bulk crash %d at %d blobs", crash + 1, blobs());
        }
        processes.run(RUN, ingest);
        assertThat(processes.run(RUN, ingest))
                .contains(
                        "%d images: 0 new, 0 with new annotations, %d here already, 0 refused"
                                .formatted(IMAGES, IMAGES));
        assertThat(processes.run(RUN, "index", "verify")).contains(" 0 differences");
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < IMAGES; i++) {
            expected.add(examples.number(i).name() + ".png");
        }
        try (CatalogueCheck catalogue = new CatalogueCheck(processes.data())) {
            assertThat(catalogue.sourceNames())
                    .as("seed %d", CrashIT.SEED)
                    .containsExactlyElementsOf(expected);
            assertThat(catalogue.violations()).as("seed %d", CrashIT.SEED).isEmpty();
            Map<String, Set<String>> labels = catalogue.labels();
            for (String name : expected) {
                assertThat(labels.get(name))
                        .containsExactlyInAnyOrderElementsOf(examples.labels(number(name)));
            }
        }
        LOG.infof(
                "seed %d: %d kills of the bulk ingest (and %d after its end), %d of the database with"
                        + " it; %d images, each there once, 0 differences; %d s",
                CrashIT.SEED,
                ROUNDS - late,
                late,
                kills.ofDatabase(),
                IMAGES,
                Duration.ofNanos(System.nanoTime() - begun).toSeconds());
    }

    /** Waits until the blob store holds this many files; false when the process ended before. */
    private boolean awaitBlobs(Process process, long count) throws Exception {
        long deadline = System.nanoTime() + START.toNanos();
        while (blobs() < count) {
            if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
                return false;
            }
            assertThat(System.nanoTime()).as("ingest hangs").isLessThan(deadline);
        }
        return true;
    }

    private long blobs() throws IOException {
        Path blobs = processes.data().resolve("blobs");
        if (!Files.exists(blobs)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(blobs)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private Path writeDataset() throws IOException {
        Path folder = work.resolve("dataset");
        Files.createDirectories(folder.resolve("images"));
        for (int i = 0; i < IMAGES; i++) {
            CrashExamples.Example example = examples.number(i);
            String file = example.name() + ".png";
            Files.write(folder.resolve("images").resolve(file), PngWriter.png(example.image()));
            for (Map.Entry<String, Mask> mask : example.masks().entrySet()) {
                Path masks =
                        Files.createDirectories(folder.resolve("masks").resolve(mask.getKey()));
                Files.write(masks.resolve(file), PngWriter.png(mask.getValue()));
            }
        }
        return folder;
    }

    private static int number(String sourceName) {
        return Integer.parseInt(sourceName.replaceAll("\\D", ""));
    }
}
