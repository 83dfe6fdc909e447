package org.precedent.api.monailabel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A client that writes requests byte by byte and reads the bare socket, as viewers do: it knows
 * nothing of chunks, and where there is no length it reads to the end.
 */
final class RawClient {
    /** What several viewers part their forms by: it has characters that others would quote. */
    static final String BOUNDARY = "----------aLimit_oF_a_fIlE_$";

    private static final int PATIENCE_MS = 60_000;

    private final String host;
    private final int port;

    RawClient(String host, int port) {
        this.host = host;
        this.port = port;
    }

    /** An answer; header names in lower case. */
    record Reply(int status, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** A form under construction. */
    static final class Form {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Form text(String name, String value) {
            out.writeBytes(
                    ascii(
                            "--"
                                    + BOUNDARY
                                    + "\r\nContent-Disposition: form-data; name=\""
                                    + name
                                    + "\"\r\n\r\n"));
            out.writeBytes(value.getBytes(StandardCharsets.UTF_8));
            out.writeBytes(ascii("\r\n"));
            return this;
        }

        Form file(String name, String fileName, byte[] content) {
            out.writeBytes(
                    ascii(
                            "--"
                                    + BOUNDARY
                                    + "\r\nContent-Disposition: form-data; name=\""
                                    + name
                                    + "\"; filename=\""
                                    + fileName
                                    + "\"\r\nContent-Type: application/octet-stream\r\n\r\n"));
            out.writeBytes(content);
            out.writeBytes(ascii("\r\n"));
            return this;
        }

        byte[] bytes() {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(out.toByteArray());
            all.writeBytes(ascii("--" + BOUNDARY + "--\r\n"));
            return all.toByteArray();
        }
    }

    /** Sends a form. */
    Reply form(String line, String headers, Form form) throws IOException {
        return send(
                line,
                headers + "Content-Type: multipart/form-data; boundary=" + BOUNDARY + "\r\n",
                form.bytes());
    }

    /** Sends a request with a body of its true length. */
    Reply send(String line, String headers, byte[] body) throws IOException {
        String length = body.length == 0 ? "" : "Content-Length: " + body.length + "\r\n";
        return exchange(line, headers + length, body);
    }

    /** Sends exactly these headers and bytes. */
    Reply exchange(String line, String headers, byte[] body) throws IOException {
        try (Socket socket = new Socket(host, port)) {
            socket.setSoTimeout(PATIENCE_MS);
            socket.getOutputStream()
                    .write(
                            ascii(
                                    line
                                            + " HTTP/1.1\r\nHost: localhost:"
                                            + port
                                            + "\r\n"
                                            + headers
                                            + "\r\n"));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            return read(socket.getInputStream(), line.startsWith("HEAD "));
        }
    }

    private static Reply read(InputStream in, boolean head) throws IOException {
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        String text = "";
        while (!text.endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended within the headers: " + text);
            }
            start.write(next);
            text = start.toString(StandardCharsets.ISO_8859_1);
        }
        String[] lines = text.split("\r\n");
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        boolean bare = head || lines[0].contains(" 204 ");
        String length = headers.get("content-length");
        byte[] body =
                bare
                        ? new byte[0]
                        : length == null ? rest(in) : in.readNBytes(Integer.parseInt(length));
        return new Reply(Integer.parseInt(lines[0].split(" ")[1]), headers, body);
    }

    private static byte[] rest(InputStream in) throws IOException {
        try {
            return in.readAllBytes();
        } catch (SocketTimeoutException e) {
            throw new IOException("neither a length nor an end", e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
