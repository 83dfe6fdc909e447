package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.api.access.Caller;
import org.precedent.erasure.Erasure;
import org.precedent.projection.EncodingProjection;
import org.precedent.projection.ImageProjection;

/** Patients, images and answers go for good. */
@Path("/v1/erasures")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Privacy", description = "What is erased, for good.")
@Blocking
public class ErasureResource {
    private final Erasure erasure;
    private final ImageProjection images;
    private final EncodingProjection encodings;
    private final StrictJson json;
    private final Caller caller;

    ErasureResource(
            Erasure erasure,
            ImageProjection images,
            EncodingProjection encodings,
            StrictJson json,
            Caller caller) {
        this.erasure = erasure;
        this.images = images;
        this.encodings = encodings;
        this.json = json;
        this.caller = caller;
    }

    /** What is to be erased. */
    @Schema(name = "ErasureRequest", description = "What is to be erased, and why.")
    public record ErasureForm(
            @Schema(
                            required = true,
                            description =
                                    "What `id` names. patient: all images of a pseudonym, and all"
                                            + " answers to queries of it.",
                            enumeration = {"answer", "image", "patient"})
                    @Nullable String what,
            @Schema(
                            required = true,
                            description = "The id of an image or answer, or a patient's pseudonym.",
                            maxLength = 200)
                    @Nullable String id,
            @Schema(
                            description =
                                    "A patient's site. Default: the caller's own, for administrators"
                                            + " every one.",
                            maxLength = 200,
                            nullable = true)
                    @Nullable String site,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(
                            description =
                                    "Only says what would be erased; there is no undo. Default: true.",
                            defaultValue = "true",
                            nullable = true)
                    @Nullable Boolean dryRun) {}

    /** What was erased. */
    @Schema(name = "Erased", description = "What was erased, or would be.")
    public record ErasedView(
            @Schema(description = "Whether nothing was changed.") boolean dryRun,
            @Schema(description = "Images.", minimum = "0") int images,
            @Schema(description = "Annotations on them.", minimum = "0") int annotations,
            @Schema(
                            description = "Answers that were erased whole, with their queries.",
                            minimum = "0")
                    int answers,
            @Schema(
                            description =
                                    "Answers of others that rested on what was erased: they say so, and"
                                            + " cannot be replayed any more.",
                            minimum = "0")
                    int answersLeft,
            @Schema(
                            description =
                                    "Adaptations whose weights had learnt from what was erased: they are"
                                            + " withdrawn, answer no more, and what they answered cannot be"
                                            + " replayed.",
                            minimum = "0")
                    int adaptations,
            @Schema(
                            description =
                                    "Stored files that nothing names any more; of a dry run, those that"
                                            + " may be.",
                            minimum = "0")
                    int blobs) {}

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Erase a patient, an image or an answer",
            description =
                    "Retired at once for every version of every pool; gone from catalogue, stored bytes,"
                            + " indexes and kept encodings. A keyed hash keeps a repeated ingest or a"
                            + " restored backup from bringing it back. There is no undo.")
    @RequestBody(
            required = true,
            description = "What, and why.",
            content = @Content(schema = @Schema(implementation = ErasureForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What was erased",
            content = @Content(schema = @Schema(implementation = ErasedView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(
            responseCode = "404",
            description = "There is no such patient, image or answer of the own site")
    public ErasedView erase(@Nullable String body) throws JsonProcessingException {
        if (body == null || body.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        ErasureForm form = json.read("body", body, ErasureForm.class);
        String what = Forms.require("body.what", form.what());
        String id = Forms.require("body.id", form.id());
        Erasure.Subject subject =
                switch (what) {
                    case "patient" -> new Erasure.Subject.Patient(id, form.site());
                    case "image" -> new Erasure.Subject.Image(uuid(id));
                    case "answer" -> new Erasure.Subject.Answer(uuid(id));
                    default ->
                            throw ServiceException.badParameter(
                                    "body.what", what, "patient, image or answer");
                };
        Erasure.Erased erased =
                erasure.erase(
                        caller.scope(),
                        subject,
                        Forms.require("body.reason", form.reason()),
                        !Boolean.FALSE.equals(form.dryRun()));
        images.wake();
        encodings.wake();
        return new ErasedView(
                erased.dryRun(),
                erased.images(),
                erased.annotations(),
                erased.answers(),
                erased.answersLeft(),
                erased.adaptations(),
                erased.blobs());
    }

    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw ServiceException.badParameter("body.id", id, "an id as the service answered it");
        }
    }
}
