package org.precedent.curation;

import java.util.List;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.retrieval.SupportRequest;

/**
 * Which list of which pool.
 *
 * @param labels empty for all of the task
 * @param scope of whoever asks: images of other sites are not called by their names
 * @param supportSize supports that an answer rests on at most
 * @param most images of each label that are asked at most
 * @param seed draws them
 */
public record ListRequest(
        Scope scope,
        String task,
        String pool,
        List<String> labels,
        int supportSize,
        int most,
        long seed) {
    /** K of leave-one-out answers when nobody says. */
    public static final int SUPPORTS = 16;

    /** Images of each label when nobody says. */
    public static final int IMAGES = 1000;

    public ListRequest {
        labels = List.copyOf(labels);
        if (supportSize < 1 || supportSize > SupportRequest.MAX_K) {
            throw ServiceException.badParameter(
                    "supportSize", supportSize, "a whole number from 1 to " + SupportRequest.MAX_K);
        }
        if (most < 1) {
            throw ServiceException.badParameter("images", most, "at least 1");
        }
    }
}
