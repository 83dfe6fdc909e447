package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.access.Share;
import org.precedent.catalog.Entities.PoolEntity;

/** With which other sites pools are shared. */
@ApplicationScoped
public class PoolShares {
    private final Catalog catalog;
    private final Outbox outbox;

    PoolShares(Catalog catalog, Outbox outbox) {
        this.catalog = catalog;
        this.outbox = outbox;
    }

    /**
     * With whom a pool of the own site is shared.
     *
     * @throws CatalogException UNKNOWN_TASK, UNKNOWN_POOL
     * @throws org.precedent.access.AccessException when the scope may not share it
     */
    @Transactional
    public Map<String, Share> shares(Scope scope, String task, String pool) {
        scope.require(Action.SHARE);
        return new TreeMap<>(
                catalog.requirePool(scope, catalog.requireOwnTask(scope, task), pool).shares);
    }

    /**
     * Shares a pool of the own site with another one, or no longer.
     *
     * @param site the other one
     * @param share what it may do; null for nothing
     * @return all shares of the pool
     */
    @Transactional
    public Map<String, Share> share(
            Scope scope, String task, String pool, String site, @Nullable Share share) {
        scope.require(Action.SHARE);
        String shown = Names.requireText("site", site);
        outbox.lockWriters();
        PoolEntity shared = catalog.requirePool(scope, catalog.requireOwnTask(scope, task), pool);
        shared.shares.keySet().removeIf(other -> CanonicalNames.same(other, shown));
        if (share != null) {
            shared.shares.put(shown, share);
        }
        return new TreeMap<>(shared.shares);
    }
}
