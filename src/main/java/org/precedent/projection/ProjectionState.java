package org.precedent.projection;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one projection does at one moment.
 *
 * @param kind what is projected
 * @param name the space of an index, or the store of encodings
 * @param reached the outbox sequence up to which everything is projected
 * @param failure why its last step failed, in one word without any content; null where it succeeded
 * @param failures steps that failed one after the other
 * @param sinceSuccess the age of the last step that succeeded, or of the start
 */
public record ProjectionState(
        Kind kind,
        String name,
        long reached,
        @Nullable String failure,
        int failures,
        Duration sinceSuccess) {

    /** What a projection holds. */
    public enum Kind {
        /** Whole images, in the space that answers. */
        IMAGES,
        /** Whole images, in the space that takes its place when it is complete. */
        NEXT_IMAGES,
        /** Locations of images. */
        LOCATIONS,
        /** Annotated objects. */
        OBJECTS,
        /** What the network knows of annotations. */
        ENCODINGS
    }

    static ProjectionState of(
            Kind kind, String name, long reached, OutboxFollower.Condition condition) {
        return new ProjectionState(
                kind,
                name,
                reached,
                condition.failure(),
                condition.failures(),
                condition.sinceSuccess());
    }

    /** Whether the projection does not follow the catalogue now. */
    public boolean isFailing() {
        return failure != null;
    }
}
