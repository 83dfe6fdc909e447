package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.DomainException;
import org.precedent.PrecedentConfig;
import org.precedent.access.ApiKeys;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.catalog.adaptation.Adaptations;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.SignedRequests;
import org.precedent.study.PhantomStudies;

/**
 * The API's description against the service itself: nothing in it is left unexplained, and whatever
 * is sent to any address, the answer is one that the description has. Requests are made from the
 * description, so that a new address or field is held to the same rule on the day it is added.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class ApiDescriptionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<Phantom> PHANTOMS = new Phantoms(31).patients(3);
    private static final String STUDY_UID = "1.2.826.61";

    /** What no answer may show: our classes and libraries, where files are, SQL, inner ids. */
    private static final Pattern INNER =
            Pattern.compile(
                    "org\\.precedent|\\b(java|javax|jakarta|sun)\\.\\w|com\\.fasterxml|io\\.(quarkus|vertx)"
                            + "|\\w(Exception|Error)\\b|\\$[A-Z]|\\bat [a-z]+\\.[a-z]+\\."
                            + "|\\b(SELECT|INSERT|UPDATE|DELETE) |/tmp/|/home/|/root/|/var/"
                            + "|\\b(pool|label|task) \\d");

    /** Statuses that are described, and that this test cannot bring about at will. */
    private static final Set<String> RARE =
            Set.of("401", "403", "409", "413", "421", "422", "500", "503");

    /** Codes of refusals that only a start, the command line or a fault of ours can meet. */
    private static final Set<String> NEVER_ANSWERED =
            Set.of(
                    ProblemType.PREFIX + "unknown-network",
                    ProblemType.PREFIX + "unknown-embedder",
                    ProblemType.PREFIX + "weights",
                    ProblemType.PREFIX + "file-unreadable",
                    ProblemType.PREFIX + "format-unknown",
                    ProblemType.PREFIX + "file-malformed",
                    ProblemType.PREFIX + "file-too-large",
                    ProblemType.PREFIX + "type-unsupported",
                    ProblemType.PREFIX + "class-refused",
                    ProblemType.PREFIX + "weights-mismatch",
                    ProblemType.PREFIX + "missing-file",
                    ProblemType.PREFIX + "native-library",
                    ProblemType.PREFIX + "unknown-device",
                    ProblemType.PREFIX + "no-device",
                    ProblemType.PREFIX + "libtorch-refused",
                    ProblemType.PREFIX + "dimension",
                    ProblemType.PREFIX + "not-unit",
                    ProblemType.PREFIX + "not-written");

    @Inject PrecedentConfig config;
    @Inject ApiKeys keys;
    @Inject Catalog catalog;
    @Inject Adaptations adaptations;

    @TestHTTPResource("/")
    URI service;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();
    private final String task = "described-" + UUID.randomUUID();
    private ApiDocument document;
    private String answer = "";
    private String annotation = "";
    private String action = "";
    private String adaptation = "";
    private String study = "";

    /** Let go of by a request. */
    private String abandoned = "";

    /** How many segmentations were drawn. */
    private int drawn;

    /** Of a task that no other request changes: asked again, then erased. */
    private String apart = "";

    /** An upload of a viewer, which no request removes. */
    private String viewed = "";

    private ApiKeys.Made viewer;

    @BeforeEach
    void readTheDescription() throws Exception {
        document =
                new ApiDocument(
                        json.readTree(
                                get("/openapi", Map.of("Accept", "application/json")).body()));
    }

    /** Something of everything that an address may name. */
    private void fillAPool() throws Exception {
        fill(task + "-apart");
        // Its picture will be erased: no other test sends it.
        Phantom erased = new Phantoms(UUID.randomUUID().hashCode()).patients(1).getFirst();
        apart = ask(task + "-apart", PngWriter.png(erased.image())).get("id").asText();
        fill(task);
        JsonNode recorded = ask(task, image());
        answer = recorded.get("id").asText();
        study = segmentStudy();
        abandoned = segmentStudy();
        annotation = recorded.at("/labels/0/supports/0/annotationId").asText();
        HttpResponse<byte[]> reviewed =
                send(
                        "post",
                        "/v1/curation/reviews",
                        Map.of("Content-Type", "application/json"),
                        "{\"ids\":[%s],\"to\":\"retired\",\"reason\":\"r\"}"
                                .formatted(
                                        recorded.at("/labels/1/supports/0/annotationId").asText())
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(reviewed.statusCode()).as(text(reviewed)).isEqualTo(200);
        action = json.readTree(reviewed.body()).get("action").asText();
        Adaptation cancelled =
                adaptations
                        .add(
                                catalog.pool(
                                        Scope.machine(),
                                        catalog.task(Scope.machine(), task),
                                        "default"),
                                "cross_attention",
                                "0".repeat(64),
                                new Adaptation.Budget(1, null, 1),
                                "machine",
                                Instant.now())
                        .orElseThrow();
        adaptations.cancel(cancelled.id(), Instant.now());
        adaptation = cancelled.id().toString();
        viewed = labelled();
        viewer =
                keys.create(
                        Scope.machine(), "viewer", "north", Set.of(Role.CLIENT), Set.of(), null);
    }

    /** A new upload with a label, of a picture that nothing else sends. */
    private String labelled() throws Exception {
        Phantom fresh = new Phantoms(UUID.randomUUID().hashCode()).patients(1).getFirst();
        String name = "viewed-" + UUID.randomUUID();
        HttpResponse<byte[]> sent =
                send(
                        "put",
                        "/monailabel/datastore/image?image=" + name,
                        Map.of("Content-Type", MultipartBody.MEDIA_TYPE),
                        new MultipartBody()
                                .file("file", "x.png", PngWriter.png(fresh.image()))
                                .bytes());
        assertThat(sent.statusCode()).as(text(sent)).isEqualTo(200);
        HttpResponse<byte[]> drawn =
                send(
                        "put",
                        "/monailabel/datastore/label?image=" + name,
                        Map.of("Content-Type", MultipartBody.MEDIA_TYPE),
                        new MultipartBody()
                                .text("params", drawnOn())
                                .file("label", "m.png", mask())
                                .bytes());
        assertThat(drawn.statusCode()).as(text(drawn)).isEqualTo(200);
        return name;
    }

    private String drawnOn() {
        return "{\"model\":\"%s-apart\",\"label_info\":[{\"name\":\"liver\",\"idx\":1}]}"
                .formatted(task);
    }

    private String session() throws Exception {
        HttpResponse<byte[]> opened =
                send(
                        "put",
                        "/monailabel/session",
                        Map.of("Content-Type", MultipartBody.MEDIA_TYPE),
                        new MultipartBody().file("files", "x.png", image()).bytes());
        assertThat(opened.statusCode()).as(text(opened)).isEqualTo(200);
        return json.readTree(opened.body()).get("session_id").asText();
    }

    private void fill(String task) throws Exception {
        assertThat(
                        send(
                                        "put",
                                        "/v1/tasks/" + task,
                                        Map.of("Content-Type", "application/json"),
                                        "{\"labels\":[\"liver\",\"spine\"],\"pools\":[\"default\"]}"
                                                .getBytes(StandardCharsets.UTF_8))
                                .statusCode())
                .isEqualTo(200);
        for (Phantom phantom : PHANTOMS.subList(1, PHANTOMS.size())) {
            MultipartBody body =
                    new MultipartBody()
                            .text(
                                    "metadata",
                                    "{\"task\":\"%s\",\"patient\":\"%s\",\"site\":\"north\"}"
                                            .formatted(task, phantom.patient()))
                            .file("image", phantom.id() + ".png", PngWriter.png(phantom.image()));
            for (String label : List.of("liver", "spine")) {
                if (phantom.masks().containsKey(label)) {
                    body.file("mask." + label, "m.png", PngWriter.png(phantom.masks().get(label)));
                }
            }
            assertThat(post("/v1/images", body).statusCode()).isEqualTo(201);
        }
    }

    private JsonNode ask(String task, byte[] picture) throws Exception {
        HttpResponse<byte[]> segmented =
                post(
                        "/v1/segmentations",
                        new MultipartBody()
                                .text("task", task)
                                .text("strategy", "fused")
                                .text("supportSize", "3")
                                .text("patient", "nobody of the pool")
                                .file("image", "q.png", picture));
        assertThat(segmented.statusCode()).as(text(segmented)).isEqualTo(201);
        return json.readTree(segmented.body());
    }

    @Test
    void everyAddressStatusAndFieldIsExplained() {
        Set<String> unexplained = new TreeSet<>();
        document.routes().forEach(route -> unexplained.addAll(document.unexplained(route)));
        assertThat(unexplained).isEmpty();
        assertThat(document.routes())
                .extracting(ApiDocument.Route::path)
                .contains("/", "/health", "/metrics", "/openapi", "/v1/segmentations");
    }

    @Test
    void everyKindOfProblemIsListedOnceWithItsStatus() {
        Set<String> types = new TreeSet<>();
        document.root()
                .at("/components/schemas/Problem/properties/type/enum")
                .forEach(type -> types.add(type.asText()));
        Set<String> listed = new TreeSet<>();
        Arrays.stream(ProblemType.values()).map(ProblemType::uri).forEach(listed::add);
        assertThat(types).isEqualTo(listed);
        String description = document.root().at("/info/description").asText();
        Set<String> codes = new TreeSet<>();
        for (JavaClass refusal :
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.precedent")) {
            if (refusal.isAssignableTo(DomainException.class) && !isOfTheCommandLine(refusal)) {
                codes.addAll(codes(refusal.getName()));
            }
        }
        assertThat(codes).hasSizeGreaterThan(40);
        Set<String> known = new TreeSet<>(listed);
        known.addAll(NEVER_ANSWERED);
        assertThat(codes)
                .as("codes of refusals that the description does not list")
                .isSubsetOf(known);
        assertThat(NEVER_ANSWERED).as("codes that are not there any more").isSubsetOf(codes);
        assertThat(listed).allSatisfy(type -> assertThat(description).contains("`" + type + "`"));
    }

    @Test
    void whatIsSentIsWhatIsDescribed() throws Exception {
        fillAPool();
        Map<String, Set<String>> wrong = new TreeMap<>();
        Map<String, Set<String>> seen = new TreeMap<>();
        int sent = 0;
        for (ApiDocument.Route route : document.routes()) {
            Set<String> statuses = seen.computeIfAbsent(route.toString(), r -> new TreeSet<>());
            for (RequestVariants.Request request :
                    RequestVariants.of(document, route, new Good())) {
                HttpResponse<byte[]> response =
                        send(request.method(), request.path(), request.headers(), request.body());
                sent++;
                statuses.add(String.valueOf(response.statusCode()));
                List<String> complaints = complaints(route, response);
                if (request.what().equals("good")
                        && response.statusCode() >= 300
                        && route.response(200) != null) {
                    complaints.add("a good request is answered " + text(response));
                }
                for (String complaint : complaints) {
                    wrong.computeIfAbsent(route + ": " + complaint, c -> new TreeSet<>())
                            .add(request.what());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(sent).isGreaterThan(500);
        Map<String, Set<String>> unseen = new TreeMap<>();
        for (ApiDocument.Route route : document.routes()) {
            Set<String> rest = new TreeSet<>();
            route.operation().path("responses").fieldNames().forEachRemaining(rest::add);
            rest.removeAll(RARE);
            if (route.path().endsWith("/lists/{list}") || route.path().endsWith("/map")) {
                rest.remove("202"); // a small pool is looked at before the wait is over
            }
            rest.removeAll(seen.get(route.toString()));
            if (!rest.isEmpty()) {
                unseen.put(route.toString(), rest);
            }
        }
        assertThat(unseen).as("statuses that are described and were never answered").isEmpty();
    }

    @Test
    void whatIsNotListedIsAProblemToo() throws Exception {
        Map<String, Set<String>> methods = new TreeMap<>();
        document.routes()
                .forEach(route ->
                        methods.computeIfAbsent(route.path(), p -> new TreeSet<>())
                                .add(route.method()));
        Map<String, List<String>> wrong = new TreeMap<>();
        for (Map.Entry<String, Set<String>> path : methods.entrySet()) {
            for (String method : ApiDocument.METHODS) {
                if (isOurs(path.getKey()) && !path.getValue().contains(method)) {
                    HttpResponse<byte[]> response =
                            send(
                                    method,
                                    path.getKey().replaceAll("[{}]", ""),
                                    Map.of(),
                                    new byte[0]);
                    List<String> complaints = problem(response);
                    if (response.statusCode() != 405) {
                        complaints.add("status " + response.statusCode());
                    }
                    if (!complaints.isEmpty()) {
                        wrong.put(method + " " + path.getKey(), complaints);
                    }
                }
            }
        }
        for (String path :
                List.of("/nothing", "/v1", "/v1/nothing", "/v1/tasks/a/b", "/v2/tasks")) {
            HttpResponse<byte[]> response = get(path, Map.of());
            List<String> complaints = problem(response);
            if (response.statusCode() != 404) {
                complaints.add("status " + response.statusCode());
            }
            if (!complaints.isEmpty()) {
                wrong.put(path, complaints);
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** Of a body in chunks nothing declares the length. */
    @Test
    void jsonInChunksIsReadUpToItsLimit() throws Exception {
        String piece = "x".repeat(1 << 16);
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 80; i++) {
            body.append("10000\r\n").append(piece).append("\r\n");
        }
        String head =
                "PUT /v1/tasks/long HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                        .formatted(SignedRequests.bearer());
        assertThat(raw(head + body))
                .startsWith("HTTP/1.1 413 ")
                .contains("urn:precedent:problem:http-413", "one of JSON than 4 MB");
        // What ends in time is read, and the connection serves the next request.
        String small =
                "%X\r\n%s\r\n0\r\n\r\n"
                        .formatted(
                                "{\"labels\":[\"a\"],\"pools\":[\"default\"]}".length(),
                                "{\"labels\":[\"a\"],\"pools\":[\"default\"]}");
        String both = raw(head + small + head + small);
        assertThat(both.split("HTTP/1.1 200 ", -1)).as(both).hasSize(3);
    }

    @Test
    void whatIsTooLargeIsAProblemBeforeItIsRead() throws Exception {
        for (ApiDocument.Route route : document.routes()) {
            for (String type : route.bodies().keySet()) {
                String head =
                        "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Type: %s\r\nContent-Length: 300000000\r\n\r\n{"
                                .formatted(
                                        route.method().toUpperCase(Locale.ROOT),
                                        route.path().replaceAll("[{}]", ""),
                                        SignedRequests.bearer(),
                                        type);
                assertThat(raw(head))
                        .as(route.toString())
                        .startsWith("HTTP/1.1 413 ")
                        .containsIgnoringCase("content-type: application/problem+json")
                        .contains("urn:precedent:problem:http-413", "256 MB");
            }
        }
        // What is no HTTP, and what is described to have no body.
        assertThat(raw("GET /v1/tasks?" + "x".repeat(5000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                .contains(" 414 ");
        assertThat(
                        raw(
                                "GET /v1/tasks HTTP/1.1\r\nHost: x\r\nX: "
                                        + "x".repeat(40_000)
                                        + "\r\n\r\n"))
                .contains(" 431 ");
        for (String bad :
                List.of(
                        "GET /v1/tasks/%zz HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                                + SignedRequests.bearer()
                                + "\r\n\r\n",
                        "GET /v1/tasks HTTP/1.1\r\n\r\n")) {
            assertThat(raw(bad)).as(bad).contains(" 400 ").doesNotContain("xception", "vertx");
        }
    }

    // ---- what an answer has to be

    private List<String> complaints(ApiDocument.Route route, HttpResponse<byte[]> response)
            throws IOException {
        List<String> complaints = new ArrayList<>();
        int status = response.statusCode();
        JsonNode described = route.response(status);
        if (described == null) {
            complaints.add("status " + status + " is not described: " + text(response));
            return complaints;
        }
        if (status == 500) {
            complaints.add("is answered with a fault of ours: " + text(response));
        }
        if (described.path("content").isEmpty() && response.body().length == 0) {
            return complaints;
        }
        String type = mediaType(response);
        JsonNode content = described.path("content").get(type);
        if (content == null) {
            complaints.add(
                    status
                            + " is sent as "
                            + type
                            + ", described as "
                            + described.path("content").fieldNames());
            return complaints;
        }
        if (type.endsWith("json")) {
            JsonNode body = json.readTree(response.body());
            document.complaints(content.path("schema"), body)
                    .forEach(complaint -> complaints.add(status + ": " + complaint));
        }
        // An archive says in its own words which objects it does not take.
        if (status >= 400 && isOurs(route.path()) && !type.equals("application/dicom+json")) {
            complaints.addAll(problem(response));
        }
        return complaints;
    }

    private List<String> problem(HttpResponse<byte[]> response) throws IOException {
        List<String> complaints = new ArrayList<>();
        if (!mediaType(response).equals(Problems.MEDIA_TYPE)) {
            complaints.add("is no problem: " + mediaType(response) + " " + text(response));
            return complaints;
        }
        JsonNode problem = json.readTree(response.body());
        complaints.addAll(
                document.complaints(document.root().at("/components/schemas/Problem"), problem));
        String uri = problem.path("type").asText();
        ProblemType.ofUri(uri)
                .ifPresent(type -> {
                    if (type.status() != response.statusCode()
                            || problem.path("status").asInt() != response.statusCode()) {
                        complaints.add(
                                uri
                                        + " is described with "
                                        + type.status()
                                        + ": "
                                        + text(response));
                    }
                });
        if (INNER.matcher(text(response)).find()
                || text(response).contains(config.dataDirectory().toString())) {
            complaints.add("shows what is inside: " + text(response));
        }
        if (problem.path("detail").asText().startsWith("HTTP ")) {
            complaints.add("says nothing: " + text(response));
        }
        if (response.statusCode() == 503
                && response.headers().firstValue("Retry-After").isEmpty()) {
            complaints.add("503 without Retry-After");
        }
        return complaints;
    }

    private static boolean isOurs(String path) {
        return path.startsWith("/v1/")
                || path.startsWith("/monailabel")
                || path.startsWith("/dicom-web");
    }

    private static String mediaType(HttpResponse<byte[]> response) {
        return response.headers()
                .firstValue("Content-Type")
                .orElse("nothing")
                .replaceAll(";.*", "");
    }

    private static String text(HttpResponse<byte[]> response) {
        String text = new String(response.body(), StandardCharsets.UTF_8);
        return text.length() > 600 ? text.substring(0, 600) + "..." : text;
    }

    private static boolean isOfTheCommandLine(JavaClass refusal) {
        return refusal.getName().contains(".secret.") // told at the start, before any request
                || refusal.getName().contains(".dataset.")
                || refusal.getName().contains(".ingest.folder.")
                || refusal.getName().contains(".dicomweb.")
                || refusal.getName().contains(".evaluation");
    }

    private static Set<String> codes(String refusal) {
        Set<String> codes = new TreeSet<>();
        try {
            for (Object code : Class.forName(refusal + "$Code").getEnumConstants()) {
                codes.add(ProblemType.uri(code.toString()));
            }
        } catch (ClassNotFoundException e) {
            return codes; // the parent of all
        }
        return codes;
    }

    // ---- fixtures

    private final class Good implements RequestVariants.Fixtures {
        @Override
        public @Nullable String value(ApiDocument.Route route, String name) {
            if (route.path().startsWith("/monailabel")) {
                return viewerValue(route, name);
            }
            return switch (name) {
                case "id" ->
                        route.path().startsWith("/v1/studies/")
                                ? route.method().equals("delete") ? abandoned : study
                                : route.path().contains("/adaptations/")
                                        ? adaptation
                                        : route.path().contains("/annotations/")
                                                ? annotation
                                                : route.path().equals("/v1/erasures")
                                                                || route.path().endsWith("/again")
                                                        ? apart
                                                        : answer;
                case "study" -> STUDY_UID;
                case "series" -> route.path().startsWith("/dicom-web") ? STUDY_UID + ".1" : null;
                case "instance" -> STUDY_UID + ".1.1";
                case "frames" -> "1";
                case "what" -> "answer";
                case "task" ->
                        // Other requests leave nothing of the task itself that may serve.
                        Set.of("/v1/retrievals", "/v1/segmentations").contains(route.path())
                                ? task + "-apart"
                                : task;
                case "label", "labels" -> "liver";
                case "pool", "pools" -> "default";
                case "annotation", "ids" -> annotation;
                case "action" -> action;
                case "list" -> "duplicates";
                case "x", "y" -> "80";
                case "stride" -> "0";
                case "poolVersion", "from", "version" -> "1";
                case "since" -> "2020-01-01";
                case "until" -> "2999-01-01T00:00:00Z";
                case "reason" -> "tried";
                case "expected" -> null;
                case "to" -> route.path().endsWith("/copies") ? "copied" : null;
                case "supportSize" -> "2";
                case "temperature" -> "uniform";
                case "seed" -> "7";
                case "site" -> "north";
                case "key" -> key();
                case "roles" -> "client";
                case "may" -> "read";
                case "patient" -> "nobody of the pool";
                default -> null;
            };
        }

        private @Nullable String viewerValue(ApiDocument.Route route, String name) {
            try {
                return switch (name) {
                    case "model" -> task + "-apart";
                    case "image", "label" -> viewed;
                    case "strategy" -> "first";
                    case "username" -> viewer.key().id();
                    case "password" -> viewer.text().text();
                    case "info" -> "{\"a\":1}";
                    case "limit_cases" -> "2";
                    case "params" ->
                            route.path().endsWith("/label")
                                    ? drawnOn()
                                    : route.path().endsWith("/updatelabelinfo")
                                            ? "{\"segmentationMeta\":{\"status\":\"segmented\"}}"
                                            : "{\"supportSize\":2}";
                    case "id" -> route.path().contains("/session") ? session() : labelled();
                    default -> null;
                };
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        /** A key that a good request may revoke. */
        private String key() {
            return keys.create(
                            Scope.machine(),
                            "to be revoked",
                            "north",
                            Set.of(Role.CLIENT),
                            Set.of(),
                            null)
                    .key()
                    .id();
        }

        @Override
        public byte @Nullable [] file(String part) {
            return switch (part) {
                case "image", "file", "files" -> image();
                case "mask.LABEL", "mask", "label" -> mask();
                default -> null;
            };
        }

        @Override
        public byte[] object(ApiDocument.Route route) {
            return PhantomStudies.segmentation(
                    61, 2, STUDY_UID, STUDY_UID + ".1", "liver", drawn++);
        }

        @Override
        public List<MultipartBody> otherForms(ApiDocument.Route route) {
            return route.path().equals("/v1/segmentations") ? List.of(studyForm()) : List.of();
        }

        @Override
        public Map<String, byte[]> badFiles(String part) {
            Raster small = new Raster(8, 8, 1, 8, new short[64]);
            Map<String, byte[]> files = new LinkedHashMap<>();
            files.put("empty.png", new byte[0]);
            files.put("text.png", "text".getBytes(StandardCharsets.UTF_8));
            files.put("half.png", Arrays.copyOf(image(), image().length / 2));
            files.put("other.jpg", image());
            files.put("unknown.gif", image());
            files.put("nosuffix", image());
            files.put("huge.png", HostileFiles.png(60_000, 60_000, 10));
            files.put("many.png", HostileFiles.png(16_000, 16_000, 10));
            files.put("bomb.tif", HostileFiles.tiff(16_000, 16_000, 10));
            files.put("small.png", PngWriter.png(small));
            files.put("grey.png", image());
            files.put("line.bmp", HostileFiles.honest(PHANTOMS.getFirst().image(), "bmp"));
            return files;
        }
    }

    private MultipartBody studyForm() {
        MultipartBody form =
                new MultipartBody().text("task", task + "-apart").text("supportSize", "2");
        PhantomStudies.dicom(61, 2, STUDY_UID, STUDY_UID + ".1")
                .forEach(slice -> form.file("study", "slice.dcm", slice));
        return form;
    }

    /** A study that is done. */
    private String segmentStudy() throws Exception {
        HttpResponse<byte[]> sent = post("/v1/segmentations", studyForm());
        assertThat(sent.statusCode()).as(text(sent)).isEqualTo(202);
        String id = json.readTree(sent.body()).get("id").asText();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (json.readTree(get("/v1/studies/" + id, Map.of()).body()).get("endedAt").isNull()
                && System.nanoTime() < deadline) {
            Thread.sleep(50);
        }
        return id;
    }

    private static byte[] image() {
        return PngWriter.png(PHANTOMS.getFirst().image());
    }

    private static byte[] mask() {
        return PngWriter.png(PHANTOMS.getFirst().masks().get("liver"));
    }

    // ---- sending

    private HttpResponse<byte[]> get(String path, Map<String, String> headers) throws Exception {
        return send("get", path, headers, new byte[0]);
    }

    private HttpResponse<byte[]> post(String path, MultipartBody body) throws Exception {
        return send("post", path, Map.of("Content-Type", MultipartBody.MEDIA_TYPE), body.bytes());
    }

    private HttpResponse<byte[]> send(
            String method, String path, Map<String, String> headers, byte[] body) throws Exception {
        HttpRequest.Builder request =
                SignedRequests.request(URI.create(service.toString().replaceAll("/$", "") + path))
                        .timeout(PATIENCE)
                        .method(
                                method.toUpperCase(Locale.ROOT),
                                body.length == 0
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(service.getHost(), service.getPort())) {
            socket.setSoTimeout(2000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            byte[] read = new byte[10_000];
            int length = 0;
            try {
                for (int n = 0; n >= 0 && length < read.length; length += n) {
                    n = socket.getInputStream().read(read, length, read.length - length);
                    if (n < 0) {
                        break;
                    }
                }
            } catch (SocketTimeoutException e) {
                // what came is all
            }
            return new String(read, 0, length, StandardCharsets.ISO_8859_1);
        }
    }
}
