package org.precedent.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is kept, without its secret.
 *
 * @param identity whom it proves
 * @param createdBy name of who made it
 * @param expiresAt from when on it proves nothing; null for never
 * @param lastUsedAt to the minute; null where it never was
 * @param revokedAt null where it was not
 */
public record ApiKey(
        String id,
        Identity identity,
        Instant createdAt,
        String createdBy,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant revokedAt) {
    /** Whether it proves anything at a time. */
    public boolean isValid(Instant now) {
        return revokedAt == null && (expiresAt == null || now.isBefore(expiresAt));
    }
}
