package org.precedent.network;

import java.util.List;

/**
 * An in-context segmentation network with its weights loaded: supports are encoded, once and
 * without the query, and a query is segmented from weighted encodings. Nobody outside this package
 * needs to know which network it is. Thread-safe: calls that must not overlap on the device wait
 * for each other inside.
 */
public interface SegmentationNetwork extends Model {

    /** Height and width must be multiples of this. */
    int sizeMultiple();

    /**
     * Whether {@link #encode} does work that is worth keeping. Where it is not, an encoding is the
     * support's pixels alone.
     */
    boolean cachesSupports();

    /** Whether an answer says where the query looked, see {@link Prediction.AttentionMap}. */
    default boolean reportsAttention() {
        return false;
    }

    /**
     * Version of the order and form of this network's sums. It grows when a change of the program
     * changes an answer's last bits, which are then no longer compared with those of before; what
     * was encoded by another version is encoded again.
     */
    default int arithmeticVersion() {
        return 1;
    }

    /** Device and precision that it runs with, and whatever else of them its bits depend on. */
    default String device() {
        return "cpu float32";
    }

    /**
     * How answers are computed, as far as their bits depend on it: the same inputs give the same
     * bits where this is the same, on the same kind of processor.
     */
    default String arithmetic() {
        return arithmeticVersion() + " " + device();
    }

    /**
     * Encodes one annotated image, without any query.
     *
     * @param image the image with the masks of one or more labels; H and W multiples of {@link
     *     #sizeMultiple}
     * @return one encoding a mask, in their order; what belongs to the image alone is shared. The
     *     bits of an encoding do not depend on which other masks came along
     * @throws NetworkException when H or W is no multiple of {@link #sizeMultiple}, or the features
     *     are not finite
     */
    List<SupportEncoding> encode(SupportImage image);

    /**
     * Segments queries. An answer depends neither on the order of the supports nor on what else is
     * in the batch.
     *
     * @param episodes queries with the weighted supports of every label, encoded by this network
     *     with these weights at the queries' size
     * @return one answer an episode, in their order
     * @throws NetworkException when a size does not fit, an encoding is of another network, or an
     *     answer is not finite
     */
    List<Prediction> segment(List<Episode> episodes);

    /**
     * How many queries at most gain from passing together, against one after the other; 1: none
     * does, and a batch only keeps its first query waiting.
     */
    default int batch() {
        return 1;
    }

    /**
     * The most supports that answer better together than as the mean of groups of them, as
     * measured: about as many as training showed at once. A {@link GroupedNetwork} keeps to it.
     */
    default int supportsTogether() {
        return Integer.MAX_VALUE;
    }

    /** As {@link #segment(List)}, of one. */
    default Prediction segment(Episode episode) {
        return segment(List.of(episode)).getFirst();
    }

    /**
     * This network in a single pass, where it takes the mean of several: for work that asks very
     * often and needs no last digit. It takes this network's own encodings and closes nothing.
     */
    default SegmentationNetwork singlePass() {
        return this;
    }

    /** The network that makes one of this one's passes, where it makes several; else itself. */
    default SegmentationNetwork single() {
        return this;
    }
}
