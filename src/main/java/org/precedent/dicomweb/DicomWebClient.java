package org.precedent.dicomweb;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.dicomweb.DicomWebException.Code;
import org.precedent.dicomweb.MultipartReader.Part;

/**
 * Finds, gets and stores objects of an archive. Only what changes nothing is tried again. One
 * client may be used by several threads.
 */
public final class DicomWebClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int TRIES = 3;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);
    private static final String JSON = "application/dicom+json";
    private static final int PAGE = 500;

    /** Bytes a second that an upload has to reach. */
    private static final long SLOWEST = 100_000;

    private final Archive archive;
    private final HttpClient http;
    private final Duration pause;

    public DicomWebClient(Archive archive) {
        this(archive, Duration.ofSeconds(1));
    }

    /**
     * @param pause before what failed is tried again, doubled each time
     */
    DicomWebClient(Archive archive, Duration pause) {
        this.archive = archive;
        this.pause = pause;
        this.http =
                HttpClient.newBuilder()
                        .connectTimeout(CONNECT)
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
    }

    /**
     * A series as the archive lists it.
     *
     * @param instances how many objects; -1 where it does not say
     */
    public record Series(String uid, String modality, String description, long instances) {}

    /** Takes one object. */
    public interface Sink {
        /**
         * Reads an object to its end.
         *
         * @param object a DICOM file; closed by the caller
         */
        void take(InputStream object) throws IOException;
    }

    /**
     * What became of an object that was sent.
     *
     * @param stored whether the archive holds it now
     * @param reason why not, or what it warns of; empty where all is well
     */
    public record Stored(boolean stored, String reason) {}

    /**
     * Searches, page by page.
     *
     * @param level {@code studies}, {@code series} or {@code instances}, below a study or series
     *     where {@code studies/UID/...} says so
     * @param filters keywords or numbers of elements to the values that they must have
     * @param named what is searched, for messages: without the UIDs
     */
    private List<JsonNode> search(String level, Map<String, String> filters, String named) {
        List<JsonNode> found = new ArrayList<>();
        List<JsonNode> before = List.of();
        while (true) {
            StringBuilder path = new StringBuilder(level);
            path.append("?limit=").append(PAGE).append("&offset=").append(found.size());
            filters.forEach((key, value) ->
                    path.append('&')
                            .append(URLEncoder.encode(key, StandardCharsets.UTF_8))
                            .append('=')
                            .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
            List<JsonNode> page = get(path.toString(), JSON, named, DicomWebClient::array);
            // A short page may be the archive's own limit, so that only an empty one is the end; an
            // archive that knows no pages gives everything each time.
            if (page.isEmpty() || page.equals(before)) {
                return found;
            }
            found.addAll(page);
            before = page;
        }
    }

    private static List<JsonNode> array(HttpResponse<InputStream> response, InputStream body)
            throws IOException {
        return response.statusCode() == 204 ? List.of() : DicomJson.array(body);
    }

    /**
     * The series of a study.
     *
     * @return none where the archive does not know the study
     */
    public List<Series> series(String study) {
        List<Series> series = new ArrayList<>();
        for (JsonNode set :
                search(
                        "studies/" + uid("study", study) + "/series",
                        Map.of("includefield", "00201209"),
                        "the series of a study")) {
            String uid = DicomJson.text(set, "0020000E");
            series.add(
                    new Series(
                            uid("series", uid),
                            DicomJson.text(set, "00080060"),
                            DicomJson.text(set, "0008103E"),
                            DicomJson.number(set, "00201209", -1)));
        }
        return series;
    }

    /**
     * The study that a series is of.
     *
     * @return empty where the archive does not know the series
     */
    public Optional<String> studyOf(String series) {
        return search(
                        "series",
                        Map.of("SeriesInstanceUID", uid("series", series)),
                        "a series by its UID")
                .stream()
                .map(set -> uid("study", DicomJson.text(set, "0020000D")))
                .findFirst();
    }

    /**
     * UIDs of the studies of a patient.
     *
     * @param patientId as the archive has it
     */
    public List<String> studies(String patientId) {
        return search("studies", Map.of("PatientID", patientId), "the studies of a patient")
                .stream()
                .map(set -> uid("study", DicomJson.text(set, "0020000D")))
                .toList();
    }

    /**
     * Gets all objects of a series, as the archive stores them.
     *
     * @return how many there were
     * @throws DicomWebException when the archive does not give all of them; the sink may have taken
     *     some
     */
    public int retrieve(String study, String series, Sink sink) {
        String path = "studies/" + uid("study", study) + "/series/" + uid("series", series);
        String accept = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
        return get(
                path,
                accept,
                "a series",
                (response, body) -> {
                    String type = response.headers().firstValue("Content-Type").orElse("");
                    MultipartReader parts =
                            new MultipartReader(
                                    body, "the archive's answer", type, archive.maxInstanceBytes());
                    int count = 0;
                    for (Part part = parts.next(); part != null; part = parts.next()) {
                        sink.take(part.body());
                        count++;
                    }
                    return count;
                });
    }

    /**
     * Stores one object.
     *
     * @throws DicomWebException when the archive cannot be asked; what it says of the object is in
     *     the answer
     */
    public Stored store(Path file) {
        try {
            return store(BodyPublishers.ofFile(file), Files.size(file));
        } catch (IOException e) {
            throw new DicomWebException(
                    Code.NOT_FOUND, file.getFileName() + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Stores one object that is in memory; otherwise as {@link #store(Path)}. */
    public Stored store(byte[] object) {
        return store(BodyPublishers.ofByteArray(object), object.length);
    }

    private Stored store(HttpRequest.BodyPublisher object, long bytes) {
        String boundary = "precedent-" + UUID.randomUUID();
        byte[] head =
                ("--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] tail = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
        HttpRequest request =
                request("studies", JSON)
                        .header(
                                "Content-Type",
                                "multipart/related; type=\"application/dicom\"; boundary="
                                        + boundary)
                        .timeout(archive.silence().plusSeconds(bytes / SLOWEST))
                        .POST(
                                BodyPublishers.concat(
                                        BodyPublishers.ofByteArray(head),
                                        object,
                                        BodyPublishers.ofByteArray(tail)))
                        .build();
        HttpResponse<InputStream> response = send(request);
        try (Watched body = new Watched(response.body(), archive.silence())) {
            int status = response.statusCode();
            if (status != 200 && status != 202 && status != 400 && status != 409) {
                throw refused(response, "storing an object");
            }
            return stored(status, body);
        } catch (IOException e) {
            throw new DicomWebException(
                    Code.BROKEN_ANSWER, "the archive's answer to an object ends early", e);
        }
    }

    /** A status is about all parts together: what counts is what is said of the part. */
    private static Stored stored(int status, InputStream body) throws IOException {
        JsonNode answer;
        try {
            answer = DicomJson.one(body);
        } catch (DicomWebException e) {
            if (status == 200) {
                throw e;
            }
            return new Stored(false, "status " + status);
        }
        JsonNode set = answer.isArray() ? answer.path(0) : answer;
        List<JsonNode> failed = DicomJson.items(set, "00081198");
        List<JsonNode> taken = DicomJson.items(set, "00081199");
        if (!failed.isEmpty()) {
            return new Stored(
                    false,
                    FailureReason.words((int) DicomJson.number(failed.get(0), "00081197", -1)));
        }
        if (taken.isEmpty()) {
            return new Stored(
                    false, "it is no DICOM object that the archive takes (status " + status + ")");
        }
        long warning = DicomJson.number(taken.get(0), "00081196", 0);
        return new Stored(true, warning == 0 ? "" : FailureReason.words((int) warning));
    }

    private interface Answer<T> {
        T read(HttpResponse<InputStream> response, InputStream body) throws IOException;
    }

    /** Asks, again where the archive is away or busy and nothing was read yet. */
    private <T> T get(String path, String accept, String named, Answer<T> answer) {
        HttpRequest request = request(path, accept).GET().build();
        for (int attempt = 1; ; attempt++) {
            HttpResponse<InputStream> response;
            try {
                response = send(request);
                int status = response.statusCode();
                if (attempt < TRIES && (status == 503 || status == 429)) {
                    close(response);
                    sleep(pause(response, attempt));
                    continue;
                }
            } catch (DicomWebException e) {
                if (attempt == TRIES || e.code() != Code.UNREACHABLE) {
                    throw e;
                }
                sleep(pause(null, attempt));
                continue;
            }
            try (Watched body = new Watched(response.body(), archive.silence())) {
                if (response.statusCode() != 200 && response.statusCode() != 204) {
                    throw refused(response, named);
                }
                return answer.read(response, body);
            } catch (IOException e) {
                throw new DicomWebException(
                        Code.BROKEN_ANSWER, "reading " + named + " failed: " + e.getMessage(), e);
            }
        }
    }

    private Duration pause(@Nullable HttpResponse<?> response, int attempt) {
        Duration own = pause.multipliedBy(1L << (attempt - 1));
        if (response == null) {
            return own;
        }
        String after = response.headers().firstValue("Retry-After").orElse("");
        Duration wanted =
                after.matches("[0-9]{1,4}") ? Duration.ofSeconds(Long.parseLong(after)) : own;
        return wanted.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wanted;
    }

    private HttpRequest.Builder request(String path, String accept) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(archive.url() + "/" + path))
                        .timeout(archive.silence())
                        .header("Accept", accept);
        if (!archive.authorization().isEmpty()) {
            request.header("Authorization", archive.authorization());
        }
        return request;
    }

    private HttpResponse<InputStream> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new DicomWebException(
                    Code.UNREACHABLE,
                    "no archive answers at " + archive + ": is precedent.dicomweb.url right?",
                    e);
        } catch (HttpTimeoutException e) {
            throw new DicomWebException(
                    Code.UNREACHABLE,
                    "the archive at "
                            + archive
                            + " said nothing for "
                            + archive.silence().toSeconds()
                            + " s",
                    e);
        } catch (IOException e) {
            throw new DicomWebException(
                    Code.UNREACHABLE,
                    "the archive at " + archive + " broke the connection: " + e.getMessage(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DicomWebException(Code.UNREACHABLE, "interrupted", e);
        }
    }

    private DicomWebException refused(HttpResponse<?> response, String named) {
        int status = response.statusCode();
        Code code =
                switch (status) {
                    case 401, 403 -> Code.UNAUTHORIZED;
                    case 404 -> Code.NOT_FOUND;
                    case 429, 503 -> Code.BUSY;
                    default -> Code.REFUSED;
                };
        String what =
                switch (code) {
                    case UNAUTHORIZED ->
                            "does not let us in (status "
                                    + status
                                    + "): set PRECEDENT_DICOMWEB_USER and PRECEDENT_DICOMWEB_PASSWORD,"
                                    + " or PRECEDENT_DICOMWEB_TOKEN";
                    case NOT_FOUND -> "does not hold it (status 404)";
                    case BUSY -> "is busy (status " + status + "): try again later";
                    default ->
                            status / 100 == 3
                                    ? "points elsewhere (status "
                                            + status
                                            + "), which is not followed"
                                    : "answers with status " + status;
                };
        return new DicomWebException(
                code,
                "asked for " + named + ", the archive at " + archive + " " + what,
                "status",
                status,
                200);
    }

    /** A UID fit for an address and for a file's name. */
    private static String uid(String of, String uid) {
        if (uid.length() > 64 || !uid.matches("[0-9]+(\\.[0-9]+)*")) {
            String shown = uid.length() > 80 ? uid.substring(0, 80) + "..." : uid;
            throw new DicomWebException(
                    Code.UID,
                    "the %s's UID is '%s', expected numbers with dots between, at most 64 characters"
                            .formatted(of, shown.replaceAll("\\p{Cntrl}", "?")),
                    of,
                    shown,
                    "a UID");
        }
        return uid;
    }

    private static void close(HttpResponse<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException e) {
            // It is not read any more.
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DicomWebException(Code.UNREACHABLE, "interrupted", e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
