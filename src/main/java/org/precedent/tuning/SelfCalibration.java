package org.precedent.tuning;

import io.quarkus.runtime.Shutdown;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.PoolSettings.Annotated;
import org.precedent.catalog.Task;
import org.precedent.confidence.Evidence;
import org.precedent.network.SegmentationNetwork;
import org.precedent.node.NodeDuties;
import org.precedent.projection.ImageSpaces;
import org.precedent.query.ErasedMeanwhile;
import org.precedent.query.Inference;
import org.precedent.query.Query;
import org.precedent.segmentation.CloseUpGate;

/**
 * Calibrates pools by itself while the service runs: a label of a pool when annotations of {@link
 * #PATIENTS} patients show it, again when it has grown by a quarter, and when other weights answer.
 * Queries go first. Until it has been there, answers say that they are uncalibrated.
 */
@ApplicationScoped
class SelfCalibration {
    private static final Logger LOG = Logger.getLogger(SelfCalibration.class);

    /** Patients that a label needs. */
    static final int PATIENTS = 12;

    private static final double GROWN = 1.25;

    private static final Duration LONGEST_STOP = Duration.ofSeconds(10);

    private final Catalog catalog;
    private final PoolSettings settings;
    private final Calibration calibration;
    private final Inference inference;
    private final Outbox outbox;
    private final ImageSpaces spaces;
    private final AuditTrail audit;
    private final TuningConfig config;
    private final NodeDuties duties;

    /** What a pool was at the last look, by its id. */
    private final Map<Integer, Seen> seen = new HashMap<>();

    /** Of labels that could not be calibrated: how many annotations they had then. */
    private final Map<List<Object>, Integer> inVain = new HashMap<>();

    private final CountDownLatch stopping = new CountDownLatch(1);
    private @Nullable Thread thread;

    /**
     * @param change the last one of anything in the pool: reviews make no version
     * @param done whether all that was due for it has been done
     */
    private record Seen(int version, long change, String weights, boolean done) {}

    SelfCalibration(
            Catalog catalog,
            PoolSettings settings,
            Calibration calibration,
            Inference inference,
            Outbox outbox,
            ImageSpaces spaces,
            AuditTrail audit,
            TuningConfig config,
            NodeDuties duties) {
        this.catalog = catalog;
        this.settings = settings;
        this.calibration = calibration;
        this.inference = inference;
        this.outbox = outbox;
        this.spaces = spaces;
        this.audit = audit;
        this.config = config;
        this.duties = duties;
    }

    void start(@Observes StartupEvent event) {
        // Commands are too short for this, and leave it to the service.
        boolean serves =
                ConfigProvider.getConfig()
                        .getOptionalValue("quarkus.http.host-enabled", Boolean.class)
                        .orElse(true);
        if (serves && config.calibrate()) {
            thread = Thread.ofPlatform().name("self-calibration").daemon().start(this::run);
        }
    }

    @Shutdown
    void close() {
        stopping.countDown();
        if (thread != null) {
            try {
                thread.join(LONGEST_STOP);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        try {
            while (!stopping.await(config.look().toMillis(), TimeUnit.MILLISECONDS)) {
                if (!duties.leads()) {
                    continue;
                }
                try {
                    catalog.tasks(Scope.machine()).forEach(this::look);
                } catch (RuntimeException | OutOfMemoryError e) {
                    if (!isStopping()) {
                        LOG.warnf("pools are looked at again for calibration: %s", e);
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the worker was interrupted", e); // it ends by close alone
        }
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /** Calibrates what is due in pools of a task that are as they were at the last look. */
    void look(Task task) {
        for (Pool pool : catalog.pools(Scope.machine(), task)) {
            if (pool.version() > 0 && !isStopping()) {
                look(task, pool);
            }
        }
    }

    private void look(Task task, Pool pool) {
        SegmentationNetwork network = inference.of(pool, pool.version()).network();
        Seen now =
                new Seen(pool.version(), outbox.lastOf(pool.id()), network.weightsSha256(), false);
        Seen before = seen.put(pool.id(), now);
        boolean rests =
                before != null
                        && before.version() == now.version()
                        && before.change() == now.change()
                        && before.weights().equals(now.weights());
        if (rests && !before.done()) {
            calibrate(task, pool, network);
        }
        if (rests) {
            seen.put(pool.id(), new Seen(now.version(), now.change(), now.weights(), true));
        }
    }

    private void calibrate(Task task, Pool pool, SegmentationNetwork network) {
        for (Task.Label label : task.labels()) {
            Annotated annotated = settings.annotated(pool, pool.version(), label);
            List<Object> tried = List.of(pool.id(), label.id(), network.weightsSha256());
            if (annotated.patients() >= PATIENTS
                    && hasGrown(annotated, inVain.get(tried))
                    && isDue(pool, label, annotated, network)) {
                inVain.put(tried, annotated.annotations());
                if (!calibrate(task, pool, label)) {
                    inVain.remove(tried);
                }
            }
        }
    }

    private boolean isDue(
            Pool pool, Task.Label label, Annotated annotated, SegmentationNetwork network) {
        Optional<PoolSetting<PoolSetting.Confidence>> found =
                settings.confidence(
                        pool,
                        pool.version(),
                        label,
                        spaces.current().space().id(),
                        network.name(),
                        network.weightsSha256(),
                        false);
        return found.isEmpty()
                || (CloseUpGate.isTried(network)
                        && settings.looks(
                                        pool,
                                        pool.version(),
                                        label,
                                        spaces.current().space().id(),
                                        network.name(),
                                        network.weightsSha256())
                                .isEmpty())
                || found.get().value().regression().evidence() != Evidence.VERSION
                || hasGrown(
                        annotated,
                        settings.annotated(pool, found.get().poolVersion(), label).annotations());
    }

    private static boolean hasGrown(Annotated now, @Nullable Integer before) {
        return before == null || now.annotations() >= GROWN * before;
    }

    /**
     * @return false where an erasure got in the way, so that it is to be tried again
     */
    private boolean calibrate(Task task, Pool pool, Task.Label label) {
        String object = "%s/%s %s".formatted(task.name(), pool.name(), label.name());
        try {
            Calibration.Outcome outcome =
                    calibration
                            .run(
                                    new Calibration.Settings(
                                            task.name(),
                                            pool.name(),
                                            List.of(label.name()),
                                            Query.DEFAULT_SUPPORTS,
                                            "image",
                                            Calibration.IMAGES,
                                            Calibration.SEED),
                                    (name, done, total) -> letQueriesGoFirst())
                            .getFirst();
            String came =
                    outcome.threshold() == null
                            ? "not calibrated: %d images could be answered from others"
                                    .formatted(outcome.images())
                            : "calibrated by %d images of version %d"
                                    .formatted(outcome.images(), outcome.poolVersion());
            audit.record(Scope.machine(), "calibrate", object, List.of(), came);
            LOG.infof("%s: %s", object, came);
        } catch (CancellationException e) {
            LOG.debugf("calibrating %s stops with the service", object);
        } catch (RuntimeException e) {
            if (e instanceof DomainException refusal && ErasedMeanwhile.is(refusal)) {
                return false;
            }
            if (!isStopping()) {
                LOG.warnf("%s is not calibrated until it has grown: %s", object, e);
            }
        }
        return true;
    }

    private void letQueriesGoFirst() {
        inference.letQueriesGoFirst(this::isStopping);
        if (isStopping()) {
            throw new CancellationException("the service stops");
        }
    }
}
