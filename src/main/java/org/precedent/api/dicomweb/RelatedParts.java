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

    /** Whole objects, read one after the other while they are sent; each part says its syntax. */
    static Response objects(List<Stored> objects) {
        return parts(
                OBJECT,
                objects.stream()
                        .map(one ->
                                new Part(OBJECT + "; transfer-syntax=" + one.syntax(), one::bytes))
                        .toList());
    }

    /**
     * Frames, each made when it is sent: a viewer may ask for one many times over.
     *
     * @param syntax the transfer syntax of their bytes
     */
    static Response frames(String syntax, List<Supplier<byte[]>> frames) {
        String type = FRAME + "; transfer-syntax=" + syntax;
        return parts(FRAME, frames.stream().map(frame -> new Part(type, frame)).toList());
    }

    private record Part(String type, Supplier<byte[]> content) {}

    private static Response parts(String type, List<Part> parts) {
        String boundary = "precedent-" + UUID.randomUUID();
        StreamingOutput body =
                out -> {
                    for (Part part : parts) {
                        part(out, boundary, part.type(), part.content().get());
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
