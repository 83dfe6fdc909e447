package org.precedent.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.dicomweb.WrittenAnswers.answer;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.dicomweb.DicomWebClient.Series;
import org.precedent.dicomweb.DicomWebException.Code;

/** What an archive answers is taken whole or refused, whatever it is. */
class DicomWebClientTest {
    private static final String TYPE =
            "Content-Type: multipart/related; type=\"application/dicom; transfer-syntax=1.2\";"
                    + " boundary=\"b;1\"\r\n";

    @TempDir Path folder;

    private static DicomWebClient client(WrittenAnswers server) {
        Archive archive = new Archive(server.url(), "", Duration.ofMillis(500), 1000);
        return new DicomWebClient(archive, Duration.ofMillis(1));
    }

    private static List<byte[]> retrieve(byte[]... answers) throws IOException {
        List<byte[]> objects = new ArrayList<>();
        try (WrittenAnswers server = new WrittenAnswers(answers);
                DicomWebClient client = client(server)) {
            int count =
                    client.retrieve("1.2", "1.2.3", object -> objects.add(object.readAllBytes()));
            assertThat(count).isEqualTo(objects.size());
        }
        return objects;
    }

    private static Code refusal(byte[]... answers) {
        DicomWebException[] refused = new DicomWebException[1];
        assertThatThrownBy(() -> retrieve(answers))
                .isInstanceOfSatisfying(DicomWebException.class, e -> refused[0] = e);
        assertThat(refused[0].getMessage()).doesNotContain("1.2.3");
        return (Code) refused[0].code();
    }

    private static String part(String headers, String body) {
        return "\r\n--b;1\r\n" + headers + "\r\n" + body;
    }

    @Test
    void partsComeByteByByteWhateverIsInThem() throws Exception {
        String tricky = "\r\n--b;\r\n--b\r\r\n\r\n--";
        String body =
                "--b;1\r\nContent-Type: application/dicom\r\nMIME-Version: 1.0\r\n\r\n"
                        + tricky
                        + part("", "")
                        + part("X: y\r\n", "last")
                        + "\r\n--b;1--\r\nanything";
        List<byte[]> parts = retrieve(answer(200, TYPE, body));
        assertThat(parts.stream().map(one -> new String(one, StandardCharsets.ISO_8859_1)))
                .containsExactly(tricky, "", "last");
    }

    @Test
    void longPartsPassThroughTheBufferUnchanged() throws Exception {
        Random random = new Random(3);
        for (int length : new int[] {65_530, 65_536, 65_543, 200_001}) {
            byte[] object = new byte[length];
            for (int i = 0; i < length; i++) {
                object[i] = (byte) "\r\n--b;1x".charAt(random.nextInt(8));
            }
            byte[] head = "--b;1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            byte[] tail = "\r\n--b;1--".getBytes(StandardCharsets.US_ASCII);
            byte[] body = new byte[head.length + length + tail.length];
            System.arraycopy(head, 0, body, 0, head.length);
            System.arraycopy(object, 0, body, head.length, length);
            System.arraycopy(tail, 0, body, head.length + length, tail.length);
            if (new String(object, StandardCharsets.ISO_8859_1).contains("\r\n--b;1")) {
                continue; // then it is rightly cut there
            }
            MultipartReader reader =
                    new MultipartReader(
                            new java.io.ByteArrayInputStream(body),
                            "the body",
                            TYPE.substring("Content-Type: ".length()).strip(),
                            1 << 20);
            assertThat(reader.next().body().readAllBytes()).isEqualTo(object);
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void whatIsCutOffOrNoMultipartIsRefused() {
        String whole = "--b;1\r\n\r\nobject" + part("", "other") + "\r\n--b;1--";
        for (int end : new int[] {3, 8, 12, 20, 30, whole.length() - 1}) {
            assertThat(refusal(answer(200, TYPE, whole.substring(0, end))))
                    .as("cut at %d", end)
                    .isEqualTo(Code.BROKEN_ANSWER);
        }
        // The connection breaks before as many bytes as were announced.
        assertThat(refusal(answer(200, TYPE + "Content-Length: 5000\r\n", whole.substring(0, 20))))
                .isEqualTo(Code.BROKEN_ANSWER);
        assertThat(refusal(answer(200, "Content-Type: application/dicom\r\n", whole)))
                .isEqualTo(Code.BROKEN_ANSWER);
        assertThat(refusal(answer(200, "", whole))).isEqualTo(Code.BROKEN_ANSWER);
        String large = "--b;1\r\n\r\n" + "x".repeat(2000) + "\r\n--b;1--";
        assertThat(refusal(answer(200, TYPE, large))).isEqualTo(Code.TOO_LARGE);
        String headers = "--b;1\r\n" + "X: y\r\n".repeat(10_000) + "\r\n\r\n--b;1--";
        assertThat(refusal(answer(200, TYPE, headers))).isEqualTo(Code.BROKEN_ANSWER);
        assertThat(refusal(answer(200, TYPE, "--b;1\r\n\r\nhalf (silence)")))
                .isEqualTo(Code.UNREACHABLE);
    }

    @Test
    void statusesAreReasons() throws Exception {
        assertThat(refusal(answer(401, "WWW-Authenticate: Basic\r\n", "")))
                .isEqualTo(Code.UNAUTHORIZED);
        assertThat(refusal(answer(404, "", "{}"))).isEqualTo(Code.NOT_FOUND);
        assertThat(refusal(answer(302, "Location: http://127.0.0.1:1/\r\n", "")))
                .isEqualTo(Code.REFUSED);
        assertThat(refusal(answer(503, "", ""))).isEqualTo(Code.BUSY);
        // Busy once: asked again.
        byte[] busy = answer(503, "Retry-After: 0\r\n", "");
        assertThat(retrieve(busy, answer(200, TYPE, "--b;1\r\n\r\nx\r\n--b;1--"))).hasSize(1);
    }

    @Test
    void anAddressWhereNobodyAnswersIsToldWithTheSetting() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Archive archive = Archive.of(URI.create("http://127.0.0.1:" + port));
        try (DicomWebClient client = new DicomWebClient(archive, Duration.ofMillis(1))) {
            assertThatThrownBy(() -> client.series("1.2"))
                    .hasMessageContaining("precedent.dicomweb.url");
            assertThatThrownBy(() -> client.series("../1")).hasMessageContaining("'../1'");
        }
        assertThatThrownBy(() -> Archive.of(URI.create("ftp://here/x")))
                .hasMessageContaining("ftp://here/x");
    }

    @Test
    void seriesAreListedPageByPageInEveryShapeOfJson() throws Exception {
        String json = "Content-Type: application/dicom+json\r\n";
        String one =
                "[{\"0020000E\":{\"vr\":\"UI\",\"Value\":[\"1.2.3\"]},\"00080060\":{\"vr\":\"CS\","
                        + "\"Value\":[\"CT\"]},\"00201209\":{\"vr\":\"IS\",\"Value\":[\"12\"]},"
                        + "\"0008103E\":{\"vr\":\"LO\"}}]";
        String two =
                "[{\"0020000E\":{\"vr\":\"UI\",\"Value\":[\"1.2.4\"]},\"00080060\":{\"vr\":\"CS\","
                        + "\"Value\":[null]},\"00201209\":{\"vr\":\"IS\",\"Value\":[3]}}]";
        try (WrittenAnswers server =
                        new WrittenAnswers(
                                answer(200, json, one),
                                answer(200, json, two),
                                answer(204, "", ""));
                DicomWebClient client =
                        new DicomWebClient(
                                Archive.of(server.url()).withUser("me", "secret"),
                                Duration.ofMillis(1))) {
            assertThat(client.series("1.2"))
                    .containsExactly(
                            new Series("1.2.3", "CT", "", 12), new Series("1.2.4", "", "", 3));
            assertThat(server.requests()).hasSize(3);
            assertThat(server.requests().get(0))
                    .startsWith("GET /dicom-web/studies/1.2/series?limit=500&offset=0")
                    .contains("Authorization: Basic bWU6c2VjcmV0", "application/dicom+json");
            assertThat(server.requests().get(1)).contains("offset=1");
        }
        // An archive without pages gives the same again, which is not more.
        try (WrittenAnswers server = new WrittenAnswers(answer(200, json, one));
                DicomWebClient client = client(server)) {
            assertThat(client.series("1.2")).hasSize(1);
        }
        for (String wrong : List.of("[{\"0020000E\"", "{}", "<html>")) {
            try (WrittenAnswers server = new WrittenAnswers(answer(200, json, wrong));
                    DicomWebClient client = client(server)) {
                assertThatThrownBy(() -> client.series("1.2"))
                        .isInstanceOf(DicomWebException.class)
                        .hasMessageContaining("JSON");
            }
        }
        String evil = "[{\"0020000E\":{\"vr\":\"UI\",\"Value\":[\"../../etc\"]}}]";
        try (WrittenAnswers server = new WrittenAnswers(answer(200, json, evil));
                DicomWebClient client = client(server)) {
            assertThatThrownBy(() -> client.series("1.2")).hasMessageContaining("../../etc");
        }
    }

    @Test
    void anObjectIsStoredWhereTheAnswerSaysSoOfIt() throws Exception {
        Path file =
                Files.write(folder.resolve("a.dcm"), "object".getBytes(StandardCharsets.US_ASCII));
        String taken = "{\"00081199\":{\"vr\":\"SQ\",\"Value\":[{}]}}";
        String failed =
                "{\"00081198\":{\"vr\":\"SQ\",\"Value\":[{\"00081197\":{\"vr\":\"US\","
                        + "\"Value\":[43264]}}]}}";
        try (WrittenAnswers server =
                        new WrittenAnswers(
                                answer(200, "", taken),
                                answer(409, "", failed),
                                answer(400, "", "{\"00081198\":{\"vr\":\"SQ\"}}"),
                                answer(503, "", ""));
                DicomWebClient client = client(server)) {
            assertThat(client.store(file)).isEqualTo(new DicomWebClient.Stored(true, ""));
            String request = server.requests().get(0);
            assertThat(request).startsWith("POST /dicom-web/studies HTTP/1.1");
            assertThat(request.toLowerCase(java.util.Locale.ROOT)).contains("content-length:");
            assertThat(request).contains("\r\nContent-Type: application/dicom\r\n\r\nobject\r\n--");
            assertThat(client.store(file).reason()).contains("does not match its class (A900)");
            assertThat(client.store(file).stored()).isFalse();
            int before = server.requests().size();
            assertThatThrownBy(() -> client.store(file)).hasMessageContaining("503");
            assertThat(server.requests()).as("never sent twice").hasSize(before + 1);
        }
    }
}
