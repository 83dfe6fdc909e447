package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was acknowledged survives: the packaged service is killed with SIGKILL again and again,
 * every third time together with the embedded PostgreSQL, and then the catalogue and the index are
 * held against what was acknowledged. {@link BulkIngestCrashIT} does the same to the bulk ingest.
 *
 * <p>The suite kills the service 3 times, once in each way. The measured run, 50 times (and the
 * bulk ingest 12 times):
 *
 * <pre>./precedent test -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dit.test=CrashIT,BulkIngestCrashIT -Dprecedent.crashes=50</pre>
 *
 * <p>Another seed: {@code -Dprecedent.seed=7}. Kills come at any time: while the process starts
 * (every fourth), while it serves. A SIGKILL leaves the machine's page cache alone, so this shows
 * the order of writes and the recovery, not what a power cut does to a disk.
 */
class CrashIT {
    private static final Logger LOG = Logger.getLogger(CrashIT.class);
    private static final Path HOME = Path.of(System.getProperty("precedent.home", "."));
    static final int CRASHES = Integer.getInteger("precedent.crashes", 3);
    static final long SEED = Long.getLong("precedent.seed", 1);
    private static final Duration START = Duration.ofSeconds(180);
    private static final Duration RUN = Duration.ofMinutes(10);
    private static final String TASK = "crash";

    @TempDir Path work;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final CrashExamples examples = new CrashExamples(SEED);
    private PackagedProcesses processes;
    private Kills kills;

    @BeforeEach
    void begin() throws IOException {
        LOG.infof("seed %d, %d crashes, in %s", SEED, CRASHES, work);
        processes = new PackagedProcesses(HOME, work, PackagedProcesses.smallNetworks(work));
        kills = new Kills(processes, random);
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
            kills.kill(service.process(), database);
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
                    kills.ofDatabase(),
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

    private static int number(String sourceName) {
        return Integer.parseInt(sourceName.replaceAll("\\D", ""));
    }
}
