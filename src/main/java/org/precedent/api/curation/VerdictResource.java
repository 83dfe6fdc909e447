package org.precedent.api.curation;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.api.Forms;
import org.precedent.api.StrictJson;
import org.precedent.api.access.Caller;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Verdicts;
import org.precedent.curation.AnswerLoop;
import org.precedent.ingest.IngestService.SentFile;

/** What clients say of answers, and corrected masks. */
@Path("/v1/curation")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Curation")
@Blocking
public class VerdictResource {
    private static final String MASK_PREFIX = "mask.";

    private final AnswerLoop loop;
    private final StrictJson json;
    private final Caller caller;

    VerdictResource(AnswerLoop loop, StrictJson json, Caller caller) {
        this.loop = loop;
        this.json = json;
        this.caller = caller;
    }

    /** What a client says of an answer. */
    @Schema(name = "Verdict", description = "What a client says of an answer, and why.")
    public record VerdictForm(
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(
                            required = true,
                            description =
                                    "accepted: each mask that is not empty becomes an unreviewed"
                                            + " annotation, unless the pool is shared to be read only."
                                            + " rejected: it is wrong.",
                            enumeration = {"rejected", "accepted"})
                    @Nullable String verdict,
            @Schema(description = "Labels that are meant; absent for all.", nullable = true)
                    @Nullable List<@Nullable String> labels,
            @Schema(
                            description =
                                    "The patient's pseudonym, where the query did not say it.",
                            nullable = true)
                    @Nullable String patient,
            @Schema(description = "The image's modality.", nullable = true)
                    @Nullable String modality) {}

    /** A verdict as it is kept. */
    @Schema(name = "RecordedVerdict", description = "A verdict as it is kept.")
    public record VerdictView(
            @Schema(description = "The action, to be undone by.") long action,
            @Schema(description = "What was said.") String verdict,
            @Schema(description = "Annotations made of it.") List<Long> annotations,
            @Schema(
                            description =
                                    "Labels whose mask waits beside an approved one, until a curator approves"
                                            + " the new one.")
                    List<String> waiting,
            @Schema(description = "Dice of the answer with the mask held for right, by label.")
                    Map<String, Double> dice) {
        static VerdictView of(Verdicts.Recorded recorded) {
            return new VerdictView(
                    recorded.action(),
                    recorded.verdict(),
                    List.copyOf(recorded.annotations().values()),
                    recorded.waiting(),
                    recorded.dice());
        }
    }

    @POST
    @Path("/segmentations/{id}/verdict")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Accept or reject a recorded answer",
            description =
                    "An accepted mask becomes an unreviewed annotation that knows its answer, in a new"
                            + " version of the pool that answered.")
    @RequestBody(
            required = true,
            description = "The verdict and why.",
            content = @Content(schema = @Schema(implementation = VerdictForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "The verdict as it is kept",
            content = @Content(schema = @Schema(implementation = VerdictView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "There is no answer of this id")
    @APIResponse(
            responseCode = "409",
            description = "The pool holds the query's pixels as of another patient or site")
    public VerdictView verdict(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            @Nullable String body)
            throws JsonProcessingException {
        VerdictForm form = ReviewResource.read(json, body, VerdictForm.class);
        Because because = ReviewResource.because(caller.scope(), form.reason());
        List<String> labels = Forms.names("body.labels", form.labels());
        return VerdictView.of(
                switch (Forms.require("body.verdict", form.verdict())) {
                    case "accepted" ->
                            loop.accept(
                                    id,
                                    labels,
                                    new AnswerLoop.Origin(
                                            null, form.patient(), form.modality(), null),
                                    because);
                    case "rejected" -> loop.reject(id, labels, because);
                    default ->
                            throw ServiceException.badParameter(
                                    "body.verdict",
                                    String.valueOf(form.verdict()),
                                    "accepted or rejected");
                });
    }

    /** The parts of a corrected answer, for the API's description only. */
    @Schema(name = "AnswerCorrection", description = "Masks that replace those of an answer.")
    public record AnswerCorrectionForm(
            @Schema(
                            name = "mask.LABEL",
                            type = SchemaType.STRING,
                            format = "binary",
                            required = true,
                            description =
                                    "The right mask of the label that the part is named by, of the"
                                            + " query's size; a part for each label that was wrong.")
                    String mask,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    String reason,
            @Schema(description = "The patient's pseudonym, where the query did not say it.")
                    @Nullable String patient,
            @Schema(description = "The image's modality.") @Nullable String modality) {}

    @POST
    @Path("/segmentations/{id}/corrections")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Replace masks of a recorded answer by the right ones",
            description =
                    "They become unreviewed annotations that know their answer, in a new version of the"
                            + " pool that answered; the Dice of answer and correction is counted.")
    @RequestBody(
            required = true,
            description = "The right masks, and why.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = AnswerCorrectionForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "The verdict as it is kept",
            content = @Content(schema = @Schema(implementation = VerdictView.class)))
    @APIResponse(responseCode = "400", description = "A part is missing or no mask of this query")
    @APIResponse(responseCode = "404", description = "There is no answer of this id or label")
    @APIResponse(
            responseCode = "409",
            description = "The pool holds the query's pixels as of another patient or site")
    public VerdictView correct(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            MultipartFormDataInput form) {
        Map<String, AnswerLoop.SentMask> masks = new LinkedHashMap<>();
        for (String part : Forms.parts(form)) {
            if (part.startsWith(MASK_PREFIX)) {
                masks.put(part.substring(MASK_PREFIX.length()), mask(form, part));
            } else if (!Set.of("reason", "patient", "modality").contains(part)) {
                throw ServiceException.badParameter(
                        part, "a part", "mask.LABEL, reason, patient or modality");
            }
        }
        if (masks.isEmpty()) {
            throw ServiceException.badParameter("mask.LABEL", "", "is missing");
        }
        return VerdictView.of(
                loop.correct(
                        id,
                        masks,
                        new AnswerLoop.Origin(
                                null,
                                Forms.text(form, "patient"),
                                Forms.text(form, "modality"),
                                null),
                        Because.of(caller.scope(), Forms.requireText(form, "reason"))));
    }

    /** The parts of a corrected annotation, for the API's description only. */
    @Schema(name = "AnnotationCorrection", description = "A mask that replaces an annotation's.")
    public record AnnotationCorrectionForm(
            @Schema(
                            type = SchemaType.STRING,
                            format = "binary",
                            required = true,
                            description = "The right mask, of the image's size.")
                    String mask,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    String reason,
            @Schema(
                            description = "The review state of the new annotation.",
                            enumeration = {"unreviewed", "approved", "rejected", "retired"},
                            defaultValue = "unreviewed")
                    @Nullable String state) {}

    /** A correction as it is kept. */
    @Schema(name = "CorrectedAnnotation", description = "A new mask of an annotation.")
    public record CorrectedView(
            @Schema(description = "The action, to be undone by.") long action,
            @Schema(description = "The new annotation's id.") long annotation,
            @Schema(description = "Its version on this image and label.") int version,
            @Schema(description = "Pools that hold it in place of the old one.") int pools,
            @Schema(
                            description =
                                    "Pools that go on holding the approved one until a curator approves"
                                            + " this one.")
                    int waiting) {
        static CorrectedView of(Verdicts.Corrected corrected) {
            return new CorrectedView(
                    corrected.action(),
                    corrected.annotationId(),
                    corrected.version(),
                    corrected.pools(),
                    corrected.waiting());
        }
    }

    @POST
    @Path("/annotations/{id}/corrections")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Give an annotation a new mask",
            description =
                    "It replaces the one that is held of the image and label in every pool. The old one"
                            + " stays in the versions that hold it.")
    @RequestBody(
            required = true,
            description = "The right mask, and why.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = AnnotationCorrectionForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What replaced it",
            content = @Content(schema = @Schema(implementation = CorrectedView.class)))
    @APIResponse(responseCode = "400", description = "A part is missing or no mask of this image")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public CorrectedView correctAnnotation(
            @Parameter(description = "The annotation's id") @PathParam("id") long id,
            MultipartFormDataInput form) {
        for (String part : Forms.parts(form)) {
            if (!Set.of("mask", "reason", "state").contains(part)) {
                throw ServiceException.badParameter(part, "a part", "mask, reason or state");
            }
        }
        String state = Forms.text(form, "state");
        Verdicts.Corrected corrected =
                loop.correctAnnotation(
                        id,
                        mask(form, "mask"),
                        state == null ? "unreviewed" : state,
                        Because.of(caller.scope(), Forms.requireText(form, "reason")));
        return CorrectedView.of(corrected);
    }

    private static AnswerLoop.SentMask mask(MultipartFormDataInput form, String part) {
        SentFile file = Forms.requireFile(form, part);
        return new AnswerLoop.SentMask(file.name(), file.bytes());
    }

    /** One label, asked again. */
    @Schema(name = "ComparedLabel", description = "One label of a query that was asked again.")
    public record ComparedView(
            @Schema(description = "The label.") String label,
            @Schema(description = "Dice of the mask now with the one recorded then.") double dice,
            @Schema(description = "Pixels inside then.") int areaThen,
            @Schema(description = "Pixels inside now.") int areaNow,
            @Schema(description = "Supports then.") int supportsThen,
            @Schema(description = "Supports of then that serve again.") int supportsKept) {}

    /** A query asked again. */
    @Schema(name = "AskedAgain", description = "A query asked again of its pool as it is now.")
    public record AgainView(
            @Schema(description = "The answer of then.") UUID then,
            @Schema(description = "The answer of now, recorded as well.") UUID now,
            @Schema(description = "The pool's version then.") int versionThen,
            @Schema(description = "The pool's version now.") int versionNow,
            @Schema(description = "Each label.") List<ComparedView> labels) {}

    @POST
    @Path("/segmentations/{id}/again")
    @Operation(
            summary = "Ask a recorded query again, and compare the answers",
            description = "Of the pool as it is now. No body is read.")
    @APIResponse(
            responseCode = "200",
            description = "How the answers differ",
            content = @Content(schema = @Schema(implementation = AgainView.class)))
    @APIResponse(responseCode = "404", description = "There is no answer of this id")
    @APIResponse(responseCode = "409", description = "An index is of another version")
    @APIResponse(responseCode = "413", description = "The network may not have as much memory")
    @APIResponse(responseCode = "422", description = "No annotated image may serve any more")
    public AgainView again(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id) {
        AnswerLoop.Again again = loop.askAgain(caller.scope(), id);
        return new AgainView(
                again.then(),
                again.now(),
                again.versionThen(),
                again.versionNow(),
                again.labels().stream()
                        .map(one ->
                                new ComparedView(
                                        one.label(),
                                        one.dice(),
                                        one.areaThen(),
                                        one.areaNow(),
                                        one.supportsThen(),
                                        one.supportsKept()))
                        .toList());
    }
}
