package org.precedent.curation.ranking;

import java.util.List;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;

/** One label's annotated images of a pool, by their positions from 0. */
public interface LabelPool {
    /** How many there are. */
    int size();

    /** The image's vector, of length 1: the inner product of two is their similarity. */
    float[] vector(int image);

    /** Whether an annotation may serve in answers now: a rejected one is judged, but judges not. */
    boolean serves(int image);

    /** Whether two images are of different patients and show different pictures. Symmetric. */
    boolean apart(int image, int other);

    /** The annotation at the network's own resolution. */
    Mask mask(int image);

    /**
     * What an image is answered from sets of annotations, each as if it were the only one, evenly
     * weighted. What the sets have in common is done once.
     *
     * @param supportSets at least one, none of them empty
     * @return probabilities of the size of {@link #mask}, one a set, in their order
     */
    List<Plane> answers(int query, List<List<Integer>> supportSets);
}
