package org.precedent.api.monailabel;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.api.Forms;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.ImageRecords.Annotated;
import org.precedent.viewer.Datastore;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.LabelKeeper;
import org.precedent.viewer.LabelMaps;
import org.precedent.viewer.LabelMaps.Tagged;
import org.precedent.viewer.ViewedImage;

/** The label maps that people draw in viewers. */
@Path("/monailabel/datastore")
@Tag(name = "MONAI Label")
@Blocking
public class LabelResource {
    private static final String JSON = "#/components/schemas/JsonValue";
    private static final String TAG =
            "`final`, or the tag that it was saved under; `TAG@1` is the first version of it,"
                    + " `TASK.TAG` tells tasks apart";
    private static final int LONGEST_REASON = 200;

    private final Datastore datastore;
    private final LabelMaps labels;
    private final LabelKeeper keeper;
    private final LabelMapFiles files;
    private final ViewerForms forms;
    private final Caller caller;
    private final AuditNote note;

    LabelResource(
            Datastore datastore,
            LabelMaps labels,
            LabelKeeper keeper,
            LabelMapFiles files,
            ViewerForms forms,
            Caller caller,
            AuditNote note) {
        this.datastore = datastore;
        this.labels = labels;
        this.keeper = keeper;
        this.files = files;
        this.forms = forms;
        this.caller = caller;
        this.note = note;
    }

    /** For the API's description: the parts of a label map. */
    @Schema(name = "ViewerLabel", description = "A label map that somebody drew.")
    static final class LabelForm {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description =
                        "On the image's own voxels: NRRD (`.seg.nrrd` too), NIfTI, a DICOM segmentation of"
                                + " a volume; of a picture also PNG, BMP or TIFF with one value a"
                                + " label.")
        public @Nullable String label;

        @Schema(
                required = true,
                description =
                        "A JSON object; known are `label_info` ([{`name`, `idx`}]: which value is which"
                                + " label; default: as the model's), and `model` where names alone leave"
                                + " the task open. The rest is kept with the label.")
        public @Nullable String params;
    }

    /** A label map that is kept. */
    @Schema(name = "ViewerLabelKept", description = "A label map as it is kept.")
    public record KeptView(
            @Schema(description = "The image's id.") String image,
            @Schema(description = "The label's id, which is its image's.") String label,
            @Schema(description = "The tag that it has.") String tag,
            @Schema(description = "The task that its labels are of.") String task,
            @Schema(description = "The pool that holds them.") String pool,
            @Schema(description = "Annotations that became of it.") List<Long> annotations,
            @Schema(
                            description =
                                    "Those of them that wait beside approved ones until a curator approves"
                                            + " them.")
                    int waiting,
            @Schema(description = "The review state of what is new.", enumeration = "unreviewed")
                    @JsonProperty("review_state")
                    String state) {}

    @PUT
    @Path("/label")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Save a label map",
            description =
                    "Each label that holds a voxel becomes an unreviewed annotation by the caller; of a"
                            + " volume one a slice, beside as many slices that show no label. All or"
                            + " nothing. A curator's approval makes them supports. A tag that is saved"
                            + " again is a new version.")
    @RequestBody(
            required = true,
            description = "The label map.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = LabelForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is kept, and on disk",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = KeptView.class)))
    @APIResponse(
            responseCode = "400",
            description =
                    "A part is missing, the label lies on another grid, holds values without a name or"
                            + " nothing, or its names leave the task open; nothing is stored")
    @APIResponse(responseCode = "404", description = "There is no such image or model")
    @APIResponse(responseCode = "409", description = "The pool has the pixels of another patient")
    @APIResponse(responseCode = "413", description = "The label is above a limit")
    public Response put(
            @Parameter(required = true, description = "The image that it was drawn on")
                    @QueryParam("image")
                    @Nullable String image,
            @Parameter(
                            description = "Its tag: letters, digits, hyphens and underscores",
                            schema = @Schema(type = SchemaType.STRING, defaultValue = "final"))
                    @QueryParam("tag")
                    @Nullable String tag,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        Item item = item("image", image);
        ObjectNode params = forms.object(form, "params");
        LabelKeeper.Sent sent =
                new LabelKeeper.Sent(
                        tag == null || tag.isBlank() ? LabelMaps.FINAL : tag,
                        Forms.requireFile(form, "label"),
                        ViewerForms.labelInfo(params),
                        ViewerForms.text(params, "model"),
                        forms.text(params));
        LabelKeeper.Kept kept = keeper.save(scope, item, sent);
        note.about("label " + sent.tag());
        return InfoResource.json(
                new KeptView(
                        item.id(),
                        item.id(),
                        sent.tag(),
                        kept.task().name(),
                        kept.pool(),
                        kept.annotations(),
                        kept.waiting(),
                        ReviewState.UNREVIEWED.word()));
    }

    /** The image that a request names, by whichever of two parameters. */
    private Item item(String field, @Nullable String id) {
        Item item = datastore.require(caller.scope(), Forms.require(field, id));
        note.about("image " + item.row());
        return item;
    }

    private static String tag(@Nullable String tag) {
        return tag == null || tag.isBlank() ? LabelMaps.FINAL : tag;
    }

    @GET
    @Path("/label")
    @Operation(
            summary = "A label map as a file",
            description =
                    "On the image's own voxels, a value a label as the model's `labels` say: a picture's as"
                            + " PNG, a volume's as it is kept. `HEAD` asks whether it is there.")
    @APIResponse(
            responseCode = "200",
            description = "The file",
            content =
                    @Content(
                            mediaType = "application/octet-stream",
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "400", description = "No image is named")
    @APIResponse(
            responseCode = "404",
            description = "There is no such image, or no label of the tag")
    public Response get(
            @Parameter(required = true, description = "The image's id, unless `image` is given")
                    @QueryParam("label")
                    @Nullable String label,
            @Parameter(description = "Likewise, as `HEAD` is asked") @QueryParam("image")
                    @Nullable String image,
            @Parameter(description = TAG) @QueryParam("tag") @Nullable String tag) {
        Scope scope = caller.scope();
        Item item = item("label", label == null ? image : label);
        Tagged tagged = labels.require(scope, item, tag(tag));
        return MultipartReply.file(
                MultipartReply.safe(item.id()) + DatastoreResource.extension(item),
                MediaType.APPLICATION_OCTET_STREAM,
                file(item, tagged));
    }

    /** The file of a label map; the audit learns of its annotations. */
    byte[] file(Item item, Tagged tagged) {
        note.disclosed(tagged.annotations().stream().map(Annotated::id).toList());
        Map<String, Integer> legend = legend(tagged.task());
        ViewedImage image = datastore.read(item);
        return files.write(
                files.kind(DatastoreResource.extension(item), image),
                image,
                labels.map(image, tagged, legend),
                legend,
                true);
    }

    private static Map<String, Integer> legend(Task task) {
        Map<String, Integer> legend = new LinkedHashMap<>();
        task.labels().forEach(label -> legend.put(label.name(), legend.size() + 1));
        return legend;
    }

    @DELETE
    @Path("/label")
    @Operation(
            summary = "Remove a label map",
            description =
                    "All versions of its tag; for whoever saved it, and for curators, who retire its"
                            + " annotations by that. An undo takes a retirement back.")
    @APIResponse(
            responseCode = "200",
            description = "It is removed: an empty object",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "No image is named")
    @APIResponse(
            responseCode = "404",
            description = "There is no such image, or no label of the tag")
    public Response delete(
            @Parameter(required = true, description = "The image's id") @QueryParam("id")
                    @Nullable String id,
            @Parameter(description = TAG) @QueryParam("tag") @Nullable String tag) {
        Scope scope = caller.scope();
        Item item = item("id", id);
        labels.remove(scope, item, labels.require(scope, item, tag(tag)));
        return InfoResource.json(Map.of());
    }

    @GET
    @Path("/label/info")
    @Operation(
            summary = "What is known of a label map",
            description =
                    "Its task, labels, authors and review state, and what viewers keep with it.")
    @APIResponse(
            responseCode = "200",
            description =
                    "`task`, `label_names`, `version`, `segmentationMeta.status` (`approved`, `flagged` or"
                            + " `segmented`), and what viewers keep with it",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "No image is named")
    @APIResponse(
            responseCode = "404",
            description = "There is no such image, or no label of the tag")
    public Response info(
            @Parameter(required = true, description = "The image's id") @QueryParam("label")
                    @Nullable String label,
            @Parameter(description = TAG) @QueryParam("tag") @Nullable String tag) {
        Item item = item("label", label);
        return InfoResource.json(about(forms, labels.require(caller.scope(), item, tag(tag))));
    }

    /** What a viewer is told of a label map. */
    static ObjectNode about(ViewerForms forms, Tagged tagged) {
        ObjectNode about = forms.kept(tagged.info());
        about.put("task", tagged.task().name());
        about.put("version", tagged.version());
        ObjectNode names = about.putObject("label_names");
        Map<String, Integer> legend = legend(tagged.task());
        tagged.annotations().stream()
                .map(Annotated::label)
                .distinct()
                .sorted((a, b) ->
                        Integer.compare(legend.getOrDefault(a, 0), legend.getOrDefault(b, 0)))
                .forEach(one -> names.put(one, legend.getOrDefault(one, 0)));
        about.put("annotations", tagged.annotations().size());
        tagged.annotations().stream()
                .map(Annotated::author)
                .filter(Objects::nonNull)
                .findFirst()
                .ifPresent(author -> about.put("author", author));
        tagged.annotations().stream()
                .map(one -> one.createdAt().getEpochSecond())
                .max(Long::compare)
                .ifPresent(at -> about.put("ts", at));
        // The review state is the catalogue's, whatever a viewer kept of it.
        ObjectNode meta =
                about.get("segmentationMeta") instanceof ObjectNode said
                        ? said
                        : about.putObject("segmentationMeta");
        meta.put("status", tagged.status());
        return about;
    }

    @PUT
    @Path("/label/info")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Keep something with a label map",
            description =
                    "In place of what was kept. `segmentationMeta.status` is a review as below, for"
                            + " curators.")
    @RequestBody(
            required = true,
            description = "What to keep.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema =
                                    @Schema(
                                            implementation =
                                                    DatastoreResource.DescriptionForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is kept: an empty object",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "No image is named, or no JSON object is sent")
    @APIResponse(
            responseCode = "404",
            description = "There is no such image, or no label of the tag")
    public Response describe(
            @Parameter(required = true, description = "The image's id") @QueryParam("label")
                    @Nullable String label,
            @Parameter(description = TAG) @QueryParam("tag") @Nullable String tag,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        return keep(label, tag, Forms.requireText(form, "info"));
    }

    /** For the API's description: the part of a review. */
    @Schema(name = "ViewerReview", description = "What a reviewer says of a label map.")
    static final class ReviewForm {
        @Schema(
                required = true,
                description =
                        "A JSON object with `segmentationMeta`: `status`, `comment`, and what else is to be"
                                + " kept.")
        public @Nullable String params;
    }

    @PUT
    @Path("/updatelabelinfo")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Review a label map",
            description =
                    "`segmentationMeta.status`: `approved` lets its annotations serve as supports,"
                            + " `flagged` rejects them, `segmented` and `not segmented` leave them"
                            + " unreviewed. For curators; in the history with the comment as its reason,"
                            + " and undone like every review.")
    @RequestBody(
            required = true,
            description = "The review.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = ReviewForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is kept: an empty object",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(
            responseCode = "400",
            description = "No image is named, or no such status is known")
    @APIResponse(
            responseCode = "404",
            description = "There is no such image, or no label of the tag")
    public Response review(
            @Parameter(required = true, description = "The image's id") @QueryParam("label")
                    @Nullable String label,
            @Parameter(description = TAG) @QueryParam("tag") @Nullable String tag,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        return keep(label, tag, Forms.requireText(form, "params"));
    }

    private Response keep(@Nullable String label, @Nullable String tag, String text)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        Item item = item("label", label);
        Tagged tagged = labels.require(scope, item, tag(tag));
        ObjectNode info = forms.object("params", text);
        JsonNode meta = info.path("segmentationMeta");
        if (!meta.isMissingNode() && !meta.isObject()) {
            throw ServiceException.badParameter(
                    "params.segmentationMeta", meta, "a JSON object with a status");
        }
        String status = ViewerForms.text(meta, "status");
        if (status != null) {
            ReviewState state = state(status);
            String comment = ViewerForms.text(meta, "comment");
            String reason =
                    comment == null || comment.isBlank()
                            ? "in a viewer: " + status
                            : comment.length() > LONGEST_REASON
                                    ? comment.substring(0, LONGEST_REASON)
                                    : comment;
            labels.review(scope, tagged, state, reason);
        }
        labels.describe(scope, item, tagged, forms.text(info));
        return InfoResource.json(Map.of());
    }

    private static ReviewState state(String status) {
        return switch (status) {
            case "approved" -> ReviewState.APPROVED;
            case "flagged" -> ReviewState.REJECTED;
            case "segmented", "not segmented", "" -> ReviewState.UNREVIEWED;
            default ->
                    throw ServiceException.badParameter(
                            "params.segmentationMeta.status",
                            status,
                            "approved, segmented, flagged or not segmented");
        };
    }
}
