package org.precedent.catalog;

import org.precedent.access.PoolGrant;

/**
 * A support pool as it is now, for somebody who may read it.
 *
 * @param grant the proof of that
 * @param version the current version; 0 when nothing was ever put in
 * @param ownStudy whether annotated slices of a study may support its other slices
 */
public record Pool(PoolGrant grant, int taskId, String name, int version, boolean ownStudy) {
    /** The pool's id, the same for everybody. */
    public int id() {
        return grant.pool();
    }
}
