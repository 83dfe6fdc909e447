package org.precedent;

import java.util.Locale;

/** What a node of a cluster does. A single one does everything. */
public enum NodeRole {
    /** Answers: segmentations, retrievals, studies, and what is seen of pools and answers. */
    QUERY,
    /** Takes what changes pools: images, reviews, corrections, erasures. */
    INGEST,
    /** May lead: one of these at a time does what is done once, indexes of the cluster among it. */
    PROJECT;

    /** As settings and messages write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
