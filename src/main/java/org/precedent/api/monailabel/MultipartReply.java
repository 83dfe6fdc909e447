package org.precedent.api.monailabel;

import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The answer to an inference: parameters as JSON and a label map as a file, in one body of a known
 * length. Clients read it from the socket, so that it must not be chunked or compressed.
 */
final class MultipartReply {
    private MultipartReply() {}

    /**
     * An answer of two parts.
     *
     * @param params a JSON object
     * @param fileName whose suffix tells the client how to read the file
     */
    static Response of(String params, String fileName, byte[] file) {
        String boundary = "precedent-" + UUID.randomUUID();
        ByteArrayOutputStream body = new ByteArrayOutputStream(file.length + 2048);
        head(body, boundary, "name=\"params\"", "application/json");
        body.writeBytes(params.getBytes(StandardCharsets.UTF_8));
        body.writeBytes(ascii("\r\n"));
        head(
                body,
                boundary,
                "name=\"image\"; filename=\"" + fileName + "\"",
                "application/octet-stream");
        body.writeBytes(file);
        body.writeBytes(ascii("\r\n--" + boundary + "--\r\n"));
        return Response.ok(body.toByteArray())
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .build();
    }

    /** A file alone. */
    static Response file(String fileName, String mediaType, byte[] file) {
        return Response.ok(file)
                .header("Content-Type", mediaType)
                .header("Content-Disposition", "attachment; filename=\"" + safe(fileName) + "\"")
                .build();
    }

    /** A file that goes once it is sent, or the caller has gone. */
    static Response file(String fileName, String mediaType, Path file) throws IOException {
        long length = Files.size(file);
        return Response.ok(Files.newInputStream(file, StandardOpenOption.DELETE_ON_CLOSE))
                .header("Content-Type", mediaType)
                .header("Content-Length", length)
                .header("Content-Disposition", "attachment; filename=\"" + safe(fileName) + "\"")
                .build();
    }

    /** A name that fits a header. */
    static String safe(String name) {
        return name.replaceAll("[^A-Za-z0-9._-]", "_");
    }

    private static void head(
            ByteArrayOutputStream body, String boundary, String disposition, String type) {
        body.writeBytes(
                ascii(
                        "--"
                                + boundary
                                + "\r\nContent-Disposition: form-data; "
                                + disposition
                                + "\r\nContent-Type: "
                                + type
                                + "\r\n\r\n"));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
