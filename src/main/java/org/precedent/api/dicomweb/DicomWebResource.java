package org.precedent.api.dicomweb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.imaging.format.dicom.DicomObject;
import org.precedent.study.StudyException;
import org.precedent.study.StudyObjects;
import org.precedent.study.StudyObjects.Stored;

/** Studies that were segmented and are kept, as an archive offers them. */
@Path("/dicom-web")
@Tag(
        name = "DICOMweb",
        description =
                "What was sent as DICOM and segmented, and the segmentations, for viewers. Research"
                        + " software, not a medical device.")
@Blocking
public class DicomWebResource {
    private static final String JSON = "application/dicom+json";
    private static final String MULTIPART = "multipart/related";
    private static final String SETS = "#/components/schemas/JsonValue";
    private static final String STUDY = "A Study Instance UID";
    private static final String SERIES = "A Series Instance UID";
    private static final String INSTANCE = "A SOP Instance UID";

    private static final List<String> OF_A_STUDY =
            List.of(
                    "00080005",
                    "00080020",
                    "00080030",
                    "00080050",
                    "00080090",
                    "00081030",
                    "00100010",
                    "00100020",
                    "00100030",
                    "00100040",
                    "0020000D",
                    "00200010");
    private static final List<String> OF_A_SERIES =
            List.of(
                    "00080005",
                    "00080060",
                    "0008103E",
                    "00080021",
                    "00080031",
                    "0020000D",
                    "0020000E",
                    "00200011");
    private static final List<String> OF_AN_INSTANCE =
            List.of(
                    "00080005",
                    "00080016",
                    "00080018",
                    "0020000D",
                    "0020000E",
                    "00200013",
                    "00280008",
                    "00280010",
                    "00280011",
                    "00280100",
                    "00083002");

    private final StudyObjects objects;
    private final Caller caller;
    private final AuditNote note;
    private final ObjectMapper json;

    DicomWebResource(StudyObjects objects, Caller caller, AuditNote note, ObjectMapper json) {
        this.objects = objects;
        this.caller = caller;
        this.note = note;
        this.json = json;
    }

    // ---- searches

    @GET
    @Path("/studies")
    @Operation(
            summary = "Search studies",
            description =
                    "Studies that were sent as DICOM, are done and still kept, of which the caller may"
                            + " read the answers. Filters are keywords or numbers of elements, with"
                            + " `*` and `?`, dates as `a-b`; `limit`, `offset`; `includefield` and"
                            + " `fuzzymatching` are taken and change nothing.")
    @APIResponse(
            responseCode = "200",
            description = "Data sets in DICOM's JSON model; none where nothing matches",
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "400", description = "It is not searched by such an element")
    public Response studies(@Context UriInfo address) {
        Matching matching = new Matching(address.getQueryParameters());
        Map<String, Map<String, Object>> studies = new LinkedHashMap<>();
        Map<String, Set<String>> modalities = new LinkedHashMap<>();
        Map<String, Set<String>> series = new LinkedHashMap<>();
        Map<String, Integer> instances = new LinkedHashMap<>();
        for (StudyObjects.Kept kept : objects.kept(scope())) {
            Stored first = kept.first();
            studies.computeIfAbsent(first.study(), study -> picked(first, OF_A_STUDY));
            Set<String> of =
                    modalities.computeIfAbsent(first.study(), study -> new LinkedHashSet<>());
            of.add(text(first, "00080060"));
            of.add("SEG");
            // A study that was sent twice has its series once, and a segmentation of each time.
            boolean again =
                    !series.computeIfAbsent(first.study(), study -> new LinkedHashSet<>())
                            .add(first.series());
            series.get(first.study()).add("SEG of " + first.job());
            instances.merge(first.study(), again ? 1 : kept.instances(), Integer::sum);
        }
        studies.forEach((study, set) -> {
            set.put(
                    "00080061",
                    element("CS", List.copyOf(modalities.getOrDefault(study, Set.of()))));
            set.put(
                    "00201206",
                    element("IS", List.of(series.getOrDefault(study, Set.of()).size())));
            set.put("00201208", element("IS", List.of(instances.getOrDefault(study, 0))));
        });
        return sets(matching.of(List.copyOf(studies.values())));
    }

    @GET
    @Path("/studies/{study}/series")
    @Operation(summary = "Search the series of a study", description = "As for studies.")
    @APIResponse(
            responseCode = "200",
            description = "Data sets in DICOM's JSON model; none where nothing matches",
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "400", description = "It is not searched by such an element")
    public Response series(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Context UriInfo address) {
        Matching matching = new Matching(address.getQueryParameters());
        Map<String, Map<String, Object>> series = new LinkedHashMap<>();
        Map<String, Set<String>> instances = new LinkedHashMap<>();
        for (Stored one : objects.of(scope(), study)) {
            series.computeIfAbsent(one.series(), uid -> picked(one, OF_A_SERIES));
            instances
                    .computeIfAbsent(one.series(), uid -> new LinkedHashSet<>())
                    .add(one.instance());
        }
        series.forEach((uid, set) ->
                set.put(
                        "00201209",
                        element("IS", List.of(instances.getOrDefault(uid, Set.of()).size()))));
        return sets(matching.of(List.copyOf(series.values())));
    }

    @GET
    @Path("/studies/{study}/instances")
    @Operation(summary = "Search the objects of a study", description = "As for studies.")
    @APIResponse(
            responseCode = "200",
            description = "Data sets in DICOM's JSON model; none where nothing matches",
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "400", description = "It is not searched by such an element")
    public Response instances(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Context UriInfo address) {
        return search(study, null, address);
    }

    @GET
    @Path("/studies/{study}/series/{series}/instances")
    @Operation(summary = "Search the objects of a series", description = "As for studies.")
    @APIResponse(
            responseCode = "200",
            description = "Data sets in DICOM's JSON model; none where nothing matches",
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "400", description = "It is not searched by such an element")
    public Response instances(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Parameter(description = SERIES) @PathParam("series") String series,
            @Context UriInfo address) {
        return search(study, series, address);
    }

    private Response search(String study, @Nullable String series, UriInfo address) {
        Matching matching = new Matching(address.getQueryParameters());
        List<Map<String, Object>> found =
                each(objects.of(scope(), study)).stream()
                        .filter(one -> series == null || one.series().equals(series))
                        .map(one -> picked(one, OF_AN_INSTANCE))
                        .toList();
        return sets(matching.of(found));
    }

    // ---- headers

    @GET
    @Path("/studies/{study}/metadata")
    @Operation(
            summary = "The headers of all objects of a study",
            description =
                    "Without pixels and private elements. Of files that do not state the"
                            + " representations of their elements those that are known.")
    @APIResponse(
            responseCode = "200",
            description = "Data sets in DICOM's JSON model",
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "404", description = "There is no such study for this caller")
    public Response metadata(@Parameter(description = STUDY) @PathParam("study") String study) {
        return sets(headers(required(study, one -> true)));
    }

    @GET
    @Path("/studies/{study}/series/{series}/metadata")
    @Operation(
            summary = "The headers of all objects of a series",
            description = "As those of a study.")
    @APIResponse(
            responseCode = "200",
            description = "Data sets in DICOM's JSON model",
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "404", description = "There is no such series for this caller")
    public Response metadata(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Parameter(description = SERIES) @PathParam("series") String series) {
        return sets(headers(required(study, one -> one.series().equals(series))));
    }

    @GET
    @Path("/studies/{study}/series/{series}/instances/{instance}/metadata")
    @Operation(summary = "The header of one object", description = "As those of a study.")
    @APIResponse(
            responseCode = "200",
            description = "A data set in DICOM's JSON model",
            content = @Content(mediaType = JSON, schema = @Schema(ref = SETS)))
    @APIResponse(responseCode = "404", description = "There is no such object for this caller")
    public Response metadata(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Parameter(description = SERIES) @PathParam("series") String series,
            @Parameter(description = INSTANCE) @PathParam("instance") String instance) {
        return sets(headers(List.of(required(study, series, instance))));
    }

    private static List<Map<String, Object>> headers(List<Stored> found) {
        return found.stream().map(Stored::header).toList();
    }

    // ---- objects

    @GET
    @Path("/studies/{study}/series/{series}")
    @Operation(
            summary = "All objects of a series",
            description = "As they were sent, or written of the answer.")
    @APIResponse(
            responseCode = "200",
            description = "A part an object, of type `application/dicom`",
            content =
                    @Content(
                            mediaType = MULTIPART,
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "404", description = "There is no such series for this caller")
    public Response objects(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Parameter(description = SERIES) @PathParam("series") String series) {
        return RelatedParts.objects(required(study, one -> one.series().equals(series)));
    }

    @GET
    @Path("/studies/{study}/series/{series}/instances/{instance}")
    @Operation(summary = "One object", description = "As it was sent, or written of the answer.")
    @APIResponse(
            responseCode = "200",
            description = "One part of type `application/dicom`",
            content =
                    @Content(
                            mediaType = MULTIPART,
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "404", description = "There is no such object for this caller")
    public Response object(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Parameter(description = SERIES) @PathParam("series") String series,
            @Parameter(description = INSTANCE) @PathParam("instance") String instance) {
        return RelatedParts.objects(List.of(required(study, series, instance)));
    }

    @GET
    @Path("/studies/{study}/series/{series}/instances/{instance}/frames/{frames}")
    @Operation(
            summary = "Frames of an object",
            description =
                    "Uncompressed ones little endian, others as they are encoded; the part says which.")
    @APIResponse(
            responseCode = "200",
            description = "A part a frame, of type `application/octet-stream`",
            content =
                    @Content(
                            mediaType = MULTIPART,
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(
            responseCode = "400",
            description = "The list of frames is none, or the object has no such frame")
    @APIResponse(responseCode = "404", description = "There is no such object for this caller")
    public Response frames(
            @Parameter(description = STUDY) @PathParam("study") String study,
            @Parameter(description = SERIES) @PathParam("series") String series,
            @Parameter(description = INSTANCE) @PathParam("instance") String instance,
            @Parameter(description = "Numbers from 1, with commas between") @PathParam("frames")
                    String frames) {
        List<Integer> numbers = numbers(frames);
        DicomObject object = required(study, series, instance).read();
        if (Collections.max(numbers) > object.frames()) {
            throw ServiceException.badParameter(
                    "frames", frames, "numbers from 1 to " + object.frames());
        }
        return RelatedParts.frames(
                object.frameSyntax(),
                numbers.stream().<Supplier<byte[]>>map(n -> () -> object.frame(n)).toList());
    }

    private static List<Integer> numbers(String frames) {
        List<Integer> numbers = new ArrayList<>();
        for (String one : frames.split(",", -1)) {
            if (!one.strip().matches("[1-9][0-9]{0,5}") || numbers.size() >= 1000) {
                throw ServiceException.badParameter(
                        "frames", frames, "numbers from 1 with commas between, at most 1000");
            }
            numbers.add(Integer.parseInt(one.strip()));
        }
        return numbers;
    }

    // ---- what they share

    private Scope scope() {
        return caller.scope();
    }

    /** Each object once: a study that was sent twice is there twice. */
    private static List<Stored> each(List<Stored> found) {
        Map<String, Stored> each = new LinkedHashMap<>();
        found.forEach(one -> each.putIfAbsent(one.instance(), one));
        return List.copyOf(each.values());
    }

    private List<Stored> required(String study, Predicate<Stored> wanted) {
        List<Stored> found = each(objects.of(scope(), study)).stream().filter(wanted).toList();
        if (found.isEmpty()) {
            throw StudyException.notKept();
        }
        found.stream().map(Stored::job).distinct().forEach(job -> note.about("/v1/studies/" + job));
        return found;
    }

    private Stored required(String study, String series, String instance) {
        return required(
                        study,
                        one -> one.series().equals(series) && one.instance().equals(instance))
                .getFirst();
    }

    private static Map<String, Object> picked(Stored object, List<String> tags) {
        Map<String, Object> set = new TreeMap<>();
        for (String tag : tags) {
            Object element = object.header().get(tag);
            if (element != null) {
                set.put(tag, element);
            }
        }
        return set;
    }

    private static String text(Stored object, String tag) {
        return object.header().get(tag) instanceof Map<?, ?> element
                        && element.get("Value") instanceof List<?> values
                ? String.valueOf(values.getFirst())
                : "";
    }

    private static Map<String, Object> element(String representation, List<?> values) {
        return Map.of("vr", representation, "Value", values);
    }

    private Response sets(List<Map<String, Object>> sets) {
        try {
            return Response.ok(json.writeValueAsBytes(sets)).header("Content-Type", JSON).build();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
