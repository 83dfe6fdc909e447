package org.precedent.api.dicomweb;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.precedent.study.StudyObjects.Stored;

/** Answers of several parts ({@code multipart/related}), which viewers take apart by themselves. */
final class RelatedParts {
    private static final String OBJECT = "application/dicom";
    private static final String FRAME = "application/octet-stream";

    private RelatedParts() {}

    /** Whole objects, read one after the other while they are sent. */
    static Response objects(List<Stored> objects) {
        List<Supplier<byte[]>> parts =
                objects.stream().<Supplier<byte[]>>map(one -> one::bytes).toList();
        return parts(OBJECT, OBJECT, parts);
    }

    /**
     * Frames, each made when it is sent: a viewer may ask for one many times over.
     *
     * @param syntax the transfer syntax of their bytes
     */
    static Response frames(String syntax, List<Supplier<byte[]>> frames) {
        return parts(FRAME, FRAME + "; transfer-syntax=" + syntax, frames);
    }

    private static Response parts(String type, String partType, List<Supplier<byte[]>> parts) {
        String boundary = "precedent-" + UUID.randomUUID();
        StreamingOutput body =
                out -> {
                    for (Supplier<byte[]> part : parts) {
                        part(out, boundary, partType, part.get());
                    }
                    out.write(ascii("--" + boundary + "--\r\n"));
                };
        return Response.ok(body)
                .header(
                        "Content-Type",
                        "multipart/related; type=\"" + type + "\"; boundary=" + boundary)
                .build();
    }

    private static void part(OutputStream out, String boundary, String type, byte[] bytes)
            throws IOException {
        out.write(
                ascii(
                        "--"
                                + boundary
                                + "\r\nContent-Type: "
                                + type
                                + "\r\nContent-Length: "
                                + bytes.length
                                + "\r\n\r\n"));
        out.write(bytes);
        out.write(ascii("\r\n"));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
