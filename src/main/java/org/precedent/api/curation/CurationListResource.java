package org.precedent.api.curation;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.api.Forms;
import org.precedent.api.access.Caller;
import org.precedent.curation.BackgroundLists;
import org.precedent.curation.BackgroundLooks;
import org.precedent.curation.BackgroundLooks.Look;
import org.precedent.curation.EmbeddingMap;
import org.precedent.curation.ListEntry;

/** A curator's eyes: what deserves a look. */
@Path("/v1/curation/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Curation")
@Blocking
public class CurationListResource {
    private static final String LIMIT = FilterParameters.LIMIT;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MOST_PATIENT = 60;

    private static final String ONE_LABEL = "Only this label; all where absent";
    private static final String ANEW = "true: it is computed again although it was";
    private static final String WAIT =
            "Seconds to wait where there is nothing to show yet, or it is computed again: 0 to 60;"
                    + " 10 where absent";

    private final BackgroundLists lists;
    private final Caller caller;

    CurationListResource(BackgroundLists lists, Caller caller) {
        this.lists = lists;
        this.caller = caller;
    }

    /** One line of a list. */
    @Schema(name = "CurationListEntry", description = "One entry of a list, worst first.")
    public record EntryView(
            @Schema(
                            description =
                                    "The image's name; null where it is about no single image.",
                            nullable = true)
                    @Nullable String image,
            @Schema(description = "The label; null where it is about none.", nullable = true)
                    @Nullable String label,
            @Schema(description = "What the list is sorted by, the largest first.") double score,
            @Schema(description = "Why, for people.") String reason,
            @Schema(description = "The other image of a pair.", nullable = true)
                    @Nullable String other,
            @Schema(
                            description = "The image's id; null where it is not in the catalogue.",
                            nullable = true)
                    @Nullable UUID imageId,
            @Schema(
                            description =
                                    "The annotation's id; null where it is about the whole image.",
                            nullable = true)
                    @Nullable Long annotationId,
            @Schema(description = "The other image's id.", nullable = true)
                    @Nullable UUID otherId) {
        static EntryView of(ListEntry entry) {
            return new EntryView(
                    entry.image(),
                    entry.label(),
                    entry.score(),
                    entry.reason(),
                    entry.other(),
                    entry.imageId(),
                    entry.annotationId(),
                    entry.otherId());
        }
    }

    /** How far a look at a pool is. */
    @Schema(name = "CurationProgress", description = "How far a look at a pool is.")
    public record ProgressView(
            @Schema(description = "When it was asked for, in UTC.") Instant since,
            @Schema(description = "What is being done; empty while others are before it.")
                    String stage,
            @Schema(description = "Steps of the stage that are done.") long done,
            @Schema(description = "Steps of the stage; 0 where that is not known.") long total) {
        static @Nullable ProgressView of(BackgroundLooks.@Nullable Running running) {
            return running == null
                    ? null
                    : new ProgressView(
                            running.since(), running.stage(), running.done(), running.total());
        }
    }

    /** A list as it was computed last. */
    @Schema(name = "CurationList", description = "A list as it was computed last.")
    public record ListView(
            @Schema(description = "Worst first; what has left the pool since is left out.")
                    List<EntryView> entries,
            @Schema(
                            description =
                                    "When it was computed, in UTC; null where it was not yet.",
                            nullable = true)
                    @Nullable Instant computedAt,
            @Schema(description = "The version of the pool that it is of; 0 where there is none.")
                    int poolVersion,
            @Schema(
                            description =
                                    "How far the computation under way is; null where none is.",
                            nullable = true)
                    @Nullable ProgressView running) {}

    @GET
    @Path("/{task}/pools/{pool}/lists/{list}")
    @Operation(
            summary = "What deserves a curator's look, worst first",
            description =
                    "`duplicates`: pictures that are there twice. `suspects`: masks that are probably"
                            + " wrong. `outliers`: images unlike the others. `worth`: annotations by"
                            + " the harm they do. `gaps`: what is missing. `next`: which recorded"
                            + " queries to annotate. Lists are computed in the background, suspects"
                            + " and worth take some tenths of a second an image, and kept by version"
                            + " of the pool, over restarts, too: what was computed last comes at"
                            + " once, with its time, and a list of an older version is computed"
                            + " again meanwhile.")
    @APIResponse(
            responseCode = "200",
            description = "The list as it was computed last",
            content = @Content(schema = @Schema(implementation = ListView.class)))
    @APIResponse(
            responseCode = "202",
            description = "It is being computed for the first time; ask again",
            content = @Content(schema = @Schema(implementation = ListView.class)))
    @APIResponse(responseCode = "400", description = "There is no such list, or a bad number")
    @APIResponse(responseCode = "404", description = "No such task, pool or label")
    @APIResponse(responseCode = "422", description = "The pool holds nothing yet")
    public Response list(
            @Parameter(description = "The task's name") @PathParam("task") String task,
            @Parameter(description = "The pool's name") @PathParam("pool") String pool,
            @Parameter(
                            description = "Which list",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {
                                                "duplicates",
                                                "suspects",
                                                "outliers",
                                                "worth",
                                                "gaps",
                                                "next"
                                            }))
                    @PathParam("list")
                    String list,
            @Parameter(description = ONE_LABEL) @QueryParam("label") @Nullable String label,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit,
            @Parameter(description = ANEW) @QueryParam("refresh") @Nullable String refresh,
            @Parameter(description = WAIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("wait")
                    @Nullable String wait) {
        int most = Forms.limit(limit);
        Look<List<ListEntry>> look = lists.list(list, asked(task, pool, label, refresh, wait));
        List<ListEntry> entries = Objects.requireNonNullElse(look.result(), List.of());
        return answer(
                look,
                new ListView(
                        entries.stream().limit(most).map(EntryView::of).toList(),
                        look.computedAt(),
                        look.version(),
                        ProgressView.of(look.running())));
    }

    /** A point of a map. */
    @Schema(name = "MapPoint", description = "An annotation where its image lies on the map.")
    public record PointView(
            @Schema(description = "The annotation's id.") long annotationId,
            @Schema(description = "The image's id.") UUID imageId,
            @Schema(description = "The label.") String label,
            @Schema(description = "From left to right.", minimum = "0", maximum = "1") float x,
            @Schema(description = "From top to bottom.", minimum = "0", maximum = "1") float y) {}

    /** A map as it was computed last. */
    @Schema(name = "PoolMap", description = "A map of a pool as it was computed last.")
    public record MapView(
            @Schema(description = "The points; what has left the pool since is left out.")
                    List<PointView> points,
            @Schema(
                            description =
                                    "When it was computed, in UTC; null where it was not yet.",
                            nullable = true)
                    @Nullable Instant computedAt,
            @Schema(description = "The version of the pool that it is of; 0 where there is none.")
                    int poolVersion,
            @Schema(
                            description =
                                    "How far the computation under way is; null where none is.",
                            nullable = true)
                    @Nullable ProgressView running) {}

    @GET
    @Path("/{task}/pools/{pool}/map")
    @Operation(
            summary = "A pool on a plane, images that are alike near each other",
            description =
                    "By UMAP of the vectors that queries are compared with; distances between what"
                            + " lies apart mean nothing. Up to 10,000 images, of larger pools as many"
                            + " are drawn. Computed and kept as lists are.")
    @APIResponse(
            responseCode = "200",
            description = "The map as it was computed last",
            content = @Content(schema = @Schema(implementation = MapView.class)))
    @APIResponse(
            responseCode = "202",
            description = "It is being computed for the first time; ask again",
            content = @Content(schema = @Schema(implementation = MapView.class)))
    @APIResponse(responseCode = "400", description = "A bad number")
    @APIResponse(responseCode = "404", description = "No such task, pool or label")
    @APIResponse(responseCode = "422", description = "The pool holds nothing yet")
    public Response map(
            @Parameter(description = "The task's name") @PathParam("task") String task,
            @Parameter(description = "The pool's name") @PathParam("pool") String pool,
            @Parameter(description = ONE_LABEL) @QueryParam("label") @Nullable String label,
            @Parameter(description = ANEW) @QueryParam("refresh") @Nullable String refresh,
            @Parameter(description = WAIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("wait")
                    @Nullable String wait) {
        Look<List<EmbeddingMap.Point>> look = lists.map(asked(task, pool, label, refresh, wait));
        List<EmbeddingMap.Point> points = Objects.requireNonNullElse(look.result(), List.of());
        return answer(
                look,
                new MapView(
                        points.stream()
                                .map(p ->
                                        new PointView(
                                                p.annotationId(),
                                                p.imageId(),
                                                p.label(),
                                                p.x(),
                                                p.y()))
                                .toList(),
                        look.computedAt(),
                        look.version(),
                        ProgressView.of(look.running())));
    }

    private static Response answer(Look<?> look, Object view) {
        return Response.status(look.computedAt() == null ? 202 : 200).entity(view).build();
    }

    private BackgroundLists.Asked asked(
            String task,
            String pool,
            @Nullable String label,
            @Nullable String refresh,
            @Nullable String wait) {
        return new BackgroundLists.Asked(
                caller.scope(),
                task,
                pool,
                label == null ? List.of() : List.of(label),
                "true".equals(refresh),
                patience(wait));
    }

    private static Duration patience(@Nullable String wait) {
        if (wait == null) {
            return PATIENCE;
        }
        try {
            int seconds = Integer.parseInt(wait.strip());
            if (seconds >= 0 && seconds <= MOST_PATIENT) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter(
                "wait", wait, "a whole number of seconds from 0 to " + MOST_PATIENT);
    }
}
