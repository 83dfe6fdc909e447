package org.precedent.access;

import java.util.Map;
import java.util.Optional;
import org.precedent.CanonicalNames;

/**
 * To whom a pool belongs and with whom it is shared.
 *
 * @param pool its id
 * @param task name of its task
 * @param site that it belongs to
 * @param shares what other sites may do with it, by their names
 */
public record PoolRights(int pool, String task, String site, Map<String, Share> shares) {
    public PoolRights {
        shares = Map.copyOf(shares);
    }

    /** What a site that the pool does not belong to may do with it. */
    Optional<Share> sharedWith(String other) {
        return shares.entrySet().stream()
                .filter(share -> CanonicalNames.same(share.getKey(), other))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
