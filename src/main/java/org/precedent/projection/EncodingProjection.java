package org.precedent.projection;

import io.quarkus.runtime.Shutdown;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Quarantines;
import org.precedent.catalog.Support;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.node.NodeDuties;
import org.precedent.segmentation.EncodingStore;

/**
 * Keeps the store of encodings up with the catalogue, for a network whose encodings are worth
 * keeping: reads the outbox from the sequence that the store has reached, encodes the annotations
 * that queries may rest on and are not there, removes those that they no longer may. Queries never
 * wait for it: they encode what is not there yet. Runs in the process that holds the store's write
 * lock.
 */
@ApplicationScoped
@Startup
public class EncodingProjection {
    /** Images between two looks at whether to stop, and between two steps of the sequence. */
    private static final int BATCH = 16;

    /** Other processes' writes wait so long: nothing but the time of a query depends on it. */
    private static final Duration POLL = Duration.ofSeconds(1);

    private final Outbox outbox;
    private final SupportEncodings encodings;
    private final EncodingStore store;
    private final Quarantines quarantines;
    private final ProjectionConfig config;
    private final NodeDuties duties;
    private final Quarantine quarantine;
    private final boolean keeps;

    /** The only pool whose annotations are kept; null for all of them. */
    private final @Nullable Integer pool;

    /** Whether any encodings are to be kept now. */
    private final BooleanSupplier wanted;

    private final OutboxFollower follower;

    /** Held from reading the outbox to recording its sequence. */
    private final Object stepping = new Object();

    @Inject
    EncodingProjection(
            Outbox outbox,
            SupportEncodings encodings,
            EncodingStore store,
            SegmentationNetwork network,
            Quarantines quarantines,
            ProjectionConfig config,
            NodeDuties duties) {
        this(
                outbox,
                encodings,
                store,
                network.cachesSupports(),
                quarantines,
                config,
                duties,
                null,
                () -> true);
    }

    private EncodingProjection(
            Outbox outbox,
            SupportEncodings encodings,
            EncodingStore store,
            boolean keeps,
            Quarantines quarantines,
            ProjectionConfig config,
            NodeDuties duties,
            @Nullable Integer pool,
            BooleanSupplier wanted) {
        this.outbox = outbox;
        this.encodings = encodings;
        this.store = store;
        this.quarantines = quarantines;
        this.config = config;
        this.duties = duties;
        this.quarantine = new Quarantine(quarantines, store.name(), config.retry());
        this.keeps = keeps;
        this.pool = pool;
        this.wanted = wanted;
        this.follower = new OutboxFollower("store of encodings", POLL, this::step);
        if (keeps) {
            follower.start();
        }
    }

    /**
     * Another one, of a network that answers for one pool alone; the caller closes it.
     *
     * @param wanted whether the network answers at all; asked before every step. What it made is
     *     removed when it does not
     */
    EncodingProjection of(
            SupportEncodings others, EncodingStore othersStore, int only, BooleanSupplier wanted) {
        return new EncodingProjection(
                outbox, others, othersStore, keeps, quarantines, config, duties, only, wanted);
    }

    /** Whether the network's encodings are kept at all. */
    public boolean keeps() {
        return keeps;
    }

    /** How the projection does at this moment; empty where nothing is kept. */
    Optional<ProjectionState> state() {
        return keeps
                ? Optional.of(
                        ProjectionState.of(
                                ProjectionState.Kind.ENCODINGS,
                                name(),
                                reached(),
                                follower.condition()))
                : Optional.empty();
    }

    /** The outbox sequence up to which everything is encoded. */
    public long reached() {
        return store.sequence();
    }

    /** Names the network, its weights and the side. */
    public String name() {
        return store.name();
    }

    /** Tells that something was committed to the outbox. */
    public void wake() {
        follower.wake();
    }

    /** Encodes what comes next; false when there is nothing to do. */
    private boolean step() {
        synchronized (stepping) {
            if (!store.refresh()) {
                return false;
            }
            if (!duties.writes(store.isShared())) {
                store.unlock();
                return false;
            }
            if (!store.lock()) {
                return false;
            }
            if (!wanted.getAsBoolean()) {
                if (store.sequence() > 0) {
                    store.clear();
                    quarantine.clear();
                }
                return false;
            }
            List<Outbox.Entry> entries = outbox.after(store.sequence(), BATCH);
            Set<UUID> images = new LinkedHashSet<>();
            entries.forEach(entry -> images.add(entry.imageId()));
            Set<UUID> missed = encodings.takeMissed();
            missed.forEach(image -> dropDamaged(image));
            images.addAll(missed);
            if (images.isEmpty()) {
                keepMade();
                List<UUID> due = quarantine.due();
                if (project(due)) {
                    quarantine.settle(due);
                }
                return false;
            }
            if (!project(images)) {
                return true;
            }
            keepMade(); // beside what was made anew just now
            if (!entries.isEmpty()) {
                store.reached(entries.getLast().sequence());
            }
            quarantine.settle(images);
            return true;
        }
    }

    /** Keeps what queries encoded around masks. */
    private void keepMade() {
        encodings
                .takeMade()
                .forEach(near ->
                        store.putNear(
                                near.support().imageId(),
                                near.support().annotationId(),
                                near.encoding()));
    }

    /** Brings these images up to date; false when it was told to stop before the last. */
    private boolean project(Collection<UUID> images) {
        if (images.isEmpty()) {
            return true;
        }
        Map<UUID, List<Support>> supports = outbox.supports(images, pool);
        for (UUID image : images) {
            if (follower.closed()) {
                return false;
            }
            project(image, supports.getOrDefault(image, List.of()));
        }
        return true;
    }

    private void project(UUID image, List<Support> supports) {
        Set<Long> extra = new TreeSet<>(store.annotations(image));
        List<Support> absent = new ArrayList<>();
        for (Support support : supports) {
            if (!extra.remove(support.annotationId())) {
                absent.add(support);
            }
        }
        extra.forEach(annotation -> store.remove(image, annotation));
        if (absent.isEmpty()) {
            return;
        }
        // Queries that rest on what cannot be encoded will say the same.
        quarantine
                .attempt(image, () -> encodings.encode(absent, store.side(), store.range()))
                .ifPresent(encoded -> {
                    for (int i = 0; i < absent.size(); i++) {
                        store.put(image, absent.get(i).annotationId(), encoded.get(i));
                    }
                });
    }

    private void dropDamaged(UUID image) {
        for (long annotation : store.annotations(image)) {
            if (store.find(image, annotation).isEmpty()) {
                store.remove(image, annotation);
            }
        }
    }

    /**
     * Drops all encodings and makes them anew; returns when it is done.
     *
     * @param progress told the sequence reached, now and then
     * @throws IllegalStateException when another process writes them
     */
    public void rebuild(LongConsumer progress) {
        if (!keeps) {
            return;
        }
        synchronized (stepping) {
            if (!duties.writes(store.isShared()) || !store.lock()) {
                throw new IllegalStateException(
                        "another process writes the encodings " + store.name() + "; stop it first");
            }
            store.clear();
            quarantine.clear();
        }
        awaitCommitted(OutboxFollower.Patience.endless(progress));
    }

    /**
     * Compares the encodings of these images with the catalogue: that there is one for each
     * annotation and no other, and that encoding anew gives the same bits.
     *
     * @return one line a difference
     * @throws org.precedent.ServiceException NOT_CAUGHT_UP while not everything is encoded that is
     *     committed
     */
    List<String> verify(Collection<UUID> images) {
        List<String> differences = new ArrayList<>();
        if (!keeps) {
            return differences;
        }
        Map<UUID, List<Support>> expected = outbox.supports(images, pool);
        for (UUID image : images) {
            List<Support> supports = expected.getOrDefault(image, List.of());
            Set<Long> extra = new TreeSet<>(store.annotations(image));
            supports.forEach(support -> extra.remove(support.annotationId()));
            extra.forEach(id ->
                    differences.add("annotation " + id + " is encoded but no query may use it"));
            if (!supports.isEmpty()) {
                compare(image, supports, differences);
            }
        }
        return differences;
    }

    private void compare(UUID image, List<Support> supports, List<String> differences) {
        List<SupportEncoding> expected;
        try {
            expected = encodings.encode(supports, store.side(), store.range());
        } catch (DomainException e) {
            differences.add("image " + image + " cannot be encoded: " + e.getMessage());
            return;
        }
        for (int i = 0; i < supports.size(); i++) {
            long id = supports.get(i).annotationId();
            Optional<SupportEncoding> found = store.find(image, id);
            if (found.isEmpty()) {
                differences.add("annotation " + id + " is not encoded");
            } else if (!Arrays.equals(found.get().bytes(), expected.get(i).bytes())) {
                differences.add("annotation " + id + " is encoded otherwise");
            }
            compareNear(supports.get(i), differences);
        }
    }

    /** What lies around a mask need not be encoded. */
    private void compareNear(Support support, List<String> differences) {
        long id = support.annotationId();
        Optional<SupportEncoding> found = store.findNear(support.imageId(), id);
        if (found.isPresent()
                && encodings
                        .encodeNear(support, store.side(), store.range())
                        .filter(expected -> Arrays.equals(expected.bytes(), found.get().bytes()))
                        .isEmpty()) {
            differences.add("around the mask of annotation " + id + " it is encoded otherwise");
        }
    }

    /** Images that have encodings. */
    Set<UUID> images() {
        return keeps ? store.images() : Set.of();
    }

    /**
     * Waits until everything that is committed now is encoded.
     *
     * @throws org.precedent.ServiceException NOT_CAUGHT_UP when patience ends before
     */
    void awaitCommitted(OutboxFollower.Patience patience) {
        if (keeps) {
            follower.await(outbox.head(), store::sequence, patience);
        }
    }

    @Shutdown
    void close() {
        follower.close();
        store.close();
    }
}
