package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
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
 * What was acknowledged survives: the packaged service and the packaged bulk ingest are killed with
 * SIGKILL again and again, every third time together with the embedded PostgreSQL, and then the
 * catalogue and the index are held against what was acknowledged.
 *
 * <p>The suite kills the service 4 times. The measured run, 50 times (and the bulk ingest 12
 * times):
 *
 * <pre>./precedent test -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dit.test=CrashIT -Dprecedent.crashes=50</pre>
 *
 * <p>Another seed: {@code -Dprecedent.seed=7}. Kills come at any time: while the process starts
 * (every fourth), while it serves. A SIGKILL leaves the machine's page cache alone, so this shows
 * the order of writes and the recovery, not what a power cut does to a disk.
 */
class CrashIT {
    private static final Logger LOG = Logger.getLogger(CrashIT.class);
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));
    private static final int CRASHES = Integer.getInteger("precedent.crashes", 4);
    private static final long SEED = Long.getLong("precedent.seed", 1);
    private static final Duration START = Duration.ofSeconds(180);
    private static final Duration RUN = Duration.ofMinutes(10);
    private static final int BULK_IMAGES = 192;
    private static final String TASK = "crash";

    @TempDir Path work;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final CrashExamples examples = new CrashExamples(SEED);
    private PackagedProcesses processes;
    private int databaseKills;

    @BeforeEach
    void begin() {
        LOG.infof("seed %d, %d crashes, in %s", SEED, CRASHES, work);
        processes = new PackagedProcesses(HOME, work);
    }

    @AfterEach
    void leaveNoProcess() {
        processes.close();
    }

    @Test
    void acknowledgedUploadsSurviveKills() throws Exception {
        long begun = System.nanoTime();
        CrashClients clients = new CrashClients(examples, TASK);
        long startMillis = 10_000;
        for (int crash = 0; crash < CRASHES; crash++) {
            boolean database = crash % 3 == 2;
            boolean whileStarting = crash % 4 == 2;
            PackagedProcesses.Service service = processes.serve();
            if (whileStarting) {
                Thread.sleep(random.nextLong(startMillis));
            } else {
                long start = System.nanoTime();
                int port = processes.awaitPort(service, START);
                startMillis = Duration.ofNanos(System.nanoTime() - start).toMillis();
                if (crash == 0) {
                    clients.defineTask(port);
                }
                int before = clients.acknowledged().size();
                clients.start(port);
                clients.awaitAnswer(before);
                Thread.sleep(random.nextLong(4000));
            }
            kill(service.process(), database);
            clients.stop(database);
            LOG.infof(
                    "crash %d%s%s: %d annotations acknowledged, start took %d ms",
                    crash + 1,
                    whileStarting ? " while starting" : "",
                    database ? " with the database" : "",
                    clients.acknowledged().size(),
                    startMillis);
        }
        assertThat(clients.unexpected()).as("seed %d", SEED).isEmpty();

        // The next process after the last kill is the verifier: it has to recover all by itself.
        String verified = processes.run(RUN, "index", "verify");
        assertThat(verified).contains(" 0 differences");
        assertThat(processes.postmasterRuns()).as("the last user stops the server").isFalse();
        List<CrashClients.Acknowledged> promises = clients.acknowledged();
        Set<Integer> images = new HashSet<>();
        promises.forEach(promise -> images.add(promise.number()));
        assertThat(images).as("something was acknowledged").isNotEmpty();
        try (CatalogueCheck catalogue = new CatalogueCheck(processes.data())) {
            List<String> stored = catalogue.sourceNames();
            LOG.infof(
                    "seed %d: %d kills of the service, %d of the database with it; %d images with"
                            + " %d annotations acknowledged, %d requests unanswered, %d images sent,"
                            + " %d stored; %d acknowledged images missing, %d annotations missing or"
                            + " doubled, %d rules broken, 0 differences; %d s",
                    SEED,
                    CRASHES,
                    databaseKills,
                    images.size(),
                    new HashSet<>(promises).size(),
                    clients.unanswered(),
                    clients.sent(),
                    stored.size(),
                    catalogue.missingImages(promises).size(),
                    catalogue.broken(promises).size(),
                    catalogue.violations().size(),
                    Duration.ofNanos(System.nanoTime() - begun).toSeconds());
            assertThat(catalogue.missingImages(promises)).as("seed %d", SEED).isEmpty();
            assertThat(catalogue.broken(promises)).as("seed %d", SEED).isEmpty();
            assertThat(catalogue.violations()).as("seed %d", SEED).isEmpty();
            Map<String, Set<String>> labels = new LinkedHashMap<>();
            for (String name : stored) {
                labels.put(name, Set.copyOf(examples.labels(number(name))));
            }
            assertThat(catalogue.labels())
                    .as("an image is there with all of its annotations, seed %d", SEED)
                    .isEqualTo(labels);
        }
    }

    @Test
    void anInterruptedBulkIngestIsContinuedByRunningItAgain() throws Exception {
        long begun = System.nanoTime();
        Path folder = writeDataset();
        String[] ingest = {
            "ingest", folder.toString(), "--task", TASK, "--patient-regex", "^crash-(\\d+)$"
        };
        int kills = Math.max(2, CRASHES / 4);
        int late = 0;
        for (int crash = 0; crash < kills; crash++) {
            Process process = processes.command(ingest);
            if (crash == 0) {
                // Also the first start, which makes the database, may be interrupted.
                Thread.sleep(500 + random.nextLong(6000));
            } else {
                long step = 1 + random.nextLong(2 * BULK_IMAGES / kills);
                late += awaitBlobs(process, blobs() + step) ? 0 : 1;
                Thread.sleep(random.nextLong(150));
            }
            kill(process, crash % 3 == 2);
            LOG.infof("bulk crash %d at %d blobs", crash + 1, blobs());
        }
        processes.run(RUN, ingest);
        assertThat(processes.run(RUN, ingest))
                .contains(
                        "%d images: 0 new, 0 with new annotations, %d here already, 0 refused"
                                .formatted(BULK_IMAGES, BULK_IMAGES));
        assertThat(processes.run(RUN, "index", "verify")).contains(" 0 differences");
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < BULK_IMAGES; i++) {
            expected.add(examples.number(i).name() + ".png");
        }
        try (CatalogueCheck catalogue = new CatalogueCheck(processes.data())) {
            assertThat(catalogue.sourceNames())
                    .as("seed %d", SEED)
                    .containsExactlyElementsOf(expected);
            assertThat(catalogue.violations()).as("seed %d", SEED).isEmpty();
            Map<String, Set<String>> labels = catalogue.labels();
            for (String name : expected) {
                assertThat(labels.get(name))
                        .containsExactlyInAnyOrderElementsOf(examples.labels(number(name)));
            }
        }
        LOG.infof(
                "seed %d: %d kills of the bulk ingest (and %d after its end), %d of the database with"
                        + " it; %d images, each there once, 0 differences; %d s",
                SEED,
                kills - late,
                late,
                databaseKills,
                BULK_IMAGES,
                Duration.ofNanos(System.nanoTime() - begun).toSeconds());
    }

    /** SIGKILL; the database, if it is to be killed too, a moment earlier or later. */
    private void kill(Process process, boolean database) throws InterruptedException {
        boolean databaseFirst = random.nextBoolean();
        long gap = random.nextLong(30);
        if (database && databaseFirst) {
            databaseKills += processes.killPostmaster() ? 1 : 0;
            Thread.sleep(gap);
        }
        PackagedProcesses.kill(process);
        if (database && !databaseFirst) {
            databaseKills += processes.killPostmaster() ? 1 : 0;
        }
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
        for (int i = 0; i < BULK_IMAGES; i++) {
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
