package org.precedent.imaging.format.dicom.seg;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.format.dicom.SourceSeries.Repeated;

/**
 * In which characters a file's texts are written. What is repeated of the source stays in the
 * source's bytes; where these are plain ASCII, everything is UTF-8.
 */
record TextEncoding(Charset charset) {
    private static final int CHARACTER_SET = 0x0008_0005;

    /** The sets of one byte, and of UTF-8, that every Java runtime has. */
    private static final Map<String, Charset> KNOWN =
            Map.of(
                    "", StandardCharsets.US_ASCII,
                    "ISO_IR 6", StandardCharsets.US_ASCII,
                    "ISO_IR 100", StandardCharsets.ISO_8859_1,
                    "ISO_IR 192", StandardCharsets.UTF_8);

    /** Chooses, and declares the choice among what is repeated. */
    static TextEncoding of(SortedMap<Integer, Repeated> repeated) {
        boolean ascii = true;
        for (Map.Entry<Integer, Repeated> entry : repeated.entrySet()) {
            for (byte letter : entry.getValue().value()) {
                ascii &= letter >= 0 && letter != 0x1b; // an escape begins another set
            }
        }
        if (ascii) {
            byte[] name = "ISO_IR 192".getBytes(StandardCharsets.US_ASCII);
            repeated.put(CHARACTER_SET, new Repeated("CS", name));
            return new TextEncoding(StandardCharsets.UTF_8);
        }
        Repeated declared = repeated.get(CHARACTER_SET);
        String name =
                declared == null
                        ? ""
                        : new String(declared.value(), StandardCharsets.US_ASCII).trim();
        // Of any other set, or of several, only the ASCII part is sure.
        return new TextEncoding(KNOWN.getOrDefault(name, StandardCharsets.US_ASCII));
    }

    /**
     * A line of text, shortened to a length.
     *
     * @throws ImagingException when its characters are not among those of the source
     */
    String line(String text, int most) {
        String line = text.replaceAll("\\p{Cntrl}", " ").replace('\\', '/').strip();
        if (line.length() > most) {
            line = line.substring(0, most - 3).strip() + "...";
        }
        if (!charset.newEncoder().canEncode(line)) {
            throw new ImagingException(
                    Code.UNSUPPORTED_CONTENT,
                    "label '"
                            + line
                            + "' has characters that the source's character set, "
                            + charset
                            + ", does not have: use plain letters",
                    Map.of("field", "label", "value", line, "limit", charset.name()),
                    null);
        }
        return line;
    }
}
