package org.precedent.cli.process;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A {@code multipart/form-data} body (RFC 7578), which the JDK's client does not write. */
public final class MultipartForm {
    private final String boundary = "precedent-" + UUID.randomUUID();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    /** Adds a text; a null is left out. */
    public MultipartForm text(String name, @Nullable Object value) {
        if (value != null) {
            header("name=\"" + name + "\"", "text/plain; charset=UTF-8");
            body.writeBytes(value.toString().getBytes(StandardCharsets.UTF_8));
            line("");
        }
        return this;
    }

    /**
     * Adds a file.
     *
     * @throws IllegalArgumentException see {@link #carries}
     */
    public MultipartForm file(String name, String fileName, byte[] bytes) {
        if (!carries(fileName)) {
            throw new IllegalArgumentException(fileName);
        }
        header(
                "name=\"%s\"; filename=\"%s\"".formatted(name, fileName),
                "application/octet-stream");
        body.writeBytes(bytes);
        line("");
        return this;
    }

    /** Whether a file name arrives as it is: there are two ways to escape in use, or more. */
    public static boolean carries(String fileName) {
        return fileName.chars()
                .noneMatch(c -> c == '"' || c == '\\' || c == '%' || Character.isISOControl(c));
    }

    public String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    /** The whole body; nothing can be added afterwards. */
    public byte[] bytes() {
        line("--" + boundary + "--");
        return body.toByteArray();
    }

    private void header(String disposition, String type) {
        line("--" + boundary);
        line("Content-Disposition: form-data; " + disposition);
        line("Content-Type: " + type);
        line("");
    }

    private void line(String line) {
        body.writeBytes((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
}
