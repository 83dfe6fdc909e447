package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.LocalDateTime;
import java.util.List;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.api.access.Caller;
import org.precedent.api.view.StudyView;
import org.precedent.study.StudyFormat;
import org.precedent.study.StudyJob;
import org.precedent.study.StudyJobs;

/** Studies that were sent to be segmented: how far they are, their results, their end. */
@Path("/v1/studies")
@Produces(MediaType.APPLICATION_JSON)
@Tag(
        name = "Studies",
        description =
                "Whole volumes, segmented slice by slice in the background. Research software, not a"
                        + " medical device.")
@Blocking
public class StudyResource {
    private static final String ID = "The `id` of a study";
    private static final String NIFTI = "application/gzip";
    private static final String NRRD = "application/x-nrrd";
    private static final String PNG = "application/zip";
    private static final String DICOM = "application/dicom";

    /** In a zip, so that the same pictures have the same bytes. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final StudyJobs studies;
    private final Caller caller;
    private final Clock clock;

    StudyResource(StudyJobs studies, Caller caller, Clock clock) {
        this.studies = studies;
        this.caller = caller;
        this.clock = clock;
    }

    @GET
    @Path("/{id}")
    @Operation(
            summary = "How far a study is",
            description =
                    "State, progress, and the recorded answer of each slice that is done. A study is"
                            + " its sender's, and whoever's may read the sender's answers.")
    @APIResponse(responseCode = "200", description = "The study as it is now")
    @APIResponse(responseCode = "404", description = "There is no study of this id")
    public StudyView get(@Parameter(description = ID) @PathParam("id") UUID id) {
        return view(studies.find(caller.scope(), id));
    }

    @DELETE
    @Path("/{id}")
    @Operation(
            summary = "Cancel a study, or let go of one that has ended",
            description =
                    "One that waits or runs is cancelled, at the latest after the slice that is being"
                            + " answered. Of one that has ended, what was sent and the result go at"
                            + " once, and it is not there any more. The recorded answers of its slices"
                            + " stay.")
    @APIResponse(responseCode = "200", description = "The study as it was left")
    @APIResponse(responseCode = "404", description = "There is no study of this id")
    public StudyView delete(@Parameter(description = ID) @PathParam("id") UUID id) {
        return view(studies.cancel(caller.scope(), id));
    }

    @GET
    @Path("/{id}/result")
    @Produces({NIFTI, NRRD, PNG, DICOM})
    @Operation(
            summary = "The label map of a study that is done",
            description =
                    "On exactly the grid of what was sent: `nifti` (gzipped; geometry copied to the"
                            + " bit where NIfTI was sent), `nrrd` (gzipped, as 3D Slicer's"
                            + " `.seg.nrrd`), `png` (a zip of one grey picture a slice), or"
                            + " `dicom-seg` of a DICOM series, with the patient and study of what was"
                            + " sent. The same bytes every time. 409 while it is not done.")
    @APIResponse(
            responseCode = "200",
            description = "The label map",
            content = {
                @Content(
                        mediaType = NIFTI,
                        schema = @Schema(type = SchemaType.STRING, format = "binary")),
                @Content(
                        mediaType = NRRD,
                        schema = @Schema(type = SchemaType.STRING, format = "binary")),
                @Content(
                        mediaType = PNG,
                        schema = @Schema(type = SchemaType.STRING, format = "binary")),
                @Content(
                        mediaType = DICOM,
                        schema = @Schema(type = SchemaType.STRING, format = "binary"))
            })
    @APIResponse(
            responseCode = "400",
            description = "There is no such format, or a DICOM segmentation is asked of no DICOM")
    @APIResponse(responseCode = "404", description = "There is no study of this id")
    @APIResponse(responseCode = "409", description = "The study is not done")
    public Response result(
            @Parameter(description = ID) @PathParam("id") UUID id,
            @Parameter(
                            description =
                                    "The format. Default: what `Accept` names, else NRRD of NRRD and"
                                            + " NIfTI of anything else",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {"nifti", "nrrd", "png", "dicom-seg"}))
                    @QueryParam("as")
                    @Nullable String as,
            @Context HttpHeaders headers) {
        StudyFormat format = as == null ? accepted(headers) : StudyFormat.of("as", as);
        StudyJobs.Result result = studies.result(caller.scope(), id, format);
        StudyFormat written = result.format();
        String name = result.stem().replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "_") + written.suffix();
        return Response.ok(
                        written == StudyFormat.PNG
                                ? zip(result.files())
                                : result.files().getFirst().bytes())
                .type(written.mediaType())
                .header("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .build();
    }

    @GET
    @Path("/{id}/image")
    @Produces(NIFTI)
    @Operation(
            summary = "The volume of a study",
            description =
                    "For viewers of volumes: gzipped NIfTI with the samples, values and grid of what"
                            + " was sent, whatever its format was, and nothing else of its header."
                            + " There as long as the study is, from the moment that it is taken;"
                            + " 409 where it failed or was cancelled.")
    @APIResponse(
            responseCode = "200",
            description = "The volume",
            content =
                    @Content(
                            mediaType = NIFTI,
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "404", description = "There is no study of this id")
    @APIResponse(responseCode = "409", description = "It failed or was cancelled")
    public Response image(@Parameter(description = ID) @PathParam("id") UUID id) {
        return Response.ok(studies.image(caller.scope(), id)).type(NIFTI).build();
    }

    /** The format that the request prefers by its media type; null where it takes any. */
    private static @Nullable StudyFormat accepted(HttpHeaders headers) {
        for (MediaType type : headers.getAcceptableMediaTypes()) {
            if (type.isWildcardType() || type.isWildcardSubtype()) {
                return null;
            }
            for (StudyFormat format : StudyFormat.values()) {
                if (format.mediaType().equals(type.getType() + "/" + type.getSubtype())) {
                    return format;
                }
            }
        }
        return null;
    }

    private static byte[] zip(List<StudyFormat.Written> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (StudyFormat.Written file : files) {
                ZipEntry entry = new ZipEntry(file.name());
                entry.setTimeLocal(NO_TIME);
                zip.putNextEntry(entry);
                zip.write(file.bytes());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private StudyView view(StudyJob job) {
        return StudyView.of(job, clock.instant());
    }
}
