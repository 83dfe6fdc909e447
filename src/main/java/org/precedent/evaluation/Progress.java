package org.precedent.evaluation;

/** Told how far a protocol is with one label. */
@FunctionalInterface
public interface Progress {
    /** Nobody wants to know. */
    Progress SILENT = (label, done, total) -> {};

    /**
     * @param done steps of this label, the present one included
     * @param total steps of this label
     */
    void step(String label, long done, long total);
}
