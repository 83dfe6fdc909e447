package org.precedent.api;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.precedent.query.SignedRequests;

/** A multipart/form-data body written byte by byte, so that it can also be a wrong one. */
public final class MultipartBody {
    /** The boundary between parts. */
    public static final String BOUNDARY = "----precedent-test-boundary";

    /** The media type of a well-formed body. */
    public static final String MEDIA_TYPE = "multipart/form-data; boundary=" + BOUNDARY;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A part that is a file; the name is written as it is. */
    public MultipartBody file(String part, String fileName, byte[] content) {
        return part(
                "Content-Disposition: form-data; name=\""
                        + part
                        + "\"; filename=\""
                        + fileName
                        + "\"\r\nContent-Type: application/octet-stream",
                content);
    }

    /** A part that is text. */
    public MultipartBody text(String part, String value) {
        return part("Content-Disposition: form-data; name=\"" + part + "\"", utf8(value));
    }

    /** A part with these header lines, joined by CR LF. */
    public MultipartBody part(String headers, byte[] content) {
        out.writeBytes(utf8("--" + BOUNDARY + "\r\n" + headers + "\r\n\r\n"));
        out.writeBytes(content);
        out.writeBytes(utf8("\r\n"));
        return this;
    }

    /** All parts and the end. */
    public byte[] bytes() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(out.toByteArray());
        whole.writeBytes(utf8("--" + BOUNDARY + "--\r\n"));
        return whole.toByteArray();
    }

    /** The request that posts such a body. */
    public static HttpRequest post(URI uri, String mediaType, byte[] body, Duration timeout) {
        return SignedRequests.request(uri)
                .timeout(timeout)
                .header("Content-Type", mediaType)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
