package org.precedent.access;

import org.jspecify.annotations.Nullable;

/**
 * The proof that a scope may read a pool. Only a {@link Scope} makes one, so whoever searches a
 * pool has asked.
 */
public final class PoolGrant {
    private final Scope scope;
    private final int pool;

    PoolGrant(Scope scope, int pool) {
        this.scope = scope;
        this.pool = pool;
    }

    /** The scope that may read the pool. */
    public Scope scope() {
        return scope;
    }

    /** The pool's id. */
    public int pool() {
        return pool;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PoolGrant grant && grant.pool == pool && grant.scope.equals(scope);
    }

    @Override
    public int hashCode() {
        return pool;
    }

    @Override
    public String toString() {
        return "pool " + pool + " for " + scope;
    }
}
