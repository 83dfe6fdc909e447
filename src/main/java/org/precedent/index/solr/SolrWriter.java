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
 *   <li>All shards show what was written, and this writer's document in each shard says so.
 *   <li>The state says the generation: from here on searches ask for it. It is written on the
 *       condition that nobody else has written it, so a writer that was taken for dead cannot.
 *   <li>What was replaced is removed a while later, when no search of before is under way.
 * </ol>
 *
 * A batch that fails is taken back before the next one, by whoever writes then.
 *
 * <p>A writer that was taken for dead may only have slept, and go on with any single request. None
 * changes what its successor shows: its new documents lie in a hole, which no search asks for; its
 * markers are not those that count; what it removes by name was out of sight before; and it ends or
 * revives a document only in the version that it has read <em>before</em> it saw that it owned the
 * index, so that whatever its successor did to the document refuses it. Ended in a hole, a document
 * is as if it were not.
 */
final class SolrWriter implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SolrWriter.class);

    /** The {@code until} of what nothing has replaced. */
    static final long STILL = Long.MAX_VALUE;

    /** No search takes longer. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    /** What is read of a document that is to be ended. */
    private static final String READ = "id,_version_,until";

    /** Documents of one request. */
    private static final int CHUNK = 256;

    /** Tries to end documents that a writer of before changes meanwhile. */
    private static final int TRIES = 5;

    private record Garbage(List<String> ids, long replacedAt) {
        boolean isDue() {
            return System.nanoTime() - replacedAt > GRACE.toNanos();
        }
    }

    /** A document as it was read. */
    private record Read(String id, long version, long until) {}

    private final SolrCollection collection;
    private final Duration lease;
    private final Deque<Garbage> garbage = new ArrayDeque<>();

    /** This writer's own documents, one a shard. */
    private List<String> markers = List.of();

    /** Those of writers before: searches that began under them still ask for them. */
    private Garbage formerMarkers = new Garbage(List.of(), 0);

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
        String owner = UUID.randomUUID().toString().replace("-", ""); // a word of a query
        this.state = torn ? stamp.state().takenOver(owner) : stamp.state().withOwner(owner);
        OptionalLong taken = collection.write(state, stamp.version());
        this.version = taken.orElseThrow(() -> locked(collection));
        this.heart =
                Thread.ofPlatform()
                        .daemon()
                        .name("lease of " + collection.name())
                        .start(this::beat);
        try {
            begin();
        } catch (IndexException e) {
            close();
            throw e;
        }
    }

    /** Speaks for the shards from here on, and leaves nothing of writers before. */
    private void begin() {
        // Whoever speaks for a shard has seen that it holds everything.
        collection.select(state, List.of("q", "*:*", "rows", "0"));
        List<String> former = collection.ids("marker:[* TO *]");
        markers = collection.markAs(state, state.owner());
        collection.show();
        publish(state.markedBy(state.owner()));
        formerMarkers = new Garbage(former, System.nanoTime());
        if (torn) {
            takeBack();
        } else {
            sweep();
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
        long generation = state.next();
        List<Read> replaced = visible(images);
        add(documents, generation);
        set(replaced, generation);
        show(generation);
        publish(state.after(sequence, longest));
        torn = false;
        if (!replaced.isEmpty()) {
            garbage.add(new Garbage(replaced.stream().map(Read::id).toList(), System.nanoTime()));
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
        ArrayNode changes = SolrHttp.JSON.createArrayNode();
        for (String id : markers) {
            changes.addObject().put("id", id).putObject("mark").put("set", generation);
        }
        collection.update(changes);
        ensureLease();
        collection.show();
    }

    /**
     * Ends documents, or revives them: changes a field in its place, while the rest of a document,
     * its vector above all, stays. Versions were read first, then it is seen that this writer owns
     * the index, then they are the condition: a successor's changes come after that, so a writer
     * that sleeps anywhere on the way changes nothing of theirs.
     */
    private void set(List<Read> documents, long until) {
        List<Read> left = documents;
        for (int attempt = 0; !left.isEmpty(); attempt++) {
            if (attempt == TRIES) {
                throw IndexException.of(
                        IndexException.Code.IO,
                        "documents of collection %s change while they are ended; try again"
                                .formatted(collection.name()));
            }
            ensureOwner();
            if (setUnchanged(left, until)) {
                return;
            }
            // A request that was sent twice, or one of a writer before that came late.
            collection.show();
            left =
                    read(left.stream().map(Read::id).toList()).stream()
                            .filter(one -> one.until() != until)
                            .toList();
        }
    }

    private boolean setUnchanged(List<Read> documents, long until) {
        for (int from = 0; from < documents.size(); from += 4 * CHUNK) {
            ensureLease();
            ArrayNode chunk = SolrHttp.JSON.createArrayNode();
            for (Read one : documents.subList(from, Math.min(documents.size(), from + 4 * CHUNK))) {
                ObjectNode change = chunk.addObject();
                change.put("id", one.id()).put("_version_", one.version());
                change.putObject("until").put("set", until);
            }
            if (!collection.updateUnchanged(chunk)) {
                return false;
            }
        }
        return true;
    }

    /** Asks the collection itself who writes it. */
    private void ensureOwner() {
        if (!collection.state().map(there -> owns(there.state())).orElse(false)) {
            lost = true;
            throw locked(collection);
        }
    }

    /** The documents of some images that the visible generation has. */
    private List<Read> visible(Collection<UUID> images) {
        List<String> parameters = new ArrayList<>(Filters.visible(state));
        parameters.addAll(List.of("q", "*:*", "fl", READ, "fq", Filters.images(images)));
        return collection.all(state, parameters, "id asc", Integer.MAX_VALUE).stream()
                .map(SolrWriter::read)
                .toList();
    }

    /** What a query finds, visible or not. */
    private List<Read> find(String query) {
        return collection.all(List.of("q", query, "fl", READ), "id asc", Integer.MAX_VALUE).stream()
                .map(SolrWriter::read)
                .toList();
    }

    private List<Read> read(List<String> ids) {
        List<Read> all = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += CHUNK) {
            all.addAll(
                    find(
                            "{!terms f=id}"
                                    + String.join(
                                            ",",
                                            ids.subList(
                                                    from, Math.min(ids.size(), from + CHUNK)))));
        }
        return all;
    }

    private static Read read(JsonNode document) {
        return new Read(
                document.path("id").asText(),
                document.path("_version_").asLong(),
                document.path("until").asLong());
    }

    /** Takes back what a batch that failed, or a writer that died, has left. */
    private void takeBack() {
        if (!torn) {
            return;
        }
        // Not beyond the generation that this writer may write: others are its successors'.
        String left = ":{%d TO %d]".formatted(state.generation(), state.next());
        collection.show();
        collection.delete(collection.ids("since" + left + Filters.holes("since", state, " ")));
        set(find("until" + left + Filters.holes("until", state, " ")), STILL);
        show(state.generation());
        torn = false;
        sweep();
    }

    /** Takes note of what was replaced, whose names nobody knows any more, to remove it. */
    private void sweep() {
        garbage.clear();
        List<String> replaced =
                collection.ids(
                        "+until:[* TO %d]%s"
                                .formatted(
                                        state.generation(), Filters.holes("until", state, " -")));
        if (!replaced.isEmpty()) {
            garbage.add(new Garbage(replaced, System.nanoTime()));
        }
        collection.delete(collection.ids("since:[* TO %d}".formatted(state.floor())));
        collection.show();
    }

    private void collect() {
        while (!garbage.isEmpty() && garbage.getFirst().isDue()) {
            collection.delete(garbage.removeFirst().ids());
        }
        if (formerMarkers.isDue()) {
            collection.delete(formerMarkers.ids());
            formerMarkers = new Garbage(List.of(), formerMarkers.replacedAt());
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
        show(state.next());
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
