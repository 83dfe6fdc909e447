package org.precedent.api.view;

import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.access.ApiKey;
import org.precedent.access.ApiKeys;
import org.precedent.access.Role;

/** A key as shown to who keeps keys. */
@Schema(name = "Key", description = "A key of a person or program.")
public record KeyView(
        @Schema(description = "Its id, which is no secret.") String id,
        @Schema(
                        description =
                                "The key itself, only in the answer that made it; null in all others.",
                        nullable = true)
                @Nullable String key,
        @Schema(description = "Whom it is for.") String name,
        @Schema(description = "The site whose roles it has; null for every site.", nullable = true)
                @Nullable String site,
        @Schema(description = "Its roles.") List<String> roles,
        @Schema(description = "The tasks it is limited to; empty for no limit.") List<String> tasks,
        @Schema(description = "When it was made, in UTC.") Instant createdAt,
        @Schema(description = "Who made it.") String createdBy,
        @Schema(
                        description = "From when on it proves nothing, in UTC; null for never.",
                        nullable = true)
                @Nullable Instant expiresAt,
        @Schema(
                        description =
                                "When it was used last, to the minute; null where it never was.",
                        nullable = true)
                @Nullable Instant lastUsedAt,
        @Schema(description = "When it was revoked; null where it was not.", nullable = true)
                @Nullable Instant revokedAt) {

    /** A key that has just been made, with its secret. */
    public static KeyView of(ApiKeys.Made made) {
        return of(made.key(), made.text().text());
    }

    /** A key as it is kept. */
    public static KeyView of(ApiKey key) {
        return of(key, null);
    }

    private static KeyView of(ApiKey key, @Nullable String text) {
        return new KeyView(
                key.id(),
                text,
                key.identity().name(),
                key.identity().site(),
                key.identity().roles().stream().map(Role::word).sorted().toList(),
                key.identity().tasks().stream().sorted().toList(),
                key.createdAt(),
                key.createdBy(),
                key.expiresAt(),
                key.lastUsedAt(),
                key.revokedAt());
    }
}
