package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.AccessException;
import org.precedent.access.Action;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.adaptation.AdaptationException;
import org.precedent.adaptation.PoolAdaptation;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSettings.Labelled;
import org.precedent.catalog.Task;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.catalog.adaptation.Adaptation.State;
import org.precedent.catalog.adaptation.Adaptations;
import org.precedent.network.SegmentationNetwork;
import org.precedent.query.Inference;

/**
 * What curators ask for: that the network is trained further on a pool of their own, that such work
 * waits, goes on or ends, and that its result answers no more.
 */
@ApplicationScoped
public class AdaptationJobs {
    private static final double MOST_MINUTES = 24 * 60;
    private static final int MOST_STEPS = 1_000_000;
    private static final double DEFAULT_MINUTES = 5;
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Catalog catalog;
    private final Adaptations adaptations;
    private final AdaptationImages images;
    private final Inference inference;
    private final AdaptationWorker worker;
    private final AuditTrail audit;
    private final Clock clock;

    AdaptationJobs(
            Catalog catalog,
            Adaptations adaptations,
            AdaptationImages images,
            Inference inference,
            AdaptationWorker worker,
            AuditTrail audit,
            Clock clock) {
        this.catalog = catalog;
        this.adaptations = adaptations;
        this.images = images;
        this.inference = inference;
        this.worker = worker;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * How much is trained.
     *
     * @throws ServiceException BAD_PARAMETER for both, and outside their ranges
     * @param minutes of training, above 0 and at most 1440; null for steps, or for the default
     * @param steps 1 to 1,000,000, in place of minutes
     * @param seed of the patients held back, of episodes and of the gate's supports
     */
    public static Adaptation.Budget budget(
            @Nullable Double minutes, @Nullable Integer steps, long seed) {
        if (minutes != null && steps != null) {
            throw ServiceException.badParameter("steps", steps, "either minutes or steps");
        }
        if (minutes != null && !(minutes > 0 && minutes <= MOST_MINUTES)) {
            throw ServiceException.badParameter("minutes", minutes, "above 0 and at most 1440");
        }
        if (steps != null && (steps < 1 || steps > MOST_STEPS)) {
            throw ServiceException.badParameter("steps", steps, "1 to 1000000");
        }
        return new Adaptation.Budget(
                steps,
                steps != null ? null : 60 * (minutes == null ? DEFAULT_MINUTES : minutes),
                seed);
    }

    /** Works from now on in this process, on what is asked for and on what was left. */
    public void work() {
        worker.start();
    }

    /**
     * What would be learnt from.
     *
     * @param annotations approved ones of the pool's current version, at most as many as are used
     * @param obstacle why the pool cannot be adapted; null where it can
     */
    public record Prospect(int patients, int annotations, @Nullable String obstacle) {}

    /** Says what an adaptation of a pool of the own site would learn from. */
    public Prospect prospect(Scope scope, String task, String pool, Adaptation.Budget budget) {
        Pool of = ownPool(scope, task, pool);
        List<Labelled> drawn = images.draw(of.id(), of.version(), budget.seed());
        int patients = AdaptationImages.patients(drawn);
        String obstacle = null;
        try {
            PoolAdaptation.requireAdaptable(inference.network().name());
            PoolAdaptation.requirePatients(patients);
        } catch (AdaptationException e) {
            obstacle = e.getMessage();
        }
        return new Prospect(patients, drawn.size(), obstacle);
    }

    /**
     * Asks for an adaptation of the current version of a pool of the own site. When this returns it
     * is kept, whatever becomes of the process.
     *
     * @throws AdaptationException NOT_ADAPTABLE, TOO_FEW_PATIENTS; UNDER_WAY where one of the pool
     *     has not ended
     * @throws org.precedent.DomainException an unknown name, an empty pool, or nothing for the
     *     scope
     */
    public Adaptation start(Scope scope, String task, String pool, Adaptation.Budget budget) {
        Pool of = ownPool(scope, task, pool);
        SegmentationNetwork network = inference.network();
        PoolAdaptation.requireAdaptable(network.name());
        if (of.version() == 0) {
            throw ServiceException.poolEmpty(of.name(), task);
        }
        List<Labelled> drawn = images.draw(of.id(), of.version(), budget.seed());
        PoolAdaptation.requirePatients(AdaptationImages.patients(drawn));
        Adaptation added =
                adaptations
                        .add(
                                of,
                                network.name(),
                                network.weightsSha256(),
                                budget,
                                scope.name(),
                                clock.instant())
                        .orElseThrow(() ->
                                AdaptationException.underWay(
                                        of.name(),
                                        adaptations
                                                .unfinished(of)
                                                .map(one -> one.id().toString())
                                                .orElse("that has just ended")));
        worker.start();
        return added;
    }

    /** The adaptations of a pool of the own site, the latest first. */
    public List<Adaptation> list(Scope scope, String task, String pool, int limit) {
        return adaptations.of(ownPool(scope, task, pool), limit);
    }

    /** The one of a pool of the own site that has not ended. */
    public Optional<Adaptation> unfinished(Scope scope, String task, String pool) {
        return adaptations.unfinished(ownPool(scope, task, pool));
    }

    /**
     * One of them.
     *
     * @throws AdaptationException UNKNOWN_ADAPTATION
     */
    public Adaptation find(Scope scope, String task, String pool, String id) {
        return require(ownPool(scope, task, pool), id);
    }

    /** Lets one wait; whatever has ended stays as it is. */
    public Adaptation pause(Scope scope, String task, String pool, String id) {
        Pool of = ownPool(scope, task, pool);
        adaptations.pause(require(of, id).id());
        return require(of, id);
    }

    /** Lets one go on that waits; whatever has ended stays as it is. */
    public Adaptation resume(Scope scope, String task, String pool, String id) {
        Pool of = ownPool(scope, task, pool);
        adaptations.resume(require(of, id).id());
        worker.start();
        return require(of, id);
    }

    /** Ends one; whatever has ended stays as it is. */
    public Adaptation cancel(Scope scope, String task, String pool, String id) {
        Pool of = ownPool(scope, task, pool);
        adaptations.cancel(require(of, id).id(), clock.instant());
        return require(of, id);
    }

    /**
     * What answers for a pool.
     *
     * @param reverted what was taken back; null where nothing was in force
     * @param inForce what answers from now on; null for the network's own weights
     */
    public record Reverted(@Nullable Adaptation reverted, @Nullable Adaptation inForce) {}

    /**
     * Takes the adaptation in force back: what answered before it answers again, an earlier one or
     * the network's own weights.
     */
    public Reverted revert(Scope scope, String task, String pool) {
        Pool of = ownPool(scope, task, pool);
        Optional<Adaptation> before = inForce(of);
        boolean done =
                before.isPresent()
                        && adaptations.revert(before.get().id(), scope.name(), clock.instant());
        if (done) {
            audit.record(
                    scope,
                    "adapt",
                    "%s/%s %s".formatted(task, of.name(), before.get().id()),
                    List.of(),
                    "reverted");
        }
        return new Reverted(
                done ? adaptations.find(before.get().id()).orElse(null) : null,
                inForce(of).orElse(null));
    }

    /** The adaptation that answers for the current version of a pool of the own site. */
    public Optional<Adaptation> inForce(Scope scope, String task, String pool) {
        return inForce(ownPool(scope, task, pool));
    }

    private Optional<Adaptation> inForce(Pool pool) {
        SegmentationNetwork network = inference.network();
        return adaptations.inForce(
                pool.id(), pool.version(), network.name(), network.weightsSha256());
    }

    /**
     * Waits until an adaptation has ended, or waits itself.
     *
     * @param progress told of it now and then
     * @throws CancellationException when the process is told to end
     */
    public Adaptation await(Adaptation of, Consumer<Adaptation> progress) {
        while (true) {
            if (worker.isStopping()) {
                throw new CancellationException("the process ends");
            }
            Adaptation now = adaptations.find(of.id()).orElseThrow();
            progress.accept(now);
            if (!now.state().isUnfinished() || now.state() == State.PAUSED) {
                return now;
            }
            try {
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
        }
    }

    private Adaptation require(Pool pool, String id) {
        try {
            return adaptations
                    .find(UUID.fromString(id))
                    .filter(one -> one.poolId() == pool.id())
                    .orElseThrow(() -> AdaptationException.unknown(id));
        } catch (IllegalArgumentException e) {
            throw AdaptationException.unknown(id);
        }
    }

    /** A pool whose answers a curator may change. */
    private Pool ownPool(Scope scope, String task, String pool) {
        scope.require(Action.ADAPT);
        Task of = catalog.task(scope, task);
        Pool found = catalog.pool(scope, of, pool);
        if (!scope.owns(of.site())) {
            throw AccessException.forbidden(
                    "pool " + found.name() + " is shared by another site, which adapts it",
                    "a pool of a task of the own site");
        }
        return found;
    }
}
