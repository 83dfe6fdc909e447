package org.precedent.query;

import io.quarkus.runtime.configuration.MemorySize;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.precedent.ServiceException;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answer.UsedSupport;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;
import org.precedent.imaging.InputRange;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.projection.EncodingsConfig;
import org.precedent.projection.SupportEncodings;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.NetworkConfig;

/**
 * The way to the network, the same for everybody who wants a query segmented: take a slot in the
 * queue before the device, or be refused at once; then encodings are loaded and the network runs.
 */
@ApplicationScoped
public class Inference {
    private static final Logger LOG = Logger.getLogger(Inference.class);

    /** How long queries may keep one step of work in the background waiting. */
    private static final Duration YIELD = Duration.ofSeconds(5);

    private static final Duration GLANCE = Duration.ofMillis(5);

    private final AnsweringNetworks networks;
    private final SegmentationNetwork network;
    private final int side;
    private final int slots;
    private final Semaphore free;

    /** Who of those that have a slot is next. */
    private final Turns turns;

    /** Slots by who took them. */
    private final ConcurrentMap<String, Integer> taken = new ConcurrentHashMap<>();

    /** Mebibytes of encodings that queries may hold at the same time. */
    private final Semaphore held;

    private final int holdable;

    /** Bytes of one encoding, as last seen. */
    private volatile long encodingBytes;

    @Inject
    public Inference(AnsweringNetworks networks, NetworkConfig config, EncodingsConfig memory) {
        this.networks = networks;
        this.network = networks.configured().network();
        this.side = config.side(network);
        this.slots = config.queue();
        this.free = new Semaphore(slots, true);
        // One that loads what the next pass needs, beside those that pass together.
        this.turns = new Turns(network.batch() + 1);
        long bytes =
                memory.held()
                        .map(MemorySize::asLongValue)
                        .orElse(Runtime.getRuntime().maxMemory() / 2);
        this.holdable = Math.clamp(bytes >> 20, 1, Integer.MAX_VALUE);
        this.held = new Semaphore(holdable, true);
        this.encodingBytes = 2L * Float.BYTES * side * side;
    }

    /** The network that is configured. */
    public SegmentationNetwork network() {
        return network;
    }

    /** The configured network with what it knows of annotations. */
    AnsweringNetworks.Encoded configured() {
        return networks.configured();
    }

    /** The network that answers from a version of a pool: the configured one, or an adapted one. */
    public AnsweringNetworks.Encoded of(Pool pool, int version) {
        return networks.of(pool, version);
    }

    /** How many queries wait for the network or are before it at this moment. */
    public int underWay() {
        return slots - free.availablePermits();
    }

    /**
     * Lets queries go before a step of work that nobody waits for, for some seconds at most: a busy
     * service does such work slowly.
     *
     * @param stopping whether there is no time left for that
     */
    public void letQueriesGoFirst(BooleanSupplier stopping) {
        long deadline = System.nanoTime() + YIELD.toNanos();
        while (underWay() > 0 && !stopping.getAsBoolean() && System.nanoTime() < deadline) {
            try {
                Thread.sleep(GLANCE);
            } catch (InterruptedException e) {
                LOG.debug("work in the background was interrupted", e); // it ends by `stopping`
            }
        }
    }

    /** Side in pixels that images are brought to. */
    public int side() {
        return side;
    }

    /** How new queries are shown to the network that answers. */
    InferenceSettings settings(AnsweringNetworks.Encoded answering) {
        return InferenceSettings.of(answering.network(), side);
    }

    /** The network that gave a recorded answer; empty where it is not here. */
    Optional<AnsweringNetworks.Encoded> ofAnswer(Answer answer) {
        return networks.withWeights(answer.network(), answer.weightsSha256());
    }

    /**
     * The network that gave a recorded answer.
     *
     * @throws ServiceException MODEL_CHANGED when another network or other weights are loaded now,
     *     or the weights were withdrawn
     */
    AnsweringNetworks.Encoded requireOfAnswer(Answer answer) {
        return ofAnswer(answer)
                .orElseThrow(() ->
                        answer.adaptedFrom() == null
                                ? ServiceException.modelChanged(
                                        answer.network() + " " + answer.weightsSha256(),
                                        network.name() + " " + network.weightsSha256())
                                : ServiceException.weightsWithdrawn(
                                        answer.network() + " " + answer.weightsSha256()));
    }

    /**
     * Takes a slot in the queue; the caller closes it. Take it before any other work on a query:
     * what is refused should have cost nothing.
     *
     * @throws ServiceException OVERLOADED when all are taken
     */
    InferenceSlot enter() {
        return enter(QueryWatch.none(), "");
    }

    /**
     * As {@link #enter()}, for a query that may be ended.
     *
     * @param watch that ends it
     * @param caller of whom at most three quarters of all slots may be, so that nobody keeps all
     *     others out; empty for the service's own work
     */
    InferenceSlot enter(QueryWatch watch, String caller) {
        int most = caller.isEmpty() ? slots : slots - slots / 4;
        if (taken.merge(caller, 1, Integer::sum) > most || !free.tryAcquire()) {
            forget(caller);
            throw ServiceException.overloaded(most);
        }
        return new InferenceSlot(this, watch, caller);
    }

    private void forget(String caller) {
        taken.computeIfPresent(caller, (name, slotsOf) -> slotsOf == 1 ? null : slotsOf - 1);
    }

    /**
     * Waits for the caller's turn, and until the encodings of a query fit into memory beside those
     * of others; one that is too large for that waits until it is alone.
     *
     * @return what to release afterwards
     */
    int hold(List<List<UsedSupport>> labels, QueryWatch watch, String caller) {
        long supports = labels.stream().mapToLong(List::size).sum();
        int share = (int) Math.clamp((supports * encodingBytes >> 20) + 1, 1, holdable);
        watch.interruptible(() -> {
            try {
                turns.await(caller);
                try {
                    held.acquire(share);
                } catch (InterruptedException e) {
                    turns.end();
                    throw e;
                }
                return share;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw ServiceException.abandoned();
            }
        });
        return share;
    }

    /** Gives back what {@link #hold} took. */
    void release(int share) {
        held.release(share);
        turns.end();
    }

    /** Gives a slot back. */
    void leave(String caller) {
        forget(caller);
        free.release();
    }

    /** The supports of each label as the network takes them, encodings loaded. */
    List<LabelContext> contexts(
            SupportEncodings encodings,
            List<List<UsedSupport>> labels,
            InferenceSettings settings,
            Stages stages) {
        int side = settings.side();
        InputRange range = settings.range();
        List<Support> all =
                labels.stream().flatMap(List::stream).map(UsedSupport::support).toList();
        SupportEncodings.Loaded loaded =
                stages.time("load", () -> encodings.load(all, side, range, stages::check));
        Map<Long, SupportEncoding> encoded =
                loaded.absent().isEmpty()
                        ? loaded.kept()
                        : stages.time(
                                "encode",
                                () -> encodings.encodeAbsent(loaded, side, range, stages::check));
        encoded.values().stream()
                .findAny()
                .ifPresent(any -> encodingBytes = Float.BYTES * any.values());
        List<LabelContext> contexts = new ArrayList<>();
        for (List<UsedSupport> label : labels) {
            List<Episode.Support> supports = new ArrayList<>();
            for (UsedSupport used : label) {
                SupportEncoding encoding =
                        Objects.requireNonNull(encoded.get(used.support().annotationId()));
                supports.add(new Episode.Support(encoding, used.weight()));
            }
            contexts.add(new LabelContext(supports));
        }
        return contexts;
    }
}
