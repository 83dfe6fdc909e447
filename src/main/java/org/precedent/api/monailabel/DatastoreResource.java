package org.precedent.api.monailabel;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
import org.precedent.Sha256;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.api.Forms;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.review.ImageRecords.Stored;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.viewer.Datastore;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.ImageReceiver;
import org.precedent.viewer.LabelMaps;
import org.precedent.viewer.LabelMaps.Tagged;
import org.precedent.viewer.ViewedImage;
import org.precedent.viewer.ViewerImage;
import org.precedent.viewer.ViewerImages;

/** The images that a viewer can open. */
@Path("/monailabel/datastore")
@Tag(name = "MONAI Label")
@Blocking
public class DatastoreResource {
    private static final String JSON = "#/components/schemas/JsonValue";

    private final Datastore datastore;
    private final ViewerImages uploads;
    private final ImageReceiver receiver;
    private final LabelMaps labels;
    private final InfoResource info;
    private final ViewerForms forms;
    private final Caller caller;
    private final AuditNote note;

    DatastoreResource(
            Datastore datastore,
            ViewerImages uploads,
            ImageReceiver receiver,
            LabelMaps labels,
            InfoResource info,
            ViewerForms forms,
            Caller caller,
            AuditNote note) {
        this.datastore = datastore;
        this.uploads = uploads;
        this.receiver = receiver;
        this.labels = labels;
        this.info = info;
        this.forms = forms;
        this.caller = caller;
        this.note = note;
    }

    @GET
    @Operation(
            summary = "What there is to open, and labels of it",
            description =
                    "`stats`: figures. `all`: every image that the caller sees with its labels; uploads"
                            + " first, then stored images by their ids, at most "
                            + Datastore.MOST
                            + ". `train`: pairs of those that have a final label.")
    @APIResponse(
            responseCode = "200",
            description =
                    "Figures (`total`, `completed`, `label_tags`), `objects` by the image's id, or a list"
                            + " of `image` and `label`",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "There is no such output")
    public Response list(
            @Parameter(
                            description = "What to list",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {"stats", "all", "train"},
                                            defaultValue = "stats"))
                    @QueryParam("output")
                    @Nullable String output) {
        Scope scope = caller.scope();
        scope.require(Action.SEE_TASKS);
        List<Item> items = datastore.list(scope);
        String wanted = Objects.requireNonNullElse(output, "stats");
        return switch (wanted) {
            case "stats" -> InfoResource.json(info.stats(scope, items));
            case "all" -> InfoResource.json(all(scope, items));
            case "train" -> InfoResource.json(train(scope, items));
            default -> throw ServiceException.badParameter("output", wanted, "stats, all or train");
        };
    }

    private ObjectNode all(Scope scope, List<Item> items) {
        ObjectNode all = forms.object();
        all.put("name", "Precedent");
        all.put("description", "The uploads of the own site, and stored images by their ids");
        all.put("images_dir", "image");
        all.put("labels_dir", "label");
        ObjectNode objects = all.putObject("objects");
        Map<UUID, Map<String, Tagged>> tags = labels.tags(scope, items);
        for (Item item : items) {
            ObjectNode object = objects.putObject(item.id());
            ObjectNode image = object.putObject("image");
            image.put("ext", item.suffix());
            image.set("info", about(item));
            ObjectNode of = object.putObject("labels");
            tags.getOrDefault(item.row(), Map.of())
                    .forEach((tag, one) -> {
                        ObjectNode label = of.putObject(tag);
                        label.put("ext", extension(item));
                        label.set("info", LabelResource.about(forms, one));
                    });
        }
        return all;
    }

    private ArrayNode train(Scope scope, List<Item> items) {
        ArrayNode pairs = forms.object().putArray("pairs");
        Map<UUID, Map<String, Tagged>> tags = labels.tags(scope, items);
        for (Item item : items) {
            tags.getOrDefault(item.row(), Map.of())
                    .forEach((tag, one) -> {
                        if (one.tag().equals(LabelMaps.FINAL)) {
                            pairs.addObject()
                                    .put("image", "image/" + item.id() + item.suffix())
                                    .put(
                                            "label",
                                            "label/" + tag + "/" + item.id() + extension(item));
                        }
                    });
        }
        return pairs;
    }

    /** A label map is a file of the kind that its image is. */
    static String extension(Item item) {
        return item.suffix();
    }

    /** What is known of an image, and what a viewer keeps with it. */
    ObjectNode about(Item item) {
        return switch (item) {
            case Item.Upload upload -> {
                ViewerImage image = upload.image();
                ObjectNode about = forms.kept(image.info());
                about.put("name", image.name() + nameSuffix(image));
                about.put("ts", image.createdAt().getEpochSecond());
                about.put("modality", image.modality());
                about.put("checksum", "SHA256:" + image.sentHash());
                yield about;
            }
            case Item.Record one -> {
                Stored stored = one.stored();
                ObjectNode about = forms.object();
                about.put("name", stored.id() + ".png");
                about.put("source", stored.name());
                about.put("ts", stored.createdAt().getEpochSecond());
                about.put("modality", stored.modality());
                if (stored.sliceIndex() != null) {
                    about.put("series", stored.series());
                    about.put("slice", stored.sliceIndex());
                }
                yield about;
            }
        };
    }

    /** Viewers tell how to read a file by its name. */
    static String nameSuffix(ViewerImage image) {
        String suffix = image.kind().suffix();
        return image.name().toLowerCase(Locale.ROOT).endsWith(suffix) ? "" : suffix;
    }

    // ---- images

    /** For the API's description: the parts of an image. */
    @Schema(name = "ViewerUpload", description = "An image that a viewer sends.")
    static final class UploadForm {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description =
                        "A picture (PNG, BMP, JPEG, TIFF), a NIfTI or NRRD volume, the DICOM files of one"
                                + " series (repeated), or a zip file of them. What is kept is its pixels"
                                + " and where they lie, never a header.")
        public @Nullable String file;

        @Schema(
                description =
                        "A JSON object; known are `patient` (a pseudonym; made of the content where"
                                + " nothing says whose image it is) and `modality`.")
        public @Nullable String params;
    }

    /** An image that is there. */
    @Schema(name = "ViewerUploaded", description = "An image that a viewer sent.")
    public record UploadedView(
            @Schema(description = "What to call it from now on.") String image,
            @Schema(description = "Its row, which stays when its name is given to another.")
                    @JsonProperty("precedent_id")
                    UUID id) {}

    @PUT
    @Path("/image")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Send an image",
            description =
                    "It is there for the caller, and for annotators and curators of the site, until nobody"
                            + " uses it for 30 days. One that the caller sent under this name before is"
                            + " replaced; labels of it stay as annotations.")
    @RequestBody(
            required = true,
            description = "The image.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = UploadForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is kept",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = UploadedView.class)))
    @APIResponse(
            responseCode = "400",
            description = "A part is missing, or the image cannot be read; nothing is kept")
    @APIResponse(responseCode = "413", description = "The image is above a limit")
    public Response put(
            @Parameter(description = "What to call it. Default: the file's name")
                    @QueryParam("image")
                    @Nullable String image,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        scope.require(Action.ASK);
        JsonNode params = forms.object(form, "params");
        List<SentFile> files = ViewerForms.files(form, "file");
        ViewedImage read =
                receiver.read(
                        "file",
                        files,
                        image == null || image.isBlank() ? null : image,
                        ImageChoice.said(params));
        ViewerImage kept = uploads.keep(scope, read, Sha256.of(files.getFirst().bytes()));
        note.about("image " + kept.id());
        return InfoResource.json(new UploadedView(kept.name(), kept.id()));
    }

    @PUT
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Send an image (as older viewers do)",
            description = "As `PUT /monailabel/datastore/image`.")
    @RequestBody(
            required = true,
            description = "The image.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = UploadForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is kept",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = UploadedView.class)))
    @APIResponse(
            responseCode = "400",
            description = "A part is missing, or the image cannot be read; nothing is kept")
    @APIResponse(responseCode = "413", description = "The image is above a limit")
    public Response putOld(
            @Parameter(description = "What to call it. Default: the file's name")
                    @QueryParam("image")
                    @Nullable String image,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        return put(image, form);
    }

    @GET
    @Path("/image")
    @Operation(
            summary = "An image as a file",
            description =
                    "A picture or stored slice as PNG, a volume as it is kept. With `check_sum` only where"
                            + " the file that was sent had this SHA-256; `HEAD` asks whether it is there.")
    @APIResponse(
            responseCode = "200",
            description = "The file",
            content =
                    @Content(
                            mediaType = "application/octet-stream",
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "400", description = "No image is named")
    @APIResponse(responseCode = "404", description = "There is no such image")
    public Response get(
            @Parameter(required = true, description = "The image's id") @QueryParam("image")
                    @Nullable String image,
            @Parameter(description = "SHA-256 of the file as sent, hex, `SHA256:` before it or not")
                    @QueryParam("check_sum")
                    @Nullable String checkSum) {
        Item item = require(image);
        if (checkSum != null && !checkSum.isBlank()) {
            String wanted = checkSum.replaceFirst("(?i)^SHA256:", "").toLowerCase(Locale.ROOT);
            if (!(item instanceof Item.Upload upload)
                    || !upload.image().sentHash().equals(wanted)) {
                throw CatalogException.unknownImage(item.id());
            }
        }
        return MultipartReply.file(
                MultipartReply.safe(item.id()) + item.suffix(),
                MediaType.APPLICATION_OCTET_STREAM,
                datastore.file(item));
    }

    private Item require(@Nullable String image) {
        Item item = datastore.require(caller.scope(), Forms.require("image", image));
        note.about("image " + item.row());
        return item;
    }

    @DELETE
    @Path("/image")
    @Operation(
            summary = "Remove an upload",
            description =
                    "The caller's own, or for curators any of the site. What was saved of it stays as"
                            + " annotations; stored images are removed by an erasure alone.")
    @APIResponse(
            responseCode = "200",
            description = "It is removed: an empty object",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "No image is named")
    @APIResponse(responseCode = "404", description = "There is no such upload")
    public Response delete(
            @Parameter(required = true, description = "The image's id") @QueryParam("id")
                    @Nullable String id) {
        Scope scope = caller.scope();
        ViewerImage image = uploads.require(scope, Forms.require("id", id));
        note.about("image " + image.id());
        uploads.delete(scope, image);
        return InfoResource.json(Map.of());
    }

    @GET
    @Path("/image/info")
    @Operation(
            summary = "What is known of an image",
            description = "And what viewers keep with an upload.")
    @APIResponse(
            responseCode = "200",
            description = "`name`, `ts`, `modality` and what viewers keep with it",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "No image is named")
    @APIResponse(responseCode = "404", description = "There is no such image")
    public Response info(
            @Parameter(required = true, description = "The image's id") @QueryParam("image")
                    @Nullable String image) {
        return InfoResource.json(about(require(image)));
    }

    /** For the API's description: the part of an image's description. */
    @Schema(name = "ViewerDescription", description = "What a viewer keeps with an image or label.")
    static final class DescriptionForm {
        @Schema(required = true, description = "A JSON object, at most 64 KiB.")
        public @Nullable String info;
    }

    @PUT
    @Path("/image/info")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Keep something with an upload",
            description = "In place of what was kept. Names of patients do not belong there.")
    @RequestBody(
            required = true,
            description = "What to keep.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = DescriptionForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "It is kept: an empty object",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "No image is named, or no JSON object is sent")
    @APIResponse(responseCode = "404", description = "There is no such upload")
    public Response describe(
            @Parameter(required = true, description = "The image's id") @QueryParam("image")
                    @Nullable String image,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        ViewerImage of = uploads.require(scope, Forms.require("image", image));
        note.about("image " + of.id());
        String text = Forms.requireText(form, "info");
        uploads.describe(scope, of, forms.text(forms.object("info", text)));
        return InfoResource.json(Map.of());
    }
}
