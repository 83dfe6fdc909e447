package org.precedent.tuning;

import io.quarkus.runtime.Shutdown;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.PrecedentConfig;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.adaptation.AdaptationBudget;
import org.precedent.adaptation.AdaptationGate;
import org.precedent.adaptation.AdaptationPool;
import org.precedent.adaptation.PoolAdaptation;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.PoolSettings.Labelled;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.catalog.adaptation.Adaptation.State;
import org.precedent.catalog.adaptation.Adaptations;
import org.precedent.node.NodeDuties;
import org.precedent.query.Inference;
import org.precedent.segmentation.NetworkWeights;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;

/**
 * Works on adaptations, one at a time, in a thread of its own. It trains on one thread of libtorch
 * and lets queries go first before every episode. What it works on may be stopped at any time, by
 * whatever process: it asks the catalogue. The end of a process, however sudden, costs the steps
 * since the last checkpoint; those that follow are the same.
 *
 * <p>Of several processes on a data directory one works, the one that holds {@code
 * DATA/adaptation/lock}; of several nodes the one that leads, which begins anew what another one
 * has checkpoints of.
 */
@ApplicationScoped
class AdaptationWorker {
    private static final Logger LOG = Logger.getLogger(AdaptationWorker.class);

    /** Between two looks at the catalogue while it works, and two reports of progress. */
    private static final Duration LOOK = Duration.ofMillis(500);

    /** Between two looks for work. */
    private static final Duration POLL = Duration.ofSeconds(2);

    /** What a killed process trains in vain, at most. */
    private static final Duration CHECKPOINT = Duration.ofSeconds(20);

    private static final Duration LONGEST_STOP = Duration.ofSeconds(25);

    private final Adaptations adaptations;
    private final AdaptationImages images;
    private final Inference inference;
    private final Torch torch;
    private final NetworkWeights weights;
    private final BlobStore blobs;
    private final AuditTrail audit;
    private final Path data;
    private final Clock clock;
    private final NodeDuties duties;

    private final Semaphore wakeUps = new Semaphore(0);
    private volatile boolean stopping;
    private @Nullable Thread thread;

    AdaptationWorker(
            Adaptations adaptations,
            AdaptationImages images,
            Inference inference,
            Torch torch,
            NetworkWeights weights,
            BlobStore blobs,
            AuditTrail audit,
            PrecedentConfig config,
            Clock clock,
            NodeDuties duties) {
        this.adaptations = adaptations;
        this.images = images;
        this.inference = inference;
        this.torch = torch;
        this.weights = weights;
        this.blobs = blobs;
        this.audit = audit;
        this.data = config.dataDirectory();
        this.clock = clock;
        this.duties = duties;
    }

    /** Works from now on, until the process ends; looks for work at once. */
    synchronized void start() {
        if (thread == null && !stopping) {
            Thread started = Thread.ofPlatform().name("adaptation").daemon().unstarted(this::run);
            started.start();
            thread = started;
        }
        wakeUps.release();
    }

    /** Whether it ends, or has. */
    boolean isStopping() {
        return stopping;
    }

    /** Ends between two steps: within one, libtorch must not lose its threads. */
    @Shutdown
    void close() {
        Thread running;
        synchronized (this) {
            stopping = true;
            running = thread;
        }
        wakeUps.release();
        if (running != null) {
            try {
                running.join(LONGEST_STOP);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        try (FileChannel channel = open()) {
            boolean held = false;
            while (!stopping) {
                boolean worked = false;
                try {
                    if (!held) {
                        held = lock(channel);
                        if (held) {
                            forgetEnded();
                        }
                    }
                    worked = held && duties.leads() && workOnNext();
                } catch (RuntimeException | OutOfMemoryError e) {
                    if (!stopping) {
                        LOG.warnf("adaptations are looked at again: %s", e);
                    }
                }
                if (!worked) {
                    pause();
                }
            }
        } catch (IOException e) {
            LOG.errorf("nothing is adapted: %s", e);
        }
    }

    private FileChannel open() throws IOException {
        Path folder = Files.createDirectories(data.resolve("adaptation"));
        return FileChannel.open(
                folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another one of this process is the same as another process
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void pause() {
        try {
            if (wakeUps.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                wakeUps.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("the worker was interrupted", e); // it ends by close alone
        }
    }

    /** Checkpoints of what ended while nobody worked. */
    private void forgetEnded() {
        Set<String> kept =
                adaptations.unfinished().stream()
                        .map(one -> one.id() + ".checkpoint")
                        .collect(Collectors.toSet());
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(
                        data.resolve("adaptation"), "*.{checkpoint,safetensors,part}")) {
            for (Path file : files) {
                if (!kept.contains(file.getFileName().toString())) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** False where there is nothing to do. */
    private boolean workOnNext() {
        List<Adaptation> waiting =
                adaptations.unfinished().stream()
                        .filter(one -> one.state() != State.PAUSED)
                        .toList();
        // First what was under way when a process ended.
        Optional<Adaptation> next =
                waiting.stream()
                        .filter(one -> one.state() == State.RUNNING)
                        .findFirst()
                        .or(() -> waiting.stream().findFirst());
        next.ifPresent(this::workOn);
        return next.isPresent();
    }

    private void workOn(Adaptation job) {
        List<Labelled> drawn = images.draw(job.poolId(), job.poolVersion(), job.budget().seed());
        String reason = obstacle(job, drawn);
        if (reason != null) {
            adaptations.fail(job.id(), reason, clock.instant());
            forgetEnded();
            return;
        }
        List<Long> annotations = AdaptationImages.annotations(drawn);
        audit.record(Scope.machine(), "adapt", object(job), annotations, "begun");
        if (!adaptations.begin(job.id(), annotations)) {
            return; // it was stopped meanwhile
        }
        LOG.infof(
                "adapting to %s: %d annotations of %d patients",
                object(job), drawn.size(), AdaptationImages.patients(drawn));
        Path file = data.resolve("adaptation").resolve(job.id() + ".safetensors");
        Watch watch = new Watch(job);
        PoolAdaptation.Result result;
        try {
            AdaptationPool pool = images.read(drawn, inference.side());
            result =
                    new PoolAdaptation(torch, job.network(), weights.file(), System::nanoTime)
                            .run(
                                    pool,
                                    AdaptationImages.identity(drawn, inference.side()),
                                    new PoolAdaptation.Settings(
                                            budget(job),
                                            job.budget().seed(),
                                            false,
                                            new PoolAdaptation.Checkpoint(
                                                    Adaptation.checkpoint(data, job.id()),
                                                    CHECKPOINT)),
                                    file,
                                    watch::isStopped,
                                    watch);
        } catch (CancellationException e) {
            LOG.infof("adapting to %s stops: %s", object(job), e.getMessage());
            forgetEnded();
            return;
        } catch (RuntimeException | OutOfMemoryError e) {
            if (stopping) {
                return;
            }
            LOG.errorf(e, "adapting to %s failed", object(job));
            adaptations.fail(job.id(), words(e), clock.instant());
            forgetEnded();
            return;
        }
        finish(job, result, annotations);
    }

    /** Why it cannot be worked on; null where it can. */
    private @Nullable String obstacle(Adaptation job, List<Labelled> drawn) {
        String network = inference.network().name();
        String base = inference.network().weightsSha256();
        if (!job.network().equals(network) || !job.baseWeightsSha256().equals(base)) {
            return "it was to start from %s %s, but %s %s is loaded now"
                    .formatted(job.network(), job.baseWeightsSha256(), network, base);
        }
        try {
            PoolAdaptation.requireAdaptable(network);
            PoolAdaptation.requirePatients(AdaptationImages.patients(drawn));
            if (!StateDict.sha256(weights.file()).equals(base)) {
                return "the file of the network's weights is another one than at the start of the"
                        + " service: start it again";
            }
            return null;
        } catch (DomainException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static AdaptationBudget budget(Adaptation job) {
        Integer steps = job.budget().steps();
        Double seconds = job.budget().seconds();
        return steps != null || seconds == null
                ? new AdaptationBudget(steps, null)
                : AdaptationBudget.ofTime(Duration.ofNanos(Math.round(1e9 * seconds)));
    }

    private void finish(Adaptation job, PoolAdaptation.Result result, List<Long> annotations) {
        AdaptationGate gate = result.gate();
        try {
            String sha256 = gate.open() ? blobs.put(Files.readAllBytes(result.weights())) : null;
            boolean finished =
                    adaptations.finish(
                            job.id(),
                            new Adaptation.Progress("done", 1, result.steps(), result.seconds()),
                            new Adaptation.Gate(
                                    gate.open(),
                                    gate.gain(),
                                    gate.gainWithoutBest(),
                                    gate.patients(),
                                    gate.before(),
                                    gate.after(),
                                    gate.reason()),
                            sha256,
                            clock.instant());
            if (finished) {
                audit.record(
                        Scope.machine(),
                        "adapt",
                        object(job),
                        annotations,
                        gate.open() ? "done, gate open" : "done, gate closed: " + gate.reason());
                LOG.infof("adapted to %s: %s", object(job), gate);
            } else if (sha256 != null
                    && adaptations
                            .ofWeights(job.network(), sha256)
                            .filter(one -> one.state() == State.DONE)
                            .isEmpty()) {
                blobs.delete(sha256); // nothing that was erased meanwhile stays in them
            }
            Files.deleteIfExists(result.weights());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        forgetEnded();
    }

    private static String object(Adaptation job) {
        return "%s/%s %s".formatted(job.task(), job.pool(), job.id());
    }

    private static String words(Throwable e) {
        return switch (e) {
            case DomainException refusal -> String.valueOf(refusal.getMessage());
            case OutOfMemoryError shortage -> "there was not enough memory";
            case IllegalArgumentException unfit ->
                    "no image of the pool has a support of another patient";
            default -> "a fault; the log of the service has its cause";
        };
    }

    /** What is told of one adaptation's work, and whether it goes on. */
    private final class Watch implements PoolAdaptation.Observer {
        private final Adaptation job;
        private long looked = System.nanoTime();
        private boolean stopped;

        Watch(Adaptation job) {
            this.job = job;
        }

        boolean isStopped() {
            return stopped || stopping || !duties.leads();
        }

        @Override
        public void resumed(int step) {
            LOG.infof("adapting to %s goes on from step %d", object(job), step);
        }

        /** Queries go first, for a while. */
        @Override
        public void before() {
            inference.letQueriesGoFirst(() -> stopping);
        }

        @Override
        public void progress(String phase, double done, int steps, double seconds) {
            long now = System.nanoTime();
            if (now - looked < LOOK.toNanos()) {
                return;
            }
            looked = now;
            try {
                adaptations.progress(
                        job.id(), new Adaptation.Progress(phase, done, steps, seconds));
                stopped =
                        adaptations
                                .find(job.id())
                                .filter(one -> one.state() == State.RUNNING)
                                .isEmpty();
            } catch (RuntimeException e) {
                // The database may be away for a while: training does not need it.
                LOG.debugf(e, "no progress of %s is kept", object(job));
            }
        }
    }
}
