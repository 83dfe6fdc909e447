package org.precedent.api.monailabel;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
import org.precedent.access.ViewerConfig;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.viewer.ImageReceiver;
import org.precedent.viewer.ViewerImage;
import org.precedent.viewer.ViewerImages;

/** Images that are asked about for a while, and known to their owner alone. */
@Path("/monailabel/session")
@Tag(name = "MONAI Label")
@Blocking
public class SessionResource {
    private static final String JSON = "#/components/schemas/JsonValue";

    private final ViewerImages uploads;
    private final ImageReceiver receiver;
    private final ViewerConfig config;
    private final ViewerForms forms;
    private final Caller caller;
    private final AuditNote note;

    SessionResource(
            ViewerImages uploads,
            ImageReceiver receiver,
            ViewerConfig config,
            ViewerForms forms,
            Caller caller,
            AuditNote note) {
        this.uploads = uploads;
        this.receiver = receiver;
        this.config = config;
        this.forms = forms;
        this.caller = caller;
        this.note = note;
    }

    /** For the API's description: the parts of a session. */
    @Schema(name = "ViewerSessionFiles", description = "The image of a session.")
    static final class SessionForm {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description = "The image, as an upload: repeated for the files of a DICOM series.")
        public @Nullable String files;
    }

    @PUT
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Open a session with an image",
            description =
                    "The image is known to its owner alone and goes when nobody asked about it for a while."
                            + " Zip files are unpacked.")
    @RequestBody(
            required = true,
            description = "The image.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = SessionForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "`session_id` and `session_info`",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "400", description = "The image or the expiry is not valid")
    @APIResponse(responseCode = "413", description = "The image is above a limit")
    public Response open(
            @Parameter(
                            description = "Seconds after which it goes, at most as configured",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0"))
                    @QueryParam("expiry")
                    @Nullable String expiry,
            MultipartFormDataInput form) {
        Scope scope = caller.scope();
        scope.require(Action.ASK);
        Duration until = expiry(expiry);
        List<SentFile> files = ViewerForms.files(form, "files");
        ViewerImage kept =
                uploads.open(
                        scope,
                        receiver.read("files", files, null, ImageReceiver.Said.NOTHING),
                        Sha256.of(files.getFirst().bytes()),
                        until);
        note.about("session " + kept.id());
        ObjectNode told = forms.object();
        told.put("session_id", kept.id().toString());
        told.set("session_info", about(kept));
        return InfoResource.json(told);
    }

    /** 0 and nothing mean as long as a session lasts. */
    private Duration expiry(@Nullable String text) {
        long most = config.session().toSeconds();
        if (text == null || text.isBlank()) {
            return config.session();
        }
        try {
            long seconds = Long.parseLong(text.trim());
            if (seconds >= 0) {
                return seconds == 0 || seconds > most
                        ? config.session()
                        : Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter("expiry", text, "a number of seconds from 0");
    }

    private ObjectNode about(ViewerImage session) {
        ObjectNode about = forms.object();
        about.put("name", session.id().toString());
        about.put("path", session.id().toString());
        about.put("image", session.id() + session.kind().suffix());
        about.putObject("meta").put("modality", session.modality());
        about.put("create_ts", session.createdAt().getEpochSecond());
        about.put("last_access_ts", session.expiresAt().minus(session.keep()).getEpochSecond());
        about.put("expiry", session.keep().toSeconds());
        return about;
    }

    @GET
    @Path("/{id}")
    @Operation(
            summary = "A session",
            description = "`update_ts` keeps it alive; `image=true` gives its image as a file.")
    @APIResponse(
            responseCode = "200",
            description = "The session, or its image",
            content = {
                @Content(mediaType = "application/json", schema = @Schema(ref = JSON)),
                @Content(
                        mediaType = "application/octet-stream",
                        schema = @Schema(type = SchemaType.STRING, format = "binary"))
            })
    @APIResponse(responseCode = "404", description = "There is no such session, or it has expired")
    public Response get(
            @Parameter(description = "The `session_id`") @PathParam("id") String id,
            @Parameter(description = "true: keep it alive") @QueryParam("update_ts")
                    @Nullable String update,
            @Parameter(description = "true: its image") @QueryParam("image")
                    @Nullable String image) {
        ViewerImage session = uploads.session(caller.scope(), id);
        note.about("session " + session.id());
        if ("true".equalsIgnoreCase(update)) {
            uploads.used(session);
        }
        if ("true".equalsIgnoreCase(image)) {
            byte[] file = uploads.file(session);
            return MultipartReply.file(
                    session.id() + session.kind().suffix(),
                    MediaType.APPLICATION_OCTET_STREAM,
                    session.kind() == ViewerImage.Kind.PICTURE
                            ? PngWriter.png(Raster.fromNetpbm(file))
                            : file);
        }
        return InfoResource.json(about(session));
    }

    @DELETE
    @Path("/{id}")
    @Operation(summary = "End a session", description = "Its image is gone.")
    @APIResponse(
            responseCode = "200",
            description = "It is ended: an empty object",
            content = @Content(mediaType = "application/json", schema = @Schema(ref = JSON)))
    @APIResponse(responseCode = "404", description = "There is no such session, or it has expired")
    public Response delete(
            @Parameter(description = "The `session_id`") @PathParam("id") String id) {
        Scope scope = caller.scope();
        ViewerImage session = uploads.session(scope, id);
        note.about("session " + session.id());
        uploads.delete(scope, session);
        return InfoResource.json(Map.of());
    }
}
