package org.precedent.api.curation;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.api.access.Caller;
import org.precedent.catalog.review.Browsing;
import org.precedent.curation.AnswerLoop;
import org.precedent.curation.Curation;
import org.precedent.curation.FilterWords;

/** What there is: annotations, images, recorded answers, page by page. */
@Path("/v1/curation")
@Produces(MediaType.APPLICATION_JSON)
@Tag(
        name = "Curation",
        description = "What deserves a look, and what serves: reviews, verdicts, history, undo.")
@Blocking
public class AnnotationListResource {
    private static final String CURSOR = FilterParameters.CURSOR;
    private static final String LIMIT = FilterParameters.LIMIT;
    private static final String HIDDEN = " null for another site's.";

    private final Curation curation;
    private final AnswerLoop loop;
    private final Caller caller;

    AnnotationListResource(Curation curation, AnswerLoop loop, Caller caller) {
        this.curation = curation;
        this.loop = loop;
        this.caller = caller;
    }

    /** An annotation in a list. */
    @Schema(name = "AnnotationRow", description = "An annotation in a list.")
    public record AnnotationView(
            @Schema(description = "Its id.") long id,
            @Schema(description = "1 for the first of its image and label.") int version,
            @Schema(description = "The image's id.") UUID imageId,
            @Schema(description = "The image's file name; part of its id for another site's.")
                    String image,
            @Schema(description = "The task.") String task,
            @Schema(description = "The label.") String label,
            @Schema(description = "Its review state.") String state,
            @Schema(description = "Who made it;" + HIDDEN, nullable = true) @Nullable String author,
            @Schema(description = "The image's site;" + HIDDEN, nullable = true)
                    @Nullable String site,
            @Schema(description = "The image's modality.") String modality,
            @Schema(description = "Pixels inside.") int area,
            @Schema(description = "When it was made.") Instant createdAt,
            @Schema(
                            description = "The answer that it came from; null where from none.",
                            nullable = true)
                    @Nullable UUID fromAnswer,
            @Schema(description = "Whether the caller may review and correct it.")
                    boolean mayReview) {
        static AnnotationView of(Browsing.AnnotationRow row) {
            return new AnnotationView(
                    row.id(),
                    row.version(),
                    row.imageId(),
                    row.image(),
                    row.task(),
                    row.label(),
                    row.state().word(),
                    row.author(),
                    row.site(),
                    row.modality(),
                    row.area(),
                    row.createdAt(),
                    row.fromAnswer(),
                    row.mayReview());
        }
    }

    /** A page of annotations. */
    @Schema(name = "AnnotationPage", description = "A page of annotations, the latest first.")
    public record AnnotationPage(
            @Schema(description = "The rows.") List<AnnotationView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/annotations")
    @Operation(
            summary = "Annotations, the latest first",
            description =
                    "Those of the own site's tasks, and those in pools that are shared with it. All"
                            + " parameters must hold. Pages are stable while others write.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such task, pool, version or label")
    public AnnotationPage annotations(
            @BeanParam FilterParameters filter,
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        var page =
                curation.annotations(
                        caller.scope(), filter.words(), FilterParameters.page(after, limit));
        return new AnnotationPage(
                page.rows().stream().map(AnnotationView::of).toList(), page.next());
    }

    /** A count of a facet. */
    @Schema(name = "FacetCount", description = "How many annotations have a value.")
    public record FacetView(
            @Schema(
                            description = "What the value is of.",
                            enumeration = {"label", "state", "site", "author", "modality"})
                    String facet,
            @Schema(description = "The value.") String value,
            @Schema(description = "Annotations that have it.") long annotations) {}

    @GET
    @Path("/facets")
    @Operation(
            summary = "Annotations counted by label, state, site, author and modality",
            description =
                    "Of those that pass the filter; at most 50 values each, the most frequent first."
                            + " Sites and authors are those of the own site.")
    @APIResponse(responseCode = "200", description = "The counts")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such task, pool, version or label")
    public List<FacetView> facets(@BeanParam FilterParameters filter) {
        return curation.facets(caller.scope(), filter.words()).stream()
                .map(one -> new FacetView(one.facet(), one.value(), one.annotations()))
                .toList();
    }

    /** An image in a list. */
    @Schema(name = "ImageRow", description = "An image in a list.")
    public record ImageView(
            @Schema(description = "Its id.") UUID id,
            @Schema(description = "Its file name; part of its id for another site's.") String name,
            @Schema(description = "Its site;" + HIDDEN, nullable = true) @Nullable String site,
            @Schema(description = "The patient's pseudonym;" + HIDDEN, nullable = true)
                    @Nullable String patient,
            @Schema(description = "Its modality.") String modality,
            @Schema(description = "Pixels across.") int width,
            @Schema(description = "Pixels down.") int height,
            @Schema(description = "When it was taken in.") Instant createdAt,
            @Schema(description = "Annotations of it, of all tasks.") int annotations) {}

    /** A page of images. */
    @Schema(name = "ImagePage", description = "A page of images, by their ids.")
    public record ImagePage(
            @Schema(description = "The rows.") List<ImageView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/images")
    @Operation(
            summary = "Images that have an annotation which passes the filter",
            description = "By their ids. Pages are stable while others write.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such task, pool, version or label")
    public ImagePage images(
            @BeanParam FilterParameters filter,
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        var page =
                curation.images(
                        caller.scope(), filter.words(), FilterParameters.page(after, limit));
        return new ImagePage(
                page.rows().stream()
                        .map(row ->
                                new ImageView(
                                        row.id(),
                                        row.name(),
                                        row.site(),
                                        row.patient(),
                                        row.modality(),
                                        row.width(),
                                        row.height(),
                                        row.createdAt(),
                                        row.annotations()))
                        .toList(),
                page.next());
    }

    /** A recorded answer in a list. */
    @Schema(name = "AnswerRow", description = "A recorded answer in a list.")
    public record AnswerView(
            @Schema(description = "Its id.") UUID id,
            @Schema(description = "The query's file name.") String query,
            @Schema(description = "The task.") String task,
            @Schema(description = "The pool.") String pool,
            @Schema(description = "The pool's version.") int poolVersion,
            @Schema(description = "The network that answered.") String network,
            @Schema(description = "When it was answered.") Instant createdAt,
            @Schema(description = "Whether it says of a label that no precedent suffices.")
                    boolean flagged,
            @Schema(
                            description = "The last verdict in force; null where nobody judged it.",
                            nullable = true,
                            enumeration = {"accepted", "corrected", "rejected"})
                    @Nullable String verdict) {}

    /** A page of answers. */
    @Schema(name = "AnswerPage", description = "A page of recorded answers, the latest first.")
    public record AnswerPage(
            @Schema(description = "The rows.") List<AnswerView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/segmentations")
    @Operation(
            summary = "Recorded answers, the latest first",
            description =
                    "The own ones; curators and auditors read those of their whole site. All"
                            + " parameters must hold. Pages are stable while others write.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such task or pool")
    public AnswerPage answers(
            @Parameter(description = "To this task") @QueryParam("task") @Nullable String task,
            @Parameter(description = "From this pool of the task") @QueryParam("pool")
                    @Nullable String pool,
            @Parameter(description = "With supports of this site only") @QueryParam("site")
                    @Nullable String site,
            @Parameter(
                            description = "With this verdict in force",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {
                                                "accepted",
                                                "corrected",
                                                "rejected",
                                                "none"
                                            }))
                    @QueryParam("verdict")
                    @Nullable String verdict,
            @Parameter(description = "true: only those that say that no precedent suffices")
                    @QueryParam("flagged")
                    @Nullable String flagged,
            @Parameter(description = "Answered then or later: `2026-03-01`, or a moment")
                    @QueryParam("since")
                    @Nullable String since,
            @Parameter(description = "Answered before, likewise") @QueryParam("until")
                    @Nullable String until,
            @Parameter(description = "With this in the query's file name") @QueryParam("text")
                    @Nullable String text,
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        var page =
                curation.answers(
                        caller.scope(),
                        new FilterWords(
                                java.util.Set.of(),
                                task,
                                pool,
                                null,
                                null,
                                null,
                                site,
                                null,
                                null,
                                since,
                                until,
                                text),
                        verdict,
                        "true".equals(flagged),
                        FilterParameters.page(after, limit));
        return new AnswerPage(
                page.rows().stream()
                        .map(row ->
                                new AnswerView(
                                        row.id(),
                                        row.query(),
                                        row.task(),
                                        row.pool(),
                                        row.poolVersion(),
                                        row.network(),
                                        row.createdAt(),
                                        row.flagged(),
                                        row.verdict()))
                        .toList(),
                page.next());
    }

    /** The part of an annotation in an answer. */
    @Schema(name = "AnswerPart", description = "The part of an annotation in a recorded answer.")
    public record PartView(
            @Schema(description = "The answer's id.") UUID answer,
            @Schema(description = "The query's file name.") String query,
            @Schema(description = "The label.") String label,
            @Schema(description = "Its share of the answer, 0 to 1.") double weight,
            @Schema(description = "When it was answered.") Instant createdAt) {}

    /** A page of answers. */
    @Schema(name = "AnswerPartPage", description = "A page of answers, the latest first.")
    public record PartPage(
            @Schema(description = "The rows.") List<PartView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/annotations/{id}/answers")
    @Operation(
            summary = "Every recorded answer that an annotation took part in",
            description =
                    "Of those that the caller may read; the latest first, each with the annotation's"
                            + " weight.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public PartPage answersOf(
            @Parameter(description = "The annotation's id") @PathParam("id") long id,
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        var page = loop.answersOf(caller.scope(), id, FilterParameters.page(after, limit));
        return new PartPage(
                page.rows().stream()
                        .map(row ->
                                new PartView(
                                        row.answer(),
                                        row.query(),
                                        row.label(),
                                        row.weight(),
                                        row.createdAt()))
                        .toList(),
                page.next());
    }
}
