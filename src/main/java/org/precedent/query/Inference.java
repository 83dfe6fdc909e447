package org.precedent.query;

import io.quarkus.runtime.configuration.MemorySize;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.precedent.ServiceException;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answer.UsedSupport;
import org.precedent.catalog.Support;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.projection.EncodingsConfig;
import org.precedent.projection.SupportEncodings;
import org.precedent.segmentation.NetworkConfig;
import org.precedent.segmentation.Segmenter;

/**
 * The way to the network, the same for everybody who wants a query segmented: take a place in the
 * queue before the device, or be refused at once; then encodings are loaded and the network runs.
 */
@ApplicationScoped
public class Inference {
    private final SegmentationNetwork network;
    private final SupportEncodings encodings;
    private final int side;
    private final int places;
    private final Semaphore free;

    /** Mebibytes of encodings that queries may hold at the same time. */
    private final Semaphore held;

    private final int holdable;

    /** Bytes of one encoding, as last seen. */
    private volatile long encodingBytes;

    public Inference(
            SegmentationNetwork network,
            SupportEncodings encodings,
            NetworkConfig config,
            EncodingsConfig memory) {
        this.network = network;
        this.encodings = encodings;
        this.side = config.side(network);
        this.places = config.queue();
        this.free = new Semaphore(places, true);
        long bytes =
                memory.held()
                        .map(MemorySize::asLongValue)
                        .orElse(Runtime.getRuntime().maxMemory() / 2);
        this.holdable = Math.clamp(bytes >> 20, 1, Integer.MAX_VALUE);
        this.held = new Semaphore(holdable, true);
        this.encodingBytes = 2L * Float.BYTES * side * side;
    }

    /** The network that answers. */
    public SegmentationNetwork network() {
        return network;
    }

    /** Side in pixels that images are brought to. */
    public int side() {
        return side;
    }

    /** The range of grey values that images of new answers keep. */
    InputRange range() {
        return InputRange.CURRENT;
    }

    /** Whether the network that answers now, with its weights, also gave a recorded answer. */
    boolean isModelOf(Answer answer) {
        return answer.network().equals(network.name())
                && answer.weightsSha256().equals(network.weightsSha256());
    }

    /**
     * Checks that a recorded answer can be computed again.
     *
     * @throws ServiceException MODEL_CHANGED when another network or other weights are loaded now
     */
    void requireModelOf(Answer answer) {
        if (!isModelOf(answer)) {
            throw ServiceException.modelChanged(
                    answer.network() + " " + answer.weightsSha256(),
                    network.name() + " " + network.weightsSha256());
        }
    }

    /**
     * Takes a place in the queue; the caller closes it. Take it before any other work on a query:
     * what is refused should have cost nothing.
     *
     * @throws ServiceException OVERLOADED when all are taken
     */
    Place enter() {
        if (!free.tryAcquire()) {
            throw ServiceException.overloaded(places);
        }
        return new Place();
    }

    /** A place in the queue. */
    final class Place implements AutoCloseable {
        private final AtomicBoolean left = new AtomicBoolean();

        private Place() {}

        /**
         * Segments all labels of one query at once.
         *
         * @param labels the supports of each
         * @param side in pixels that images are brought to
         * @param range of grey values that images keep
         * @param attended pixels of the network's square whose attention is reported
         * @return one a label, in their order
         */
        List<Segmenter.Explained> segment(
                Raster query,
                List<List<UsedSupport>> labels,
                int side,
                InputRange range,
                List<Episode.QueryPoint> attended,
                Stages stages) {
            return holding(
                    labels,
                    stages,
                    () -> {
                        List<LabelContext> contexts = contexts(labels, side, range, stages);
                        Segmenter segmenter = new Segmenter(network, side, range);
                        return stages.time(
                                "segment", () -> segmenter.segment(query, contexts, attended));
                    });
        }

        /**
         * Segments one label of one query several times, each time without one of its supports; the
         * weights of the others are scaled to sum to 1, or all the same where all are 0. As many
         * pass together as the network gains from; other queries get their turn in between.
         *
         * @param supports at least two
         * @param leftOut ranks of those to leave out, from 0
         * @param side in pixels that images are brought to
         * @param range of grey values that images keep
         * @return a mask for each that is left out, in their order
         */
        List<Mask> segmentWithout(
                Raster query,
                List<UsedSupport> supports,
                List<Integer> leftOut,
                int side,
                InputRange range) {
            List<List<UsedSupport>> labels = List.of(supports);
            return holding(
                    labels,
                    new Stages(),
                    () -> {
                        List<Episode.Support> all =
                                contexts(labels, side, range, new Stages())
                                        .getFirst()
                                        .supports();
                        Segmenter segmenter = new Segmenter(network, side, range);
                        List<Mask> masks = new ArrayList<>();
                        for (int from = 0; from < leftOut.size(); from += network.batch()) {
                            int to = Math.min(leftOut.size(), from + network.batch());
                            List<LabelContext> reduced =
                                    leftOut.subList(from, to).stream()
                                            .map(rank -> without(all, rank))
                                            .toList();
                            segmenter
                                    .segmentFromEach(query, reduced)
                                    .forEach(answer -> masks.add(answer.mask()));
                        }
                        return masks;
                    });
        }

        private <T> T holding(
                List<List<UsedSupport>> labels, Stages stages, Supplier<T> segmenting) {
            int share = stages.time("queue", () -> hold(labels));
            try {
                return segmenting.get();
            } catch (OutOfMemoryError e) {
                throw ServiceException.outOfMemory();
            } finally {
                held.release(share);
            }
        }

        @Override
        public void close() {
            if (!left.getAndSet(true)) {
                free.release();
            }
        }
    }

    /**
     * Waits until the encodings of a query fit into memory beside those of others; one that is too
     * large for that waits until it is alone.
     *
     * @return what to release afterwards
     */
    private int hold(List<List<UsedSupport>> labels) {
        long supports = labels.stream().mapToLong(List::size).sum();
        int share = (int) Math.clamp((supports * encodingBytes >> 20) + 1, 1, holdable);
        held.acquireUninterruptibly(share);
        return share;
    }

    private static LabelContext without(List<Episode.Support> supports, int rank) {
        List<Episode.Support> others = new ArrayList<>(supports);
        others.remove(rank);
        return LabelContext.scaled(others);
    }

    private List<LabelContext> contexts(
            List<List<UsedSupport>> labels, int side, InputRange range, Stages stages) {
        List<Support> all =
                labels.stream().flatMap(List::stream).map(UsedSupport::support).toList();
        SupportEncodings.Loaded loaded =
                stages.time("load", () -> encodings.load(all, side, range));
        Map<Long, SupportEncoding> encoded =
                loaded.absent().isEmpty()
                        ? loaded.kept()
                        : stages.time(
                                "encode", () -> encodings.encodeAbsent(loaded, side, range));
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
