package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.precedent.access.ApiKeys;
import org.precedent.access.AuditTrail;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.study.PhantomStudies;

/**
 * Every route, asked by every role, about what is the caller's own, shared and foreign, against the
 * table in {@code access/routes.txt}. No refusal tells anything of what it hides: it is, but for
 * the name that was asked, the refusal of what does not exist.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessTableTest {
    private static final long SEED = 8_151;
    private static final List<Phantom> PHANTOMS = new Phantoms(77).patients(4);

    /** What viewers draw on: a picture that no query shows. */
    private static final Phantom VIEWED = new Phantoms(4177).patients(1).getFirst();

    private static final List<String> ROLES =
            List.of("client", "annotator", "curator", "auditor", "operator");

    /** In a name of everything that a foreign site has: it must be in no answer to another one. */
    private static final String SECRET = "zebra";

    @TestHTTPResource("/")
    URI service;

    @Inject ApiKeys keys;
    @Inject AuditTrail audit;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();
    private final String suffix = UUID.randomUUID().toString().substring(0, 8);
    private final String own = "north-" + suffix;
    private final String other = SECRET + "-" + suffix;

    /** Role to key, at the own site. */
    private final Map<String, String> callers = new HashMap<>();

    /** What an object is to the caller, to the name of its task. */
    private final Map<String, String> tasks = new HashMap<>();

    /** Role to the answer that it asked for. */
    private final Map<String, JsonNode> mine = new HashMap<>();

    /** Role to the study that it sent. */
    private final Map<String, String> studies = new HashMap<>();

    /** The id of a study to the UID that its files have. */
    private final Map<String, String> uids = new HashMap<>();

    private String colleaguesStudy = "";
    private String foreignStudy = "";
    private JsonNode colleagues = new ObjectMapper().nullNode();
    private JsonNode foreign = new ObjectMapper().nullNode();

    /** What an upload of a viewer is to the caller, to its id. */
    private final Map<String, String> uploads = new HashMap<>();

    private long ownAnnotation;
    private String ownAction = "";
    private String foreignAction = "";
    private String foreignKey = "";
    private String curator = "";
    private String foreignCurator = "";
    private int sent;

    @BeforeAll
    void fill() throws Exception {
        for (String role : ROLES) {
            callers.put(role, key(role + "-name", own, Role.of(role)));
        }
        curator = key("somebody-else", own, Role.CURATOR);
        foreignCurator = key(SECRET + "-curator", other, Role.CURATOR);
        foreignKey = keys.list(Scope.machine()).getFirst().id();
        tasks.put("own", task("own", curator, "patient"));
        tasks.put("contribute", task("shared-c", foreignCurator, "patient"));
        tasks.put("read", task("shared-r", foreignCurator, "patient"));
        tasks.put("foreign", task(SECRET, foreignCurator, SECRET));
        share("contribute", "contribute");
        share("read", "read");
        colleagues = segment(curator, "own");
        foreign = segment(foreignCurator, "foreign");
        ownAnnotation = segment(curator, "own").at("/labels/0/supports/0/annotationId").asLong();
        colleaguesStudy = study(curator, "own");
        foreignStudy = study(foreignCurator, "foreign");
        for (String role : List.of("client", "annotator", "curator")) {
            studies.put(role, study(Objects.requireNonNull(callers.get(role)), "read"));
            mine.put(role, segment(Objects.requireNonNull(callers.get(role)), "read"));
        }
        uploads.put("own", labelled(curator, "own"));
        uploads.put("foreign", labelled(foreignCurator, "foreign"));
        JsonNode shared =
                json.readTree(
                        get(foreignCurator, "/v1/curation/annotations?task=" + tasks.get("read"))
                                .body());
        uploads.put("read", shared.findValue("imageId").asText());
        ownAction = reject(curator, colleagues);
        foreignAction = reject(foreignCurator, foreign);
    }

    /** One line of the table for one role. */
    private record Cell(String method, String path, String object, String role, int status) {}

    @Test
    void everyRouteAnswersEveryRoleAsTheTableSays() throws Exception {
        List<Cell> cells = cells();
        Collections.shuffle(cells, new Random(SEED));
        Map<String, String> wrong = new TreeMap<>();
        for (Cell cell : cells) {
            HttpResponse<byte[]> answer = send(cell);
            String body = new String(answer.body(), StandardCharsets.ISO_8859_1);
            if (answer.statusCode() != cell.status()) {
                wrong.put(cell.toString(), answer.statusCode() + " " + shortened(body));
            }
            if (!cell.path().equals("/v1/audit") && tells(cell, body)) {
                wrong.put(
                        cell + " tells",
                        shortened(body.substring(Math.max(0, body.indexOf(SECRET) - 100))));
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(cells).hasSizeGreaterThan(250);
    }

    @Test
    void everyRouteOfTheDescriptionIsInTheTable() throws Exception {
        ApiDocument document =
                new ApiDocument(
                        json.readTree(get(callers.get("curator"), "/openapi?format=JSON").body()));
        Set<String> described = new TreeSet<>();
        document.routes().forEach(route -> described.add(route.toString()));
        Set<String> listed = new TreeSet<>();
        cells().forEach(cell -> listed.add(cell.method() + " " + cell.path().split("\\?")[0]));
        assertThat(listed).isEqualTo(described);
    }

    @Test
    void whatIsForeignIsRefusedLikeWhatIsNotThere() throws Exception {
        String asker = callers.get("curator");
        String nothing = "nothing" + suffix;
        String hidden = tasks.get("foreign");
        assertThat(text(get(asker, "/v1/tasks/" + hidden)).replace(hidden, "X"))
                .isEqualTo(text(get(asker, "/v1/tasks/" + nothing)).replace(nothing, "X"));
        String id = foreign.path("id").asText();
        String absent = UUID.randomUUID().toString();
        for (String rest :
                List.of(
                        "",
                        "/overlay.png",
                        "/labels/liver/mask.png",
                        "/influence",
                        "/attention?label=liver&x=1&y=1")) {
            assertThat(text(get(asker, "/v1/segmentations/" + id + rest)).replace(id, "X"))
                    .isEqualTo(
                            text(get(asker, "/v1/segmentations/" + absent + rest))
                                    .replace(absent, "X"));
        }
        String annotation = foreign.at("/labels/0/supports/0/annotationId").asText();
        assertThat(
                        text(get(asker, "/v1/annotations/" + annotation + "/overlay.png"))
                                .replace(annotation, "X"))
                .isEqualTo(text(get(asker, "/v1/annotations/17/overlay.png")).replace("17", "X"));
    }

    /**
     * The name of a foreign task is free: who takes it gets a task of the own, and nothing else.
     */
    @Test
    void aTaskOfAForeignNameIsAnotherTask() throws Exception {
        String name = tasks.get("foreign");
        HttpResponse<byte[]> made =
                send(foreignCuratorOf(), "PUT", "/v1/tasks/" + name, "{\"labels\":[\"kidney\"]}");
        JsonNode task = json.readTree(made.body());
        assertThat(made.statusCode()).isEqualTo(200);
        assertThat(task.path("labels")).hasSize(1);
        assertThat(task.path("pools")).isEmpty();
    }

    private String foreignCuratorOf() {
        return key("third", "third-" + suffix, Role.CURATOR);
    }

    @Test
    void withoutAKeyNothingIsAnswered() throws Exception {
        for (Cell cell : cells()) {
            if (!cell.role().equals("client") || isOpen(cell.path())) {
                continue;
            }
            for (String wrong : List.of("", "prc_AAAAAAAAAAA_" + "B".repeat(43), "nonsense")) {
                HttpResponse<byte[]> answer =
                        send(wrong, cell.method(), filled(cell), body(cell), type(cell));
                assertThat(answer.statusCode()).as(cell.toString()).isEqualTo(401);
                assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
                assertThat(text(answer)).contains("urn:precedent:problem:http-401");
            }
        }
    }

    @Test
    void aKeyLimitedToATaskSeesNoOther() throws Exception {
        String limited =
                keys.create(
                                Scope.machine(),
                                "limited",
                                own,
                                Set.of(Role.CURATOR),
                                Set.of(Objects.requireNonNull(tasks.get("read"))),
                                null)
                        .text()
                        .text();
        assertThat(get(limited, "/v1/tasks/" + tasks.get("read")).statusCode()).isEqualTo(200);
        assertThat(get(limited, "/v1/tasks/" + tasks.get("own")).statusCode()).isEqualTo(404);
        assertThat(json.readTree(get(limited, "/v1/tasks").body())).hasSize(1);
        // A patient is in other tasks, too.
        String erase = "{\"what\":\"patient\",\"id\":\"patient\",\"reason\":\"x\",\"dryRun\":true}";
        assertThat(send(limited, "POST", "/v1/erasures", erase).statusCode()).isEqualTo(403);
        assertThat(send(curator, "POST", "/v1/erasures", erase).statusCode()).isNotEqualTo(403);
    }

    @Test
    void aRevokedKeyAndAWithdrawnShareEndAtOnce() throws Exception {
        ApiKeys.Made made =
                keys.create(Scope.machine(), "gone", own, Set.of(Role.CURATOR), Set.of(), null);
        String text = made.text().text();
        assertThat(get(text, "/v1/tasks").statusCode()).isEqualTo(200);
        keys.revoke(Scope.machine(), made.key().id());
        assertThat(get(text, "/v1/tasks").statusCode()).isEqualTo(401);

        String site = "brief-" + suffix;
        String reader = key("reader", site, Role.CLIENT);
        String address = "/v1/tasks/" + tasks.get("read") + "/pools/default/shares/" + site;
        assertThat(send(foreignCurator, "PUT", address, "{\"may\":\"read\"}").statusCode())
                .isEqualTo(200);
        JsonNode answer = segment(reader, "read");
        String support =
                "/v1/annotations/"
                        + answer.at("/labels/0/supports/0/annotationId").asText()
                        + "/overlay.png";
        assertThat(get(reader, support).statusCode()).isEqualTo(200);
        assertThat(send(foreignCurator, "DELETE", address, "").statusCode()).isEqualTo(200);
        assertThat(get(reader, support).statusCode()).isEqualTo(404);
        String id = "/v1/segmentations/" + answer.path("id").asText();
        assertThat(get(reader, id).statusCode()).isEqualTo(200);
        assertThat(get(reader, id + "/influence").statusCode()).isEqualTo(404);
    }

    /**
     * What a client holds for right waits for a curator, who sees whose it is, and is then used.
     */
    @Test
    void aClientsVerdictWaitsForItsSitesCurator() throws Exception {
        String client = key("asker", own, Role.CLIENT);
        JsonNode answer = segment(client, "own");
        String verdict = "/v1/curation/segmentations/" + answer.path("id").asText() + "/verdict";
        HttpResponse<byte[]> accepted =
                send(client, "POST", verdict, "{\"verdict\":\"accepted\",\"reason\":\"good\"}");
        assertThat(accepted.statusCode()).as(text(accepted)).isEqualTo(200);
        JsonNode kept = json.readTree(accepted.body());
        String id = kept.at("/annotations/0").asText();
        String list = "/v1/curation/annotations?ids=" + id;
        assertThat(get(client, list).statusCode()).isEqualTo(403);
        JsonNode row = json.readTree(get(curator, list).body()).at("/rows/0");
        assertThat(row.path("state").asText()).isEqualTo("unreviewed");
        assertThat(row.path("author").asText()).isEqualTo("asker");
        assertThat(row.path("site").asText()).isEqualTo(own);
        assertThat(row.path("fromAnswer").asText()).isEqualTo(answer.path("id").asText());
        assertThat(row.path("mayReview").asBoolean()).isTrue();
        assertThat(json.readTree(get(foreignCurator, list).body()).path("rows")).isEmpty();
        JsonNode last = json.readTree(get(curator, "/v1/curation/actions").body()).at("/rows/0");
        assertThat(last.path("actor").asText()).isEqualTo("asker");
        String undo = "/v1/curation/actions/" + kept.path("action").asText() + "/undo";
        assertThat(send(client, "POST", undo, "{\"reason\":\"no\"}").statusCode()).isEqualTo(200);
        assertThat(send(client, "POST", undo, "{\"reason\":\"no\"}").statusCode()).isEqualTo(409);
    }

    /** Who contributes to a pool reviews the own images in it, its owner all of them. */
    @Test
    void inASharedPoolEverySiteReviewsItsOwn() throws Exception {
        String shared = Objects.requireNonNull(tasks.get("contribute"));
        HttpResponse<byte[]> sent =
                send(
                        curator,
                        "POST",
                        "/v1/images",
                        image(shared, "ours-too", "contributor", "", "", ""),
                        MultipartBody.MEDIA_TYPE);
        assertThat(sent.statusCode()).as(text(sent)).isEqualTo(201);
        JsonNode rows =
                json.readTree(get(curator, "/v1/curation/annotations?task=" + shared).body())
                        .path("rows");
        long ours = 0;
        long theirs = 0;
        for (JsonNode row : rows) {
            if (row.path("mayReview").asBoolean()) {
                ours = row.path("id").asLong();
                assertThat(row.path("site").asText()).isEqualTo(own);
            } else {
                theirs = row.path("id").asLong();
                assertThat(row.path("site").isNull()).isTrue();
                assertThat(row.path("author").isNull()).isTrue();
            }
        }
        String review = "{\"ids\":[%d],\"to\":\"retired\",\"reason\":\"r\"}";
        String address = "/v1/curation/reviews";
        assertThat(send(curator, "POST", address, review.formatted(theirs)).statusCode())
                .isEqualTo(403);
        HttpResponse<byte[]> done = send(curator, "POST", address, review.formatted(ours));
        assertThat(done.statusCode()).as(text(done)).isEqualTo(200);
        String action = json.readTree(done.body()).path("action").asText();
        JsonNode seen = json.readTree(get(foreignCurator, "/v1/curation/actions").body());
        assertThat(seen.at("/rows/0/id").asText()).isEqualTo(action);
        assertThat(seen.at("/rows/0/actor").isNull()).isTrue();
        assertThat(
                        send(
                                        foreignCurator,
                                        "POST",
                                        "/v1/curation/actions/" + action + "/undo",
                                        "{\"reason\":\"ours to decide\"}")
                                .statusCode())
                .isEqualTo(200);
        String byFilter =
                "{\"task\":\"%s\",\"state\":\"approved\",\"to\":\"retired\",\"reason\":\"r\",\"dryRun\":%s}";
        JsonNode would =
                json.readTree(
                        send(
                                        curator,
                                        "POST",
                                        address + "/selection",
                                        byFilter.formatted(shared, "true"))
                                .body());
        assertThat(would.path("action").isNull()).isTrue();
        for (JsonNode changed : would.path("changed")) {
            assertThat(changed.asLong()).isNotEqualTo(theirs);
        }
    }

    @Test
    void everythingIsInTheAudit() throws Exception {
        String reader = key("audited", own, Role.CLIENT);
        JsonNode answer = segment(reader, "own");
        get(reader, "/v1/segmentations/" + UUID.randomUUID());
        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(Scope.machine(), entries::add);
        AuditTrail.Entry asked =
                entries.stream()
                        .filter(e -> e.object().endsWith(answer.path("id").asText()))
                        .findFirst()
                        .orElseThrow();
        assertThat(asked.who()).isEqualTo("audited");
        assertThat(asked.site()).isEqualTo(own);
        assertThat(asked.outcome()).isEqualTo("201");
        assertThat(asked.supports())
                .contains(answer.at("/labels/0/supports/0/annotationId").asText());
        assertThat(entries.getLast().outcome()).isEqualTo("404");
        assertThat(audit.verify().fault()).isNull();
        String lines = text(get(callers.get("auditor"), "/v1/audit"));
        assertThat(lines.lines())
                .allSatisfy(line ->
                        assertThat(json.readTree(line).path("site").asText()).isEqualTo(own));
    }

    // ---- the table

    private static List<Cell> cells() throws Exception {
        String table;
        try (InputStream in =
                Objects.requireNonNull(
                        AccessTableTest.class.getResourceAsStream("/access/routes.txt"))) {
            table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        List<Cell> cells = new ArrayList<>();
        for (String line : table.lines().filter(l -> !l.startsWith("#")).toList()) {
            String[] words = line.split("\\s+");
            assertThat(words).as(line).hasSize(3 + ROLES.size());
            for (String role : ROLES) {
                String status = words[3 + ROLES.indexOf(role)];
                if (!status.equals("-")) {
                    cells.add(
                            new Cell(words[0], words[1], words[2], role, Integer.parseInt(status)));
                }
            }
        }
        return cells;
    }

    private static boolean isOpen(String path) {
        return path.equals("/")
                || path.startsWith("/health")
                || Set.of("/monailabel", "/monailabel/auth", "/monailabel/auth/token")
                        .contains(path);
    }

    /** Whether an answer has a name of a foreign site's that was not in the question. */
    private boolean tells(Cell cell, String body) {
        String asked = filled(cell);
        String rest =
                cell.object().equals("foreign")
                        ? body.replace(Objects.requireNonNull(tasks.get("foreign")), "")
                        : body;
        return rest.replace(asked, "").contains(SECRET);
    }

    private HttpResponse<byte[]> send(Cell cell) throws Exception {
        return send(
                Objects.requireNonNull(callers.get(cell.role())),
                cell.method(),
                filled(cell),
                body(cell),
                type(cell));
    }

    private String filled(Cell cell) {
        String path = cell.path().split("\\?")[0];
        if (path.startsWith("/monailabel")) {
            return viewerPath(cell, path);
        }
        if (path.startsWith("/dicom-web")) {
            String uid = path.contains("{study}") ? uids.get(studyOf(cell)) : "";
            return path.replace("{study}", String.valueOf(uid))
                    .replace("{series}", uid + ".1")
                    .replace("{instance}", uid + ".1.1")
                    .replace("{frames}", "1");
        }
        JsonNode answer = answer(cell);
        return path.replace("{task}", String.valueOf(tasks.get(cell.object())))
                        .replace("{pool}", "default")
                        .replace("{list}", "gaps")
                        .replace("{version}", "1")
                        .replace(
                                "{action}",
                                cell.object().equals("foreign") ? foreignAction : ownAction)
                        .replace("{site}", "third-" + suffix)
                        .replace("{label}", "liver")
                        .replace(
                                "{key}",
                                cell.object().equals("foreign") ? foreignKey : disposableKey(cell))
                        .replace(
                                "{id}",
                                path.startsWith("/v1/studies/")
                                        ? studyOf(cell)
                                        : path.contains("annotations")
                                                ? annotation(cell)
                                                : answer.path("id").asText())
                + (path.contains("/attention")
                        ? "?label=liver&x=20&y=20"
                        : path.endsWith("/thumbnails")
                                ? "?ids=" + annotation(cell)
                                : path.endsWith("/diff") ? "?from=1" : "");
    }

    private String viewerPath(Cell cell, String path) {
        boolean removed = cell.method().equals("DELETE") && cell.object().equals("own");
        boolean ofImage = path.contains("/datastore/") && !path.endsWith("/dataset");
        String image =
                ofImage && removed
                        ? labelled(curator, "own")
                        : String.valueOf(uploads.get(cell.object()));
        String filled =
                path.replace("{model}", String.valueOf(tasks.get(cell.object())))
                        .replace("{strategy}", "first");
        if (filled.contains("{id}")) {
            return filled.replace("{id}", session(cell));
        }
        if (filled.contains("/infer/wsi/")) {
            return filled + "?image=" + uploads.get("own");
        }
        if (!ofImage || path.endsWith("/image") && cell.method().equals("PUT")) {
            return filled;
        }
        String parameter =
                cell.method().equals("DELETE")
                        ? "id"
                        : path.contains("/image")
                                        || path.endsWith("/label") && cell.method().equals("PUT")
                                ? "image"
                                : "label";
        return filled + "?" + parameter + "=" + image;
    }

    /** A session of the caller, or of a colleague. */
    private String session(Cell cell) {
        String by =
                cell.object().equals("mine")
                        ? Objects.requireNonNull(callers.get(cell.role()))
                        : cell.object().equals("foreign") ? foreignCurator : curator;
        return sentBy(by, "/monailabel/session", "files", "/session_id");
    }

    /** An upload that has a label. */
    private String labelled(String by, String object) {
        String id =
                sentBy(by, "/monailabel/datastore/image?image=u" + sent++, "file", "/precedent_id");
        try {
            HttpResponse<byte[]> kept =
                    send(
                            by,
                            "PUT",
                            "/monailabel/datastore/label?image=" + id,
                            label(tasks.get(object)),
                            MultipartBody.MEDIA_TYPE);
            assertThat(kept.statusCode()).as(text(kept)).isEqualTo(200);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return id;
    }

    private String sentBy(String by, String path, String part, String answer) {
        try {
            HttpResponse<byte[]> made =
                    send(
                            by,
                            "PUT",
                            path,
                            new MultipartBody()
                                    .file(part, "x.png", PngWriter.png(VIEWED.image()))
                                    .text("params", "{\"patient\":\"viewed\"}")
                                    .bytes(),
                            MultipartBody.MEDIA_TYPE);
            assertThat(made.statusCode()).as(text(made)).isEqualTo(200);
            return json.readTree(made.body()).at(answer).asText();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] label(@Nullable String task) {
        return new MultipartBody()
                .text(
                        "params",
                        "{\"model\":\"%s\",\"label_info\":[{\"name\":\"liver\",\"idx\":1}]}"
                                .formatted(task))
                .file("label", "m.png", PngWriter.png(VIEWED.masks().get("liver")))
                .bytes();
    }

    private byte[] viewerBody(Cell cell) {
        String path = cell.path();
        byte[] picture = PngWriter.png(PHANTOMS.getFirst().image());
        if (path.equals("/monailabel/auth/token")) {
            String key = Objects.requireNonNull(callers.get(cell.role()));
            return ("username=" + key.split("_")[1] + "&password=" + key)
                    .getBytes(StandardCharsets.UTF_8);
        }
        if (path.endsWith("/updatelabelinfo")) {
            return new MultipartBody()
                    .text("params", "{\"segmentationMeta\":{\"status\":\"segmented\"}}")
                    .bytes();
        }
        if (path.endsWith("/info") && cell.method().equals("PUT")) {
            return new MultipartBody().text("info", "{\"a\":1}").bytes();
        }
        if (path.endsWith("/datastore/label") && cell.method().equals("PUT")) {
            return label(tasks.get("own"));
        }
        if (path.endsWith("/session")) {
            return new MultipartBody().file("files", "x.png", picture).bytes();
        }
        if (cell.method().equals("PUT") || path.matches("/monailabel/infer/(wsi_v2/)?\\{model}")) {
            return new MultipartBody()
                    .text("params", "{\"supportSize\":2}")
                    .file("file", "q.png", picture)
                    .bytes();
        }
        return new byte[0];
    }

    private String disposableKey(Cell cell) {
        if (!cell.path().contains("{key}")) {
            return "";
        }
        return keys.create(Scope.machine(), "disposable", own, Set.of(Role.CLIENT), Set.of(), null)
                .key()
                .id();
    }

    /** One that may be let go of by the request. */
    private String studyOf(Cell cell) {
        try {
            return switch (cell.object()) {
                case "mine" ->
                        cell.method().equals("DELETE")
                                ? study(Objects.requireNonNull(callers.get(cell.role())), "read")
                                : Objects.requireNonNull(studies.get(cell.role()));
                case "colleague" ->
                        cell.method().equals("DELETE") ? study(curator, "own") : colleaguesStudy;
                default -> foreignStudy;
            };
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private String study(String by, String object) throws Exception {
        String uid = "1.2.826.97." + sent++;
        MultipartBody form =
                new MultipartBody()
                        .text("task", Objects.requireNonNull(tasks.get(object)))
                        .text("supportSize", "2")
                        .text("nearDuplicates", "allow");
        for (byte[] slice : PhantomStudies.dicom(97, 2, uid, uid + ".1")) {
            form.file("study", "slice.dcm", slice);
        }
        HttpResponse<byte[]> answered =
                send(by, "POST", "/v1/segmentations", form.bytes(), MultipartBody.MEDIA_TYPE);
        assertThat(answered.statusCode()).as(text(answered)).isEqualTo(202);
        String id = json.readTree(answered.body()).path("id").asText();
        uids.put(id, uid);
        for (int i = 0; i < 1000; i++) {
            JsonNode now = json.readTree(get(by, "/v1/studies/" + id).body());
            if (!now.path("endedAt").isNull()) {
                assertThat(now.path("state").asText()).as(now.toString()).isEqualTo("done");
                return id;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("study " + id + " does not end");
    }

    private JsonNode answer(Cell cell) {
        return switch (cell.object()) {
            case "mine" -> Objects.requireNonNull(mine.get(cell.role()));
            case "colleague" -> colleagues;
            default -> foreign;
        };
    }

    private String annotation(Cell cell) {
        return cell.object().equals("own")
                ? Long.toString(ownAnnotation)
                : answer(cell).at("/labels/0/supports/0/annotationId").asText();
    }

    private static String type(Cell cell) {
        if (cell.path().startsWith("/dicom-web")) {
            return "multipart/related; type=\"application/dicom\"; boundary="
                    + MultipartBody.BOUNDARY;
        }
        if (cell.path().equals("/monailabel/auth/token")) {
            return "application/x-www-form-urlencoded";
        }
        return cell.path().startsWith("/monailabel")
                        || cell.path().startsWith("/v1/images")
                        || cell.path().equals("/v1/retrievals")
                        || cell.path().equals("/v1/segmentations")
                        || cell.path().endsWith("/corrections")
                ? MultipartBody.MEDIA_TYPE
                : "application/json";
    }

    private byte[] body(Cell cell) {
        String task = tasks.get(cell.object());
        if (cell.path().startsWith("/monailabel")) {
            return viewerBody(cell);
        }
        if (cell.path().startsWith("/v1/images")) {
            return image(
                    String.valueOf(task),
                    "ours",
                    "p" + sent++,
                    cell.path().contains("review") ? ",\"review\":\"approved\"" : "",
                    cell.path().contains("site") ? ",\"site\":\"elsewhere\"" : "",
                    cell.path().contains("author") ? ",\"author\":\"elsewhere\"" : "");
        }
        if (cell.path().equals("/v1/retrievals") || cell.path().equals("/v1/segmentations")) {
            return question(String.valueOf(task));
        }
        if (cell.path().endsWith("/corrections")) {
            return correction(cell);
        }
        if (cell.method().equals("POST") && cell.path().startsWith("/dicom-web")) {
            String uid = Objects.requireNonNull(uids.get(studyOf(cell)));
            return new MultipartBody()
                    .part(
                            "Content-Type: application/dicom",
                            PhantomStudies.segmentation(97, 2, uid, uid + ".1", "liver", sent++))
                    .bytes();
        }
        String text =
                switch (cell.method() + " " + cell.path()) {
                    case "PUT /v1/tasks/{task}", "POST /v1/tasks/{task}/pools/{pool}/adaptations" ->
                            "{}";
                    case "PUT /v1/tasks/{task}/pools/{pool}/policy" -> "{\"ownStudy\":false}";
                    case "PUT /v1/tasks/{task}/pools/{pool}/shares/{site}" -> "{\"may\":\"read\"}";
                    case "POST /v1/keys" ->
                            "{\"name\":\"x\",\"roles\":[\"client\"]%s}"
                                    .formatted(
                                            cell.object().equals("foreign")
                                                    ? ",\"site\":\"south\""
                                                    : "");
                    case "POST /v1/erasures" ->
                            "{\"what\":\"patient\",\"id\":\"nobody\",\"reason\":\"test\"%s}"
                                    .formatted(
                                            cell.object().equals("foreign")
                                                    ? ",\"site\":\"south\""
                                                    : "");
                    case "POST /v1/curation/reviews" ->
                            "{\"ids\":[%s],\"to\":\"approved\",\"reason\":\"r\"}"
                                    .formatted(annotation(cell));
                    case "POST /v1/curation/reviews/selection" ->
                            "{\"task\":\"%s\",\"to\":\"approved\",\"reason\":\"r\"}"
                                    .formatted(task);
                    case "POST /v1/curation/actions/{action}/undo" -> "{\"reason\":\"r\"}";
                    case "POST /v1/curation/segmentations/{id}/verdict" ->
                            "{\"verdict\":\"rejected\",\"reason\":\"r\"}";
                    case "POST /v1/curation/annotations/{id}/consensus" -> "{\"reason\":\"r\"}";
                    default ->
                            cell.path().endsWith("/name")
                                    ? "{\"name\":\"first\"}"
                                    : cell.path().endsWith("/restore")
                                            ? "{\"version\":\"1\",\"reason\":\"r\",\"dryRun\":true}"
                                            : cell.path().endsWith("/copies")
                                                    ? "{\"to\":\"copy\",\"reason\":\"r\",\"dryRun\":true}"
                                                    : "";
                };
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] correction(Cell cell) {
        boolean ofAnswer = cell.path().contains("/segmentations/");
        MultipartBody body =
                new MultipartBody()
                        .text("reason", "r")
                        .file(
                                ofAnswer ? "mask.liver" : "mask",
                                "m.png",
                                PngWriter.png(PHANTOMS.getFirst().masks().get("liver")));
        return (ofAnswer ? body : body.text("state", "approved")).bytes();
    }

    // ---- the world

    private String reject(String by, JsonNode answer) throws Exception {
        HttpResponse<byte[]> rejected =
                send(
                        by,
                        "POST",
                        "/v1/curation/segmentations/" + answer.path("id").asText() + "/verdict",
                        "{\"verdict\":\"rejected\",\"reason\":\"wrong\"}");
        assertThat(rejected.statusCode()).as(text(rejected)).isEqualTo(200);
        return json.readTree(rejected.body()).path("action").asText();
    }

    private String key(String name, String site, Role role) {
        return keys.create(Scope.machine(), name, site, Set.of(role), Set.of(), null).text().text();
    }

    private String task(String word, String by, String patient) throws Exception {
        String name = word + "-" + suffix;
        assertThat(
                        send(
                                        by,
                                        "PUT",
                                        "/v1/tasks/" + name,
                                        "{\"labels\":[\"liver\"],\"pools\":[\"default\"]}")
                                .statusCode())
                .isEqualTo(200);
        for (int i = 1; i < 3; i++) {
            HttpResponse<byte[]> taken =
                    send(
                            by,
                            "POST",
                            "/v1/images",
                            image(
                                    name,
                                    by.equals(foreignCurator) ? SECRET : "ours",
                                    patient + i,
                                    ",\"review\":\"approved\"",
                                    "",
                                    ""),
                            MultipartBody.MEDIA_TYPE);
            assertThat(taken.statusCode()).as(text(taken)).isEqualTo(201);
        }
        return name;
    }

    private void share(String object, String may) throws Exception {
        String address = "/v1/tasks/" + tasks.get(object) + "/pools/default/shares/" + own;
        assertThat(send(foreignCurator, "PUT", address, "{\"may\":\"" + may + "\"}").statusCode())
                .isEqualTo(200);
    }

    private static byte[] image(
            String task, String file, String patient, String review, String site, String author) {
        Phantom phantom = PHANTOMS.get(1 + Math.floorMod(patient.hashCode(), PHANTOMS.size() - 1));
        return new MultipartBody()
                .text(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"%s\",\"samePixels\":\"allow\"%s%s%s}"
                                .formatted(task, patient, review, site, author))
                .file("image", file + ".png", PngWriter.png(phantom.image()))
                .file("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .bytes();
    }

    private static byte[] question(String task) {
        return new MultipartBody()
                .text("task", task)
                .text("supportSize", "2")
                .text("nearDuplicates", "allow")
                .file("image", "q.png", PngWriter.png(PHANTOMS.getFirst().image()))
                .bytes();
    }

    private JsonNode segment(String by, String object) throws Exception {
        HttpResponse<byte[]> answer =
                send(
                        by,
                        "POST",
                        "/v1/segmentations",
                        question(Objects.requireNonNull(tasks.get(object))),
                        MultipartBody.MEDIA_TYPE);
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(201);
        return json.readTree(answer.body());
    }

    // ---- requests

    private HttpResponse<byte[]> get(@Nullable String by, String path) throws Exception {
        return send(String.valueOf(by), "GET", path, "");
    }

    private HttpResponse<byte[]> send(String by, String method, String path, String body)
            throws Exception {
        return send(by, method, path, body.getBytes(StandardCharsets.UTF_8), "application/json");
    }

    private HttpResponse<byte[]> send(
            String by, String method, String path, byte[] body, String type) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(service.toString().replaceAll("/$", "") + path))
                        .method(
                                method,
                                body.length == 0
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofByteArray(body));
        if (body.length > 0) {
            request.header("Content-Type", type);
        }
        if (!by.isEmpty()) {
            request.header("Authorization", "Bearer " + by);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static String shortened(String text) {
        return text.length() > 300 ? text.substring(0, 300) : text;
    }
}
