package org.precedent.evaluation;

import java.util.List;
import org.precedent.imaging.Raster;
import org.precedent.segmentation.Segmentation;

/**
 * Finds supports for a query among those that may serve: at random, or by similarity at some level.
 * It never sees the query's truth.
 */
public interface SupportChooser {

    /** The name as written in lines and tables, e.g. {@code image}. */
    String name();

    /** Whether the seed decides, so that repeating with other seeds says something. */
    boolean isDrawn();

    /**
     * Chooses supports.
     *
     * @return min(k, candidates) of the candidates by falling similarity, ties by what stands for
     *     their ids in an index; similarities are finite and on this chooser's own scale
     */
    List<Scored> choose(Question question);

    /**
     * A support and how similar it is to the query.
     *
     * @param similarity finite; what the temperature divides
     */
    record Scored(Annotated support, double similarity) {}

    /** Segments the query for levels that look at the structure itself. */
    @FunctionalInterface
    interface FirstPass {
        /**
         * The answer that such levels start from.
         *
         * @param similar as many of the most similar images as supports are wanted, to be weighed
         *     evenly; a protocol may have another answer ready
         */
        Segmentation from(List<Scored> similar);
    }

    /**
     * What is asked.
     *
     * @param id of the query, for whatever is kept between calls
     * @param query at its own size
     * @param label the structure wanted
     * @param candidates who may serve, by id; at least one
     * @param k how many are wanted, at least 1
     * @param seed decides where chance does
     * @param firstPass the query segmented from a first set of supports, which levels that look at
     *     the structure itself start from; asked only where it is needed
     */
    record Question(
            String id,
            Raster query,
            String label,
            List<Annotated> candidates,
            int k,
            long seed,
            FirstPass firstPass) {
        public Question {
            candidates = List.copyOf(candidates);
            if (candidates.isEmpty() || k < 1) {
                throw new IllegalArgumentException(
                        k + " supports of " + candidates.size() + " candidates");
            }
        }
    }
}
