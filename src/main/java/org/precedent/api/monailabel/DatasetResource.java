package org.precedent.api.monailabel;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
import org.precedent.PrecedentConfig;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.viewer.Datastore;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.LabelMaps;
import org.precedent.viewer.LabelMaps.Tagged;

/** Images with their final labels as one file. */
@jakarta.ws.rs.Path("/monailabel/datastore/dataset")
@Tag(name = "MONAI Label")
@Blocking
public class DatasetResource {
    /** Bytes of a dataset: it is made on the disk, so that its length is known. */
    private static final long MOST_BYTES = 2L << 30;

    private static final int MOST_CASES = 1000;

    private final Datastore datastore;
    private final LabelMaps labels;
    private final LabelResource files;
    private final ViewerForms forms;
    private final Caller caller;
    private final AuditNote note;
    private final Path folder;

    DatasetResource(
            Datastore datastore,
            LabelMaps labels,
            LabelResource files,
            ViewerForms forms,
            Caller caller,
            AuditNote note,
            PrecedentConfig config) {
        this.folder = config.dataDirectory().resolve("uploads");
        this.datastore = datastore;
        this.labels = labels;
        this.files = files;
        this.forms = forms;
        this.caller = caller;
        this.note = note;
    }

    @GET
    @Operation(
            summary = "Images with their final labels, as a zip file",
            description =
                    "`image/`, `label/` and `metadata.json`: at most 512 MiB, cases that do not fit are"
                            + " left out, and `metadata.json` says how many. For annotators and curators.")
    @APIResponse(
            responseCode = "200",
            description = "The file",
            content =
                    @Content(
                            mediaType = "application/zip",
                            schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "400", description = "The limit is no number of cases")
    public Response dataset(
            @Parameter(
                            description = "Cases at most, 1 to 1000; 100 where absent",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "1"))
                    @QueryParam("limit_cases")
                    @Nullable String limit) {
        Scope scope = caller.scope();
        scope.require(Action.SEE_SUPPORTS);
        int most = limit(limit);
        List<Item> items = datastore.list(scope);
        Map<UUID, Map<String, Tagged>> tags = labels.tags(scope, items);
        Path file = newFile();
        ObjectNode metadata = forms.object();
        metadata.put("name", "Precedent");
        ArrayNode cases = metadata.putArray("cases");
        int left = 0;
        try (CountedOutput out = new CountedOutput(Files.newOutputStream(file));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Item item : items) {
                for (Tagged tagged : tags.getOrDefault(item.row(), Map.of()).values()) {
                    if (!tagged.tag().equals(LabelMaps.FINAL)) {
                        continue;
                    }
                    if (cases.size() == most || out.bytes() > MOST_BYTES) {
                        left++;
                        continue;
                    }
                    String name = item.row() + item.suffix();
                    String label =
                            MultipartReply.safe(item.row() + "-" + tagged.task().name())
                                    + DatastoreResource.extension(item);
                    if (!contains(cases, "image/" + name)) {
                        put(zip, "image/" + name, datastore.file(item));
                    }
                    put(zip, "label/" + label, files.file(item, tagged));
                    ObjectNode one = cases.addObject();
                    one.put("image", "image/" + name);
                    one.put("label", "label/" + label);
                    one.set("info", LabelResource.about(forms, tagged));
                }
            }
            metadata.put("left_out", left);
            put(zip, "metadata.json", forms.text(metadata).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            forget(file);
            throw ServiceException.uploadNotKept(e);
        } catch (RuntimeException | Error e) {
            forget(file);
            throw e;
        }
        note.about(cases.size() + " images");
        try {
            return MultipartReply.file("dataset.zip", "application/zip", file);
        } catch (IOException e) {
            throw ServiceException.uploadNotKept(e);
        }
    }

    /** Where uploads lie, too: what a killed service leaves there is removed at the next start. */
    private Path newFile() {
        try {
            return Files.createTempFile(Files.createDirectories(folder), "dataset", ".zip");
        } catch (IOException e) {
            throw ServiceException.uploadNotKept(e);
        }
    }

    private static void forget(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw ServiceException.uploadNotKept(e);
        }
    }

    private static final class CountedOutput extends FilterOutputStream {
        private long bytes;

        CountedOutput(OutputStream to) {
            super(to);
        }

        long bytes() {
            return bytes;
        }

        @Override
        public void write(int one) throws IOException {
            out.write(one);
            bytes++;
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            out.write(from, offset, length);
            bytes += length;
        }
    }

    private static boolean contains(ArrayNode cases, String image) {
        for (var one : cases) {
            if (one.path("image").asText().equals(image)) {
                return true;
            }
        }
        return false;
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
        zip.closeEntry();
    }

    private static int limit(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return 100;
        }
        try {
            int limit = Integer.parseInt(text.trim());
            if (limit >= 1 && limit <= MOST_CASES) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter(
                "limit_cases", text, "a whole number from 1 to " + MOST_CASES);
    }
}
