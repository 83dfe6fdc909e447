package org.precedent.api.curation;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.api.Forms;
import org.precedent.api.access.Caller;
import org.precedent.curation.CurationLists;
import org.precedent.curation.ListEntry;
import org.precedent.curation.ListRequest;
import org.precedent.evaluation.Progress;

/** A curator's eyes: what deserves a look. */
@Path("/v1/curation/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Curation")
@Blocking
public class CurationListResource {
    private static final Progress SILENT = (label, done, total) -> {};
    private static final String LIMIT = FilterParameters.LIMIT;

    private final CurationLists lists;
    private final Caller caller;

    CurationListResource(CurationLists lists, Caller caller) {
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

    @GET
    @Path("/{task}/pools/{pool}/lists/{list}")
    @Operation(
            summary = "What deserves a curator's look, worst first",
            description =
                    "`duplicates`: pictures that are there twice. `suspects`: masks that are probably"
                            + " wrong. `outliers`: images unlike the others. `worth`: annotations by"
                            + " the harm they do. `gaps`: what is missing. `next`: which recorded"
                            + " queries to annotate. Suspects and worth take some tenths of a second"
                            + " an image.")
    @APIResponse(responseCode = "200", description = "The entries")
    @APIResponse(responseCode = "400", description = "There is no such list, or a bad number")
    @APIResponse(responseCode = "404", description = "No such task, pool or label")
    @APIResponse(responseCode = "422", description = "The pool holds nothing yet")
    public List<EntryView> list(
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
            @Parameter(description = "Only this label; all where absent") @QueryParam("label")
                    @Nullable String label,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        int most = Forms.limit(limit);
        List<String> labels = label == null ? List.of() : List.of(label);
        List<ListEntry> found =
                switch (list) {
                    case "duplicates" ->
                            lists.duplicates(asked(task, pool, labels, ListRequest.IMAGES), SILENT);
                    case "suspects" ->
                            lists.suspects(asked(task, pool, labels, ListRequest.IMAGES), SILENT);
                    case "outliers" ->
                            lists.outliers(asked(task, pool, labels, ListRequest.IMAGES), SILENT);
                    case "worth" -> lists.worth(asked(task, pool, labels, 40), SILENT);
                    case "gaps" ->
                            lists.gaps(asked(task, pool, labels, ListRequest.IMAGES), SILENT);
                    case "next" -> lists.next(asked(task, pool, labels, 200), Map.of(), 10, SILENT);
                    default ->
                            throw ServiceException.badParameter(
                                    "list",
                                    list,
                                    "duplicates, suspects, outliers, worth, gaps or next");
                };
        return found.stream().limit(most).map(EntryView::of).toList();
    }

    private ListRequest asked(String task, String pool, List<String> labels, int images) {
        return new ListRequest(caller.scope(), task, pool, labels, ListRequest.SUPPORTS, images, 1);
    }
}
