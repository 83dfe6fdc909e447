package org.precedent.index.solr;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.precedent.index.IndexException;

/**
 * The one process that writes a collection. A cluster shows no two shards at the same moment, so a
 * batch becomes visible by a number, in this order:
 *
 * <ol>
 *   <li>New documents are written with the next generation as their {@code since}; no search asks
 *       for it yet.
 *   <li>Documents that they replace get it as their {@code until}, in their place; searches of the
 *       generation that is visible go on finding them.
 *   <li>All shards show what was written.
 *   <li>The state says the generation: from here on searches ask for it. It is written on the
 *       condition that nobody else has written it, so a writer that was taken for dead cannot.
 *   <li>What was replaced is removed a while later, when no search of before is under way.
 * </ol>
 *
 * A batch that fails is taken back before the next one, by whoever writes then.
 */
final class SolrWriter implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SolrWriter.class);

    /** The {@code until} of what nothing has replaced. */
    static final long STILL = Long.MAX_VALUE;

    /** No search takes longer. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    /** Documents of one request. */
    private static final int CHUNK = 256;

    private record Garbage(List<String> ids, long replacedAt) {}

    private final SolrCollection collection;
    private final Duration lease;
    private final Deque<Garbage> garbage = new ArrayDeque<>();
    private final List<String> markers;
    private final Thread heart;

    private volatile IndexState state;
    private volatile boolean lost;
    private volatile boolean closed;
    private long version;
    private volatile long renewed = System.nanoTime();

    /** Held while the state is written: signs of life go on while a batch takes its time. */
    private final Object publishing = new Object();

    /** Whether a batch was begun and not ended. */
    private boolean torn;

    /**
     * Becomes the writer.
     *
     * @param stamp the state that this process has read last
     * @throws IndexException LOCKED when somebody else was faster
     */
    SolrWriter(SolrCollection collection, SolrCollection.Stamp stamp, Duration lease) {
        this.collection = collection;
        this.lease = lease;
        this.torn = !stamp.state().owner().isEmpty();
        String owner = UUID.randomUUID().toString();
        this.state = torn ? stamp.state().takenOver(owner) : stamp.state().withOwner(owner);
        OptionalLong taken = collection.write(state, stamp.version());
        this.version = taken.orElseThrow(() -> locked(collection));
        this.heart =
                Thread.ofPlatform()
                        .daemon()
                        .name("lease of " + collection.name())
                        .start(this::beat);
        try {
            this.markers = collection.markers();
            takeBack();
        } catch (IndexException e) {
            close();
            throw e;
        }
    }

    static IndexException locked(SolrCollection collection) {
        return IndexException.of(
                IndexException.Code.LOCKED,
                "another process writes collection " + collection.name());
    }

    /** The state that is visible. */
    IndexState state() {
        return state;
    }

    /** Whether another process has taken over. */
    boolean isLost() {
        return lost;
    }

    /** Whether what the collection says is what this writer wrote. */
    boolean owns(IndexState there) {
        if (!there.owner().equals(state.owner())) {
            lost = true;
        }
        return !lost;
    }

    /** Shows signs of life. */
    private void beat() {
        while (!closed && !lost) {
            try {
                Thread.sleep(lease.dividedBy(4));
                renew();
            } catch (InterruptedException e) {
                return;
            } catch (IndexException e) {
                LOG.debugf("no sign of life for %s: %s", collection.name(), e.getMessage());
            }
        }
    }

    private void renew() {
        synchronized (publishing) {
            if (!closed) {
                publish(state);
            }
        }
    }

    private void publish(IndexState next) {
        synchronized (publishing) {
            OptionalLong written = collection.write(next, version);
            if (written.isEmpty()) {
                lost = true;
                throw locked(collection);
            }
            version = written.getAsLong();
            renewed = System.nanoTime();
            state = next;
        }
    }

    /** Nothing is written on a lease that could have ended. */
    private void ensureLease() {
        if (closed) {
            throw IndexException.of(
                    IndexException.Code.CLOSED, "collection " + collection.name() + " was closed");
        }
        if (lost) {
            throw locked(collection);
        }
        if (System.nanoTime() - renewed > lease.toNanos() / 2) {
            renew();
        }
    }

    /**
     * Writes a batch and makes it visible.
     *
     * @param images what is known of these is replaced
     * @param documents without {@code id}, {@code since} and {@code until}: each with an {@code
     *     image} and an {@code item}
     * @param sequence the outbox sequence reached
     * @param longest no vector of the batch is longer
     * @param erased images of which nothing may stay in the files
     */
    synchronized void write(
            Collection<UUID> images,
            List<ObjectNode> documents,
            long sequence,
            double longest,
            Collection<UUID> erased) {
        ensureLease();
        takeBack();
        if (images.isEmpty()) {
            publish(state.reached(sequence));
            return;
        }
        torn = true;
        long generation = state.generation() + 1;
        List<String> replaced = visible(images);
        add(documents, generation);
        set(replaced, "until", generation);
        show(generation);
        publish(state.after(sequence, longest));
        torn = false;
        if (!replaced.isEmpty()) {
            garbage.add(new Garbage(replaced, System.nanoTime()));
        }
        collect();
        if (!erased.isEmpty()) {
            erase(erased);
        }
    }

    private void add(List<ObjectNode> documents, long generation) {
        ArrayNode chunk = SolrHttp.JSON.createArrayNode();
        int number = 0;
        for (ObjectNode document : documents) {
            document.put(
                    "id",
                    "%s!%s.%d@%d"
                            .formatted(
                                    document.path("image").asText(),
                                    document.path("item").asText(),
                                    number++,
                                    generation));
            document.put("since", generation);
            document.put("until", STILL);
            chunk.add(document);
            if (chunk.size() == CHUNK) {
                ensureLease();
                collection.update(chunk);
                chunk = SolrHttp.JSON.createArrayNode();
            }
        }
        collection.update(chunk);
    }

    /** Shows what was written; last of all, each shard says that it holds the batch. */
    private void show(long generation) {
        set(markers, "mark", generation);
        ensureLease();
        collection.show();
    }

    /** Changes a field in its place: the rest of a document, its vector above all, stays. */
    private void set(List<String> ids, String field, long value) {
        ArrayNode chunk = SolrHttp.JSON.createArrayNode();
        for (String id : ids) {
            ObjectNode change = chunk.addObject();
            change.put("id", id);
            change.putObject(field).put("set", value);
            if (chunk.size() == 4 * CHUNK) {
                ensureLease();
                collection.update(chunk);
                chunk = SolrHttp.JSON.createArrayNode();
            }
        }
        collection.update(chunk);
    }

    /** The names of the documents of some images that the visible generation has. */
    private List<String> visible(Collection<UUID> images) {
        List<String> parameters = new ArrayList<>(Filters.visible(state));
        parameters.addAll(List.of("q", "*:*", "fl", "id", "fq", Filters.images(images)));
        return ids(collection.all(state, parameters, "id asc", Integer.MAX_VALUE));
    }

    private List<String> ids(String query) {
        return ids(collection.all(List.of("q", query, "fl", "id"), "id asc", Integer.MAX_VALUE));
    }

    private static List<String> ids(List<JsonNode> documents) {
        return documents.stream().map(document -> document.path("id").asText()).toList();
    }

    /** Takes back what a batch that failed, or a writer that died, has left. */
    private void takeBack() {
        if (!torn) {
            return;
        }
        long generation = state.generation();
        collection.show();
        collection.delete(
                ids("since:{%d TO *]%s".formatted(generation, Filters.holes("since", state, " "))));
        set(
                ids(
                        "until:{%d TO %d}%s"
                                .formatted(generation, STILL, Filters.holes("until", state, " "))),
                "until",
                STILL);
        show(generation);
        // And what was replaced: those who knew its names are gone.
        collection.delete(ids("until:[* TO %d]".formatted(generation)));
        collection.delete(ids("since:[* TO %d}".formatted(state.floor())));
        collection.show();
        garbage.clear();
        torn = false;
    }

    private void collect() {
        while (!garbage.isEmpty()
                && System.nanoTime() - garbage.getFirst().replacedAt() > GRACE.toNanos()) {
            collection.delete(garbage.removeFirst().ids());
        }
    }

    private void erase(Collection<UUID> images) {
        for (Garbage one : garbage) {
            collection.delete(
                    one.ids().stream()
                            .filter(id ->
                                    images.contains(
                                            UUID.fromString(id.substring(0, id.indexOf('!')))))
                            .toList());
        }
        collection.expunge();
    }

    synchronized void commit() {
        ensureLease();
        collection.commit();
    }

    synchronized void clear() {
        ensureLease();
        show(state.generation() + 1);
        publish(state.cleared());
        torn = true; // and if it fails here, the next batch tries again
        takeBack();
        collection.commit();
    }

    /** Ends at the last batch; the next process need not wait. */
    @Override
    public void close() {
        synchronized (this) {
            synchronized (publishing) {
                if (!closed && !lost) {
                    giveUp();
                }
                closed = true;
            }
        }
        heart.interrupt();
    }

    private void giveUp() {
        try {
            collection.write(torn ? state : state.withOwner(""), version);
        } catch (IndexException e) {
            LOG.debugf("%s is given up late: %s", collection.name(), e.getMessage());
        }
    }
}
