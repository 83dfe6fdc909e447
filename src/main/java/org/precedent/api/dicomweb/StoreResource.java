package org.precedent.api.dicomweb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.study.StudyCorrections;
import org.precedent.study.StudyCorrections.Outcome;

/** Segmentations that viewers store, as an archive takes objects (STOW-RS). */
@Path("/dicom-web")
@Tag(name = "DICOMweb")
@Blocking
public class StoreResource {
    private static final String JSON = "application/dicom+json";
    private static final String MULTIPART = "multipart/related";
    private static final String SETS = "#/components/schemas/JsonValue";
    private static final String WHAT =
            "DICOM segmentations of a study that is offered here. Each slice and label whose mask"
                    + " differs from what was offered becomes a correction of the recorded answer: an"
                    + " unreviewed annotation of the caller; what does not differ says nothing. An"
                    + " object is taken wholly or not at all, and is not kept itself. The same object"
                    + " sent again within a day changes nothing.";
    private static final String TAKEN = "All objects are taken";
    private static final String SOME = "Some objects are taken; the others are listed with reasons";
    private static final String NONE =
            "No object is taken; each is listed with its Failure Reason and, as Error Comment"
                    + " (0000,0902), the reason in words";
    private static final String BROKEN =
            "The body is no multipart with a boundary, ends early, or has no part or more than 100;"
                    + " nothing is taken";
    private static final String BODY = "A part of type `application/dicom` an object";

    private final StudyCorrections corrections;
    private final Caller caller;
    private final AuditNote note;
    private final ObjectMapper json;

    StoreResource(StudyCorrections corrections, Caller caller, AuditNote note, ObjectMapper json) {
        this.corrections = corrections;
        this.caller = caller;
        this.note = note;
        this.json = json;
    }

    @POST
    @Path("/studies")
    @Consumes(MULTIPART)
    @Operation(summary = "Store segmentations", description = WHAT)
    @RequestBody(
            required = true,
            description = BODY,
            content =
                    @Content(
                            mediaType = MULTIPART,
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(
            responseCode = "200",
            description = TAKEN,
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(
            responseCode = "202",
            description = SOME,
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "400", description = BROKEN)
    @APIResponse(
            responseCode = "409",
            description = NONE,
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    public Response store(
            InputStream body, @Context HttpHeaders headers, @Context UriInfo address) {
        return take(null, body, headers, address);
    }

    @POST
    @Path("/studies/{study}")
    @Consumes(MULTIPART)
    @Operation(summary = "Store segmentations of a study", description = WHAT)
    @RequestBody(
            required = true,
            description = BODY,
            content =
                    @Content(
                            mediaType = MULTIPART,
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(
            responseCode = "200",
            description = TAKEN,
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(
            responseCode = "202",
            description = SOME,
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "400", description = BROKEN)
    @APIResponse(
            responseCode = "409",
            description = NONE,
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    public Response store(
            @Parameter(description = "The Study Instance UID that all objects are of")
                    @PathParam("study")
                    String study,
            InputStream body,
            @Context HttpHeaders headers,
            @Context UriInfo address) {
        return take(study, body, headers, address);
    }

    private Response take(
            @Nullable String study, InputStream body, HttpHeaders headers, UriInfo address) {
        String type =
                Objects.requireNonNullElse(
                        headers.getHeaderString(HttpHeaders.CONTENT_TYPE), MULTIPART);
        List<Outcome> outcomes = corrections.take(caller.scope(), study, type, body);
        outcomes.stream()
                .map(Outcome::job)
                .filter(Objects::nonNull)
                .distinct()
                .forEach(job -> note.about("/v1/studies/" + job));
        long taken = outcomes.stream().filter(Outcome::isTaken).count();
        try {
            return Response.status(taken == outcomes.size() ? 200 : taken > 0 ? 202 : 409)
                    .entity(json.writeValueAsBytes(said(outcomes, address)))
                    .header("Content-Type", JSON)
                    .build();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The data set of PS3.18, table I.2-1. */
    private static Map<String, Object> said(List<Outcome> outcomes, UriInfo address) {
        List<Map<String, Object>> taken = new ArrayList<>();
        List<Map<String, Object>> failed = new ArrayList<>();
        List<Map<String, Object>> nameless = new ArrayList<>();
        Map<String, Object> set = new TreeMap<>();
        for (Outcome one : outcomes) {
            Map<String, Object> item = new TreeMap<>();
            if (!one.instance().isEmpty()) {
                item.put("00081150", element("UI", one.sopClass()));
                item.put("00081155", element("UI", one.instance()));
            }
            if (one.isTaken()) {
                // Empty: what is new in it is in annotations, and the object is not kept.
                item.put("00081190", Map.of("vr", "UR"));
                taken.add(item);
                set.put(
                        "00081190",
                        element(
                                "UR",
                                address.getBaseUriBuilder()
                                        .path("dicom-web/studies")
                                        .path(one.study())
                                        .build()
                                        .toString()));
            } else {
                item.put("00081197", element("US", one.code()));
                item.put("00000902", element("LO", one.reason()));
                (one.instance().isEmpty() ? nameless : failed).add(item);
            }
        }
        put(set, "00081199", taken);
        put(set, "00081198", failed);
        put(set, "0008119A", nameless);
        return set;
    }

    private static void put(Map<String, Object> set, String tag, List<Map<String, Object>> items) {
        if (!items.isEmpty()) {
            set.put(tag, Map.of("vr", "SQ", "Value", items));
        }
    }

    private static Map<String, Object> element(String representation, Object value) {
        return Map.of("vr", representation, "Value", List.of(value));
    }
}
