package org.precedent.dicomweb;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.dicomweb.DicomWebException.Code;

/**
 * The parts of a multipart body, one after another, without more of it in memory than a buffer. A
 * body that ends before its last boundary is refused: what was read of it may be half an object.
 */
public final class MultipartReader {
    private static final int BUFFER = 1 << 16;
    private static final int MOST_HEADER_BYTES = 1 << 14;
    private static final int MOST_PARTS = 1_000_000;
    private static final int MOST_BOUNDARY = 70;

    private final InputStream in;
    private final String whole;
    private final byte[] delimiter;
    private final long maxPartBytes;
    private final byte[] buffer = new byte[BUFFER];
    private int from;
    private int to;
    private int parts;
    private boolean ended;
    private @Nullable Body current;

    /** One part. */
    public record Part(Map<String, String> headers, InputStream body) {}

    /**
     * @param whole what is read, as refusals call it
     * @param contentType of the whole, with its boundary
     * @param maxPartBytes of one part
     * @throws DicomWebException when there is no boundary
     */
    public MultipartReader(InputStream in, String whole, String contentType, long maxPartBytes) {
        this.in = in;
        this.whole = whole;
        this.delimiter =
                ("\r\n--" + boundary(whole, contentType)).getBytes(StandardCharsets.ISO_8859_1);
        this.maxPartBytes = maxPartBytes;
        // The first boundary may stand at the very beginning, without the line end before it.
        buffer[0] = '\r';
        buffer[1] = '\n';
        to = 2;
    }

    /**
     * The boundary of a content type, whose other parameters may hold quoted semicolons.
     *
     * @throws DicomWebException when there is none
     */
    private static String boundary(String whole, String contentType) {
        String lower = contentType.toLowerCase(Locale.ROOT);
        boolean quoted = false;
        int start = lower.startsWith("multipart/") ? 0 : lower.length();
        for (int at = start; at < lower.length(); at++) {
            char letter = lower.charAt(at);
            quoted ^= letter == '"';
            if (letter != ';' || quoted) {
                continue;
            }
            String parameter = contentType.substring(at + 1).stripLeading();
            if (parameter.toLowerCase(Locale.ROOT).startsWith("boundary=")) {
                String value = parameter.substring("boundary=".length());
                int end = value.startsWith("\"") ? value.indexOf('"', 1) : indexOf(value, ';');
                String boundary =
                        value.startsWith("\"")
                                ? value.substring(1, Math.max(1, end))
                                : value.substring(0, end).strip();
                if (!boundary.isEmpty() && boundary.length() <= MOST_BOUNDARY) {
                    return boundary;
                }
            }
        }
        throw broken(whole, "is no multipart body with a boundary of 1 to 70 characters");
    }

    private static int indexOf(String text, char letter) {
        int at = text.indexOf(letter);
        return at < 0 ? text.length() : at;
    }

    /**
     * The next part, after what is left of the one before; null after the last.
     *
     * @throws DicomWebException where the body breaks the rules or a bound, or ends early; also
     *     while the part is read
     */
    public @Nullable Part next() throws IOException {
        if (ended) {
            return null;
        }
        // What precedes the first boundary counts as a part that nobody looks at.
        Body before = current == null ? new Body(MOST_HEADER_BYTES) : current;
        before.skipToEnd();
        int a = byteOrEnd();
        int b = byteOrEnd();
        if (a == '-' && b == '-') {
            ended = true;
            return null;
        }
        // Blanks may pad a boundary's line.
        while ((a == ' ' || a == '\t') && b >= 0) {
            a = b;
            b = byteOrEnd();
        }
        if (a != '\r' || b != '\n') {
            throw broken("has a boundary that does not end its line");
        }
        if (++parts > MOST_PARTS) {
            throw new DicomWebException(
                    Code.TOO_LARGE, whole + " has too many parts", "parts", parts, MOST_PARTS);
        }
        Map<String, String> headers = headers();
        Body body = new Body(maxPartBytes);
        current = body;
        return new Part(headers, body);
    }

    private int byteOrEnd() throws IOException {
        if (from == to && !fill()) {
            throw broken("ends inside a boundary: it was cut off");
        }
        return buffer[from++] & 0xff;
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        StringBuilder line = new StringBuilder();
        for (int count = 0; count < MOST_HEADER_BYTES; count++) {
            if (from == to && !fill()) {
                throw broken("ends inside a part's header: it was cut off");
            }
            char letter = (char) (buffer[from++] & 0xff);
            if (letter != '\n') {
                line.append(letter);
                continue;
            }
            String text = line.toString().strip();
            line.setLength(0);
            if (text.isEmpty()) {
                return headers;
            }
            int colon = text.indexOf(':');
            if (colon < 1) {
                throw broken("has a part's header without a colon");
            }
            headers.put(
                    text.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    text.substring(colon + 1).strip());
        }
        throw broken("has a part's header of more than " + MOST_HEADER_BYTES + " bytes");
    }

    /** Reads more behind what is there; false at the end. */
    private boolean fill() throws IOException {
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        int read = in.read(buffer, to, buffer.length - to);
        to += Math.max(0, read);
        return read > 0;
    }

    /** What lies between two boundaries. */
    private final class Body extends InputStream {
        private final long most;
        private long passed;
        private boolean done;

        Body(long most) {
            this.most = most;
        }

        void skipToEnd() throws IOException {
            byte[] gone = new byte[8192];
            int read = read(gone, 0, gone.length);
            while (read >= 0) {
                read = read(gone, 0, gone.length);
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, into.length);
            if (done) {
                return -1;
            }
            while (to - from < delimiter.length) {
                if (!fill()) {
                    throw broken("ends inside a part: it was cut off");
                }
            }
            int at = find();
            if (at == from) {
                from += delimiter.length;
                done = true;
                return -1;
            }
            // Where no boundary is in sight, its beginning may be among the last bytes.
            int sure = at > 0 ? at : to - delimiter.length + 1;
            int given = Math.min(length, sure - from);
            System.arraycopy(buffer, from, into, offset, given);
            from += given;
            passed += given;
            if (passed > most) {
                throw new DicomWebException(
                        Code.TOO_LARGE,
                        whole + " has a part of more than " + most + " bytes",
                        "bytes",
                        passed,
                        most);
            }
            return given;
        }

        /** Where the next boundary begins; -1 where none is in the buffer. */
        private int find() {
            for (int at = from; at + delimiter.length <= to; at++) {
                if (buffer[at] == '\r' && matches(at)) {
                    return at;
                }
            }
            return -1;
        }

        private boolean matches(int at) {
            for (int i = 1; i < delimiter.length; i++) {
                if (buffer[at + i] != delimiter[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    private DicomWebException broken(String how) {
        return broken(whole, how);
    }

    private static DicomWebException broken(String whole, String how) {
        return new DicomWebException(Code.BROKEN_ANSWER, whole + " " + how, null);
    }
}
