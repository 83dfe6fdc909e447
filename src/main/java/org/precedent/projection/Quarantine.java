package org.precedent.projection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.catalog.Quarantines;

/**
 * The images that one projection could not project and has gone past, so that they keep no others
 * back: their bytes are lost or damaged, or the encoder fails on them every time. They are kept in
 * the catalogue, tried again now and then, and forgotten as soon as they succeed.
 *
 * <p>What says that it is the image's own fault (any {@link DomainException} but a busy one) is
 * tried {@value #TRIES} times at once. What does not, such as a lack of memory, fails the whole
 * step as often, because others may be hit as well. Something busy is nobody's fault and is waited
 * for.
 *
 * <p>Not thread-safe: used by whoever holds the projection's lock.
 */
final class Quarantine {
    private static final Logger LOG = Logger.getLogger(Quarantine.class);

    /** An image that failed so often one after the other is gone past. */
    static final int TRIES = 3;

    /** Between two tries of one image at once: a file may be in the middle of being replaced. */
    private static final Duration MOMENT = Duration.ofMillis(20);

    /** Images that are tried again at once, those first that have waited longest. */
    private static final int AT_ONCE = 64;

    private final Quarantines records;
    private final String projection;
    private final Duration again;

    /** Steps that failed on an image, one after the other. */
    private final Map<UUID, Integer> tries = new HashMap<>();

    /** What failed since {@link #settle}. */
    private final Set<UUID> failed = new HashSet<>();

    /** As the catalogue knows them, longest waiting first; null before they were read. */
    private @Nullable Set<UUID> held;

    private long nextLook = System.nanoTime();

    /**
     * @param projection the name of what cannot hold the images
     * @param again how long they wait between two tries
     */
    Quarantine(Quarantines records, String projection, Duration again) {
        this.records = records;
        this.projection = projection;
        this.again = again;
    }

    /**
     * Makes something of an image.
     *
     * @return empty where the image was put into quarantine instead, or stays there
     * @throws RuntimeException what the work threw, when it is to be tried again by the next step
     */
    <T> Optional<T> attempt(UUID image, Supplier<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                T made = work.get();
                tries.remove(image);
                return Optional.of(made);
            } catch (DomainException e) {
                if (e.kind() == DomainException.Kind.BUSY) {
                    throw e;
                }
                if (attempt == TRIES || held().contains(image)) {
                    put(image, e.getMessage() == null ? e.toString() : e.getMessage());
                    return Optional.empty();
                }
                OutboxFollower.sleep(MOMENT);
            } catch (RuntimeException | Error e) {
                if (!held().contains(image) && tries.merge(image, 1, Integer::sum) < TRIES) {
                    throw e;
                }
                put(image, "the encoder fails on it every time: " + OutboxFollower.word(e));
                return Optional.empty();
            }
        }
    }

    private void put(UUID image, String reason) {
        tries.remove(image);
        failed.add(image);
        records.put(projection, image, reason);
        if (held().add(image)) {
            LOG.warnf("image %s is left out of %s: %s", image, projection, reason);
        }
    }

    /** The images whose turn it is to be tried again; empty most of the time. */
    List<UUID> due() {
        if (System.nanoTime() - nextLook < 0) {
            return List.of();
        }
        nextLook = System.nanoTime() + again.toNanos();
        held = new LinkedHashSet<>(records.images(projection));
        return held.stream().limit(AT_ONCE).toList();
    }

    /** After these images were projected durably: those that did not fail are well again. */
    void settle(Collection<UUID> images) {
        List<UUID> well = new ArrayList<>();
        for (UUID image : images) {
            if (held().contains(image) && !failed.contains(image)) {
                well.add(image);
            }
        }
        failed.clear();
        if (!well.isEmpty()) {
            records.release(projection, well);
            well.forEach(held()::remove);
            LOG.infof("%d images are well again and in %s", well.size(), projection);
        }
    }

    /** Forgets them all: everything is projected anew. */
    void clear() {
        records.clear(projection);
        held().clear();
        tries.clear();
        failed.clear();
    }

    private Set<UUID> held() {
        Set<UUID> known = held;
        if (known == null) {
            known = new LinkedHashSet<>(records.images(projection));
            held = known;
        }
        return known;
    }
}
