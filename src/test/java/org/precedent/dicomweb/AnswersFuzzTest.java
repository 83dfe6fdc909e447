package org.precedent.dicomweb;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.precedent.fuzz.Fuzzing;

/** What an archive may answer, damaged: its parts and its JSON. */
class AnswersFuzzTest {
    private static final int BY_DEFAULT = 2000;
    private static final long BUDGET = 16L << 20;

    @Test
    void parts() throws Exception {
        String body =
                "--b0\r\nContent-Type: application/dicom\r\nContent-Length: 9\r\n\r\nfirst one\r\n"
                        + "--b0\r\nContent-Type: application/dicom\r\n\r\nthe second\r\n--b0--\r\n";
        new Fuzzing("multipart", BUDGET, DicomWebException.class)
                .seed("body", body.getBytes(StandardCharsets.ISO_8859_1))
                .seed("empty", "--b0--\r\n".getBytes(StandardCharsets.ISO_8859_1))
                .run(
                        BY_DEFAULT,
                        (bytes, name) -> {
                            MultipartReader parts =
                                    new MultipartReader(
                                            new ByteArrayInputStream(bytes),
                                            "the answer",
                                            "multipart/related; type=\"application/dicom\"; boundary=b0",
                                            1 << 20);
                            for (var part = parts.next(); part != null; part = parts.next()) {
                                try (InputStream in = part.body()) {
                                    in.transferTo(java.io.OutputStream.nullOutputStream());
                                }
                            }
                        });
    }

    @Test
    void json() throws Exception {
        String answer =
                "[{\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2.3\"]},\"00201206\":{\"vr\":\"IS\",\"Value\":[3]},"
                        + "\"00081199\":{\"vr\":\"SQ\",\"Value\":[{\"00081155\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}}]}}]";
        new Fuzzing("dicom json", BUDGET, DicomWebException.class, java.io.IOException.class)
                .seed("answer", answer.getBytes(StandardCharsets.UTF_8))
                .run(
                        BY_DEFAULT,
                        (bytes, name) -> {
                            for (var one : DicomJson.array(new ByteArrayInputStream(bytes))) {
                                DicomJson.text(one, "0020000D");
                                DicomJson.number(one, "00201206", 0);
                                DicomJson.items(one, "00081199");
                            }
                        });
    }
}
