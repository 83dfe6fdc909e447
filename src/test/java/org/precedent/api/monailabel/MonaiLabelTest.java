package org.precedent.api.monailabel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.precedent.Sha256;
import org.precedent.access.ApiKeys;
import org.precedent.access.AuditTrail;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.api.monailabel.RawClient.Form;
import org.precedent.api.monailabel.RawClient.Reply;
import org.precedent.catalog.Outbox;
import org.precedent.dicomweb.DicomWebConfig;
import org.precedent.erasure.Erasure;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.SentVolume;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.nrrd.NrrdWriter;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/**
 * The calls of 3D Slicer, OHIF, QuPath, CVAT and a reviewer, in their order and byte by byte over a
 * bare socket, against the running service.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MonaiLabelTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(901).patients(4);
    private static final int SIDE = Phantoms.SIDE;
    private static final String ROOT = "/monailabel";

    @TestHTTPResource("/")
    URI service;

    @Inject ApiKeys keys;
    @Inject AuditTrail audit;
    @Inject Outbox outbox;
    @Inject Erasure erasure;
    @Inject DicomWebConfig archive;

    private final ObjectMapper json = new ObjectMapper();
    private final String suffix = UUID.randomUUID().toString().substring(0, 8);
    private final String task = "viewed-" + suffix;
    private final String site = "north-" + suffix;

    private RawClient client = new RawClient("", 0);
    private String annotator = "";
    private String curator = "";
    private String asker = "";
    private String stranger = "";
    private ApiKeys.Made annotatorKey;

    @BeforeAll
    void fillAPool() throws Exception {
        client = new RawClient(service.getHost(), service.getPort());
        annotatorKey =
                keys.create(
                        Scope.machine(),
                        "anna-" + suffix,
                        site,
                        Set.of(Role.ANNOTATOR),
                        Set.of(),
                        null);
        annotator = bearer(annotatorKey.text().text());
        curator = key("cora", site, Role.CURATOR);
        asker = key("ali", site, Role.CLIENT);
        stranger = key("stranger", "south-" + suffix, Role.CURATOR);
        Reply made =
                client.send(
                        "PUT /v1/tasks/" + task,
                        curator + "Content-Type: application/json\r\n",
                        "{\"labels\":[\"liver\",\"spine\"],\"pools\":[\"default\"]}"
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        for (Phantom phantom : PHANTOMS.subList(3, PHANTOMS.size())) {
            Form form =
                    new Form()
                            .text(
                                    "metadata",
                                    "{\"task\":\"%s\",\"patient\":\"%s\",\"modality\":\"CT\"}"
                                            .formatted(task, phantom.patient()))
                            .file("image", phantom.id() + ".png", PngWriter.png(phantom.image()));
            for (String label : List.of("liver", "spine")) {
                if (phantom.masks().containsKey(label)) {
                    form.file("mask." + label, "m.png", PngWriter.png(phantom.masks().get(label)));
                }
            }
            Reply taken = client.form("POST /v1/images", curator, form);
            assertThat(taken.status()).as(taken.text()).isEqualTo(201);
        }
    }

    private String key(String name, String site, Role role) {
        return bearer(
                keys.create(Scope.machine(), name + suffix, site, Set.of(role), Set.of(), null)
                        .text()
                        .text());
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token + "\r\n";
    }

    // ---- 3D Slicer

    @Test
    void slicerSegmentsALocalVolumeAndSavesWhatIsDrawn() throws Exception {
        JsonNode auth = get("/auth/", "");
        assertThat(auth.path("enabled").asBoolean()).isTrue();
        String signedIn = bearer(token());
        assertThat(get("/auth/token/valid", signedIn).path("username").asText())
                .startsWith("anna-");
        JsonNode info = get("/info/", signedIn);
        assertThat(info.path("config").isMissingNode()).isTrue();
        JsonNode model = info.path("models").path(task);
        assertThat(model.path("type").asText()).isEqualTo("segmentation");
        assertThat(model.path("labels").path("liver").asInt()).isEqualTo(1);
        assertThat(model.path("labels").path("spine").asInt()).isEqualTo(2);
        assertThat(
                        client.send(
                                        "GET " + ROOT + "/train/?check_if_running=true",
                                        signedIn,
                                        none())
                                .status())
                .isEqualTo(404);

        String id = "Volume " + suffix;
        byte[] volume = nrrd(PHANTOMS.subList(0, 3));
        JsonNode sent =
                ok(
                        client.form(
                                "PUT " + ROOT + "/datastore/?image=" + id.replace(" ", "%20"),
                                signedIn,
                                new Form().text("params", "{}").file("file", "v.nrrd", volume)));
        assertThat(sent.path("image").asText()).isEqualTo(id);

        Reply answer =
                client.form(
                        "POST " + ROOT + "/infer/" + task + "?image=" + id.replace(" ", "+"),
                        signedIn,
                        new Form()
                                .text(
                                        "params",
                                        "{\"result_extension\":\".nrrd\",\"result_dtype\":\"uint8\","
                                                + "\"result_compress\":false,\"client_id\":\"slicer\"}"));
        Map<String, Part> parts = parts(answer);
        assertThat(parts.get("image").fileName()).endsWith(".nrrd");
        JsonNode params = json.readTree(parts.get("params").body());
        assertThat(params.path("label_names").path("spine").asInt()).isEqualTo(2);
        assertThat(params.path("answers")).hasSize(3);
        byte[] flat = flat(parts.get("image").body());
        assertThat(flat).hasSize(3 * SIDE * SIDE);
        assertIsWhatWasRecorded(params.path("answers"), flat);

        // A mark in the corner of one slice, and a line in the next.
        byte[] drawn = new byte[3 * SIDE * SIDE];
        drawn[0] = 7;
        for (int x = 10; x < 90; x++) {
            drawn[(SIDE + 20) * SIDE + x] = 9;
        }
        JsonNode kept =
                ok(
                        client.form(
                                "PUT "
                                        + ROOT
                                        + "/datastore/label?image="
                                        + id.replace(" ", "%20")
                                        + "&tag=",
                                signedIn,
                                new Form()
                                        .text(
                                                "params",
                                                "{\"label_info\":[{\"name\":\"Liver\",\"idx\":7},{\"name\":"
                                                        + "\"spine\",\"idx\":9},{\"name\":\"other\",\"idx\":10}]}")
                                        .file("label", "l.nrrd", labels(drawn))));
        assertThat(kept.path("tag").asText()).isEqualTo("final");
        // Two slices show a label, one shows none and says so.
        assertThat(kept.path("annotations")).hasSize(6);
        String row =
                text(
                        get(
                                "/v1/curation/annotations?ids="
                                        + kept.at("/annotations/0").asText(),
                                curator,
                                ""));
        assertThat(row).contains("\"state\":\"unreviewed\"", "anna-" + suffix);

        Reply back =
                client.send(
                        "GET "
                                + ROOT
                                + "/datastore/label?label="
                                + id.replace(" ", "%20")
                                + "&tag=final",
                        signedIn,
                        none());
        byte[] again = samples(back.body());
        assertThat(again[0]).isEqualTo((byte) 1);
        assertThat(again[(SIDE + 20) * SIDE + 10]).isEqualTo((byte) 2);
        for (int i = 0; i < drawn.length; i++) {
            assertThat(again[i] == 0).isEqualTo(drawn[i] == 0);
        }
        // Saved again it is a new version, and the first one stays.
        drawn[1] = 7;
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/label?image=" + id.replace(" ", "%20"),
                        signedIn,
                        new Form()
                                .text(
                                        "params",
                                        "{\"label_info\":[{\"name\":\"liver\",\"idx\":7},{\"name\":\"spine\",\"idx\":9}]}")
                                .file("label", "l.nrrd", labels(drawn))));
        JsonNode listed = get("/datastore/?output=all", signedIn).path("objects").path(id);
        assertThat(listed.at("/labels/final/info/version").asInt()).isEqualTo(2);
        assertThat(
                        samples(
                                client.send(
                                                "GET "
                                                        + ROOT
                                                        + "/datastore/label?label="
                                                        + id.replace(" ", "%20")
                                                        + "&tag=final@1",
                                                signedIn,
                                                none())
                                        .body())[1])
                .isZero();
        assertThat(get("/info/", signedIn).at("/datastore/completed").asInt()).isPositive();
    }

    private void assertIsWhatWasRecorded(JsonNode answers, byte[] flat) throws Exception {
        for (int slice = 0; slice < 3; slice++) {
            Mask[] masks = new Mask[2];
            for (int label = 0; label < 2; label++) {
                Reply png =
                        client.send(
                                "GET /v1/segmentations/"
                                        + answers.get(slice).asText()
                                        + "/labels/"
                                        + List.of("liver", "spine").get(label)
                                        + "/mask.png",
                                curator,
                                none());
                masks[label] =
                        Mask.fromRaster(
                                new ImageDecoder(Limits.DEFAULT).decode(png.body(), "m.png"));
            }
            int inside = 0;
            for (int i = 0; i < SIDE * SIDE; i++) {
                boolean liver = masks[0].inside()[i];
                boolean spine = masks[1].inside()[i];
                int value = flat[slice * SIDE * SIDE + i];
                inside += value == 0 ? 0 : 1;
                assertThat(value)
                        .as("slice %d pixel %d", slice, i)
                        .isIn(liver && spine ? List.of(1, 2) : List.of(liver ? 1 : spine ? 2 : 0));
            }
            assertThat(inside).isPositive();
        }
    }

    @Test
    void slicerTakesTheNextImageWithoutAnyHeader() throws Exception {
        String id = "next-" + suffix;
        byte[] picture = PngWriter.png(PHANTOMS.get(1).image());
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/image?image=" + id,
                        annotator,
                        new Form().file("file", "p.png", picture)));
        String address = session();
        JsonNode sample =
                ok(
                        client.send(
                                "POST " + address + "/activelearning/first",
                                "",
                                "{\"client_id\":\"x\"}".getBytes(StandardCharsets.UTF_8)));
        assertThat(sample.path("path").asText()).isNotEmpty();
        assertThat(sample.path("name").asText()).endsWith(".png");
        Reply image = client.send("GET " + address + "/datastore/image?image=" + id, "", none());
        assertThat(image.status()).isEqualTo(200);
        assertThat(image.body()).isEqualTo(picture);
        assertThat(client.send("GET " + ROOT + "/datastore/image?image=" + id, "", none()).status())
                .isEqualTo(401);
        // The audit knows the image by its row, and nowhere the session.
        List<String> objects = new ArrayList<>();
        audit.export(Scope.machine(), entry -> objects.add(entry.object()));
        assertThat(objects)
                .noneMatch(object -> object.contains("prs_") || object.contains(id))
                .anyMatch(object -> object.startsWith(ROOT + "/datastore/image image "));
        for (String strategy : List.of("random", "next")) {
            JsonNode one =
                    ok(
                            client.send(
                                    "POST "
                                            + ROOT
                                            + "/activelearning/"
                                            + strategy
                                            + "/?model="
                                            + task,
                                    curator,
                                    none()));
            assertThat(one.path("id").asText()).isNotEmpty();
        }
        // Who has labelled everything gets an empty object.
        assertThat(ok(client.send("POST " + ROOT + "/activelearning/random", stranger, none())))
                .isEmpty();
    }

    @Test
    void aSessionIsItsOwnersAlone() throws Exception {
        JsonNode opened =
                ok(
                        client.form(
                                "PUT " + ROOT + "/session/?uncompress=false&expiry=60",
                                asker,
                                new Form().file("files", "s.nrrd", nrrd(PHANTOMS.subList(0, 1)))));
        String id = opened.path("session_id").asText();
        assertThat(opened.at("/session_info/expiry").asInt()).isEqualTo(60);
        Reply answer =
                client.form(
                        "POST " + ROOT + "/infer/" + task + "?session_id=" + id,
                        asker,
                        new Form().text("params", "{\"foreground\":[[1,2,0]],\"background\":[]}"));
        JsonNode params = json.readTree(parts(answer).get("params").body());
        assertThat(params.path("notes").toString())
                .contains("foreground not made use of")
                .doesNotContain("background");
        assertThat(get("/session/" + id + "?update_ts=true", asker).path("name").asText())
                .isEqualTo(id);
        for (String other : List.of(curator, stranger)) {
            assertThat(client.send("GET " + ROOT + "/session/" + id, other, none()).status())
                    .isEqualTo(404);
        }
        assertThat(client.send("DELETE " + ROOT + "/session/" + id, asker, none()).status())
                .isEqualTo(200);
        assertThat(client.send("GET " + ROOT + "/session/" + id + "/", asker, none()).status())
                .isEqualTo(404);
        // One that nobody extends goes by itself.
        String brief =
                ok(client.form(
                                "PUT " + ROOT + "/session/?expiry=1",
                                asker,
                                new Form()
                                        .file(
                                                "files",
                                                "s.png",
                                                PngWriter.png(PHANTOMS.get(1).image()))))
                        .path("session_id")
                        .asText();
        Thread.sleep(1100);
        assertThat(client.send("GET " + ROOT + "/session/" + brief, asker, none()).status())
                .isEqualTo(404);
    }

    @Test
    void theSessionOfAnAddressOpensTheRoutesOfViewersAlone() throws Exception {
        JsonNode token =
                ok(
                        client.send(
                                "POST " + ROOT + "/auth/token",
                                "Content-Type: application/x-www-form-urlencoded\r\n",
                                ("username="
                                                + annotatorKey.text().id()
                                                + "&password="
                                                + annotatorKey.text().text())
                                        .getBytes(StandardCharsets.UTF_8)));
        String session = token.path("access_token").asText();
        for (String way :
                List.of(
                        "GET " + ROOT + "/~" + session + "/info/",
                        "GET " + ROOT + "/info",
                        "GET /dicom-web/studies")) {
            assertThat(client.send(way, bearer(session), none()).status()).as(way).isEqualTo(200);
        }
        String cookie = "Cookie: precedent_session=" + session.substring(4) + "\r\n";
        for (String with : List.of(bearer(session), cookie)) {
            assertThat(client.send("GET /v1/tasks", with, none()).status()).as(with).isEqualTo(401);
        }
    }

    // ---- OHIF

    @Test
    void ohifAsksForASeriesOfTheArchive() throws Exception {
        String uid = "1.2.826." + Math.abs(suffix.hashCode()) + ".7";
        List<byte[]> slices = series(uid);
        HttpServer server = archive(uid, slices);
        try {
            String address = session(EmbeddedServices.TOKEN);
            assertThat(
                            client.send(
                                            "POST " + address + "/train/",
                                            "Origin: " + EmbeddedServices.VIEWER_ORIGIN + "\r\n",
                                            none())
                                    .status())
                    .isEqualTo(200);
            String line = "POST " + address + "/infer/" + task + "?image=" + uid + "&output=";
            Reply image =
                    client.form(
                            line + "image",
                            "Origin: "
                                    + EmbeddedServices.VIEWER_ORIGIN
                                    + "\r\nSec-Fetch-Site: cross-site\r\nAccept: application/json,"
                                    + " multipart/form-data\r\n",
                            new Form()
                                    .text(
                                            "params",
                                            "{\"result_extension\":\".nrrd\",\"largest_cc\":false}"));
            assertThat(image.status()).as(image.text()).isEqualTo(200);
            assertThat(image.header("access-control-allow-origin"))
                    .isEqualTo(EmbeddedServices.VIEWER_ORIGIN);
            assertThat(flat(image.body())).hasSize(2 * SIDE * SIDE);
            Reply segmentation =
                    client.form(line + "dicom_seg", "", new Form().text("params", "{}"));
            assertThat(segmentation.status()).as(segmentation.text()).isEqualTo(200);
            assertThat(segmentation.header("content-type")).isEqualTo("application/dicom");
            String bytes = new String(segmentation.body(), StandardCharsets.ISO_8859_1);
            assertThat(bytes.substring(128, 132)).isEqualTo("DICM");
            // It is filed with its patient; nothing else of the answer or the log has the name.
            assertThat(bytes).contains(uid, "Doe^Jane");
            // Whoever is of another site than the archive's has no archive.
            assertThat(
                            client.form(
                                            "POST " + ROOT + "/infer/" + task + "?image=" + uid,
                                            curator,
                                            new Form().text("params", "{}"))
                                    .status())
                    .isEqualTo(404);
        } finally {
            server.stop(0);
        }
        Reply away =
                client.form(
                        "POST " + ROOT + "/infer/" + task + "?image=" + uid,
                        bearer(EmbeddedServices.TOKEN),
                        new Form().text("params", "{}"));
        assertThat(away.status()).as(away.text()).isEqualTo(503);
        assertThat(away.text()).contains("archive-away").doesNotContain("127.0.0.1");
    }

    @Test
    void aPageOfAnotherOriginMayOnlyWhereItIsListed() throws Exception {
        String preflight =
                "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n";
        Reply listed =
                client.send(
                        "OPTIONS " + ROOT + "/info/",
                        "Origin: " + EmbeddedServices.VIEWER_ORIGIN + "\r\n" + preflight,
                        none());
        assertThat(listed.status()).isEqualTo(204);
        assertThat(listed.header("access-control-allow-origin"))
                .isEqualTo(EmbeddedServices.VIEWER_ORIGIN);
        assertThat(listed.headers()).doesNotContainKey("access-control-allow-credentials");
        for (String origin :
                List.of("https://evil.example", "null", EmbeddedServices.VIEWER_ORIGIN + ".evil")) {
            Reply other =
                    client.send(
                            "OPTIONS " + ROOT + "/info/",
                            "Origin: " + origin + "\r\n" + preflight,
                            none());
            assertThat(other.headers()).doesNotContainKey("access-control-allow-origin");
            assertThat(
                            client.send(
                                            "POST " + ROOT + "/train/",
                                            annotator + "Origin: " + origin + "\r\n",
                                            none())
                                    .status())
                    .isEqualTo(403);
        }
        // Everything else stays the own page's.
        assertThat(
                        client.send(
                                        "PUT /v1/tasks/x",
                                        annotator
                                                + "Origin: "
                                                + EmbeddedServices.VIEWER_ORIGIN
                                                + "\r\n",
                                        "{}".getBytes(StandardCharsets.UTF_8))
                                .status())
                .isEqualTo(403);
        assertThat(
                        client.send(
                                        "GET /v1/tasks",
                                        annotator
                                                + "Origin: "
                                                + EmbeddedServices.VIEWER_ORIGIN
                                                + "\r\n",
                                        none())
                                .headers())
                .doesNotContainKey("access-control-allow-origin");
    }

    // ---- QuPath

    @Test
    void quPathAsksForOutlinesAndSendsJsonWithoutAType() throws Exception {
        byte[] picture = PngWriter.png(PHANTOMS.get(0).image());
        String id = "slide-" + suffix;
        String head = "HEAD " + ROOT + "/datastore/image?image=" + id + "&check_sum=";
        assertThat(client.send(head + "SHA256:" + Sha256.of(picture), annotator, none()).status())
                .isEqualTo(404);
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/image?image=" + id,
                        annotator,
                        new Form().file("file", "x.png", picture)));
        assertThat(client.send(head + "SHA256:" + Sha256.of(picture), annotator, none()).status())
                .isEqualTo(200);
        assertThat(client.send(head + Sha256.of(picture), annotator, none()).status())
                .isEqualTo(200);
        assertThat(client.send(head + "0".repeat(64), annotator, none()).status()).isEqualTo(404);
        Reply xml =
                client.form(
                        "POST " + ROOT + "/infer/wsi_v2/" + task + "?output=asap",
                        annotator,
                        new Form()
                                .text(
                                        "wsi",
                                        "{\"level\":0,\"location\":[1000,2000],\"size\":[160,160],\"min_poly_area\":10,\"params\":{}}")
                                .file("file", "region.png", picture));
        assertThat(xml.status()).as(xml.text()).isEqualTo(200);
        var document =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream(xml.body()));
        assertThat(document.getElementsByTagName("Annotation").getLength()).isPositive();
        var corner = document.getElementsByTagName("Coordinate").item(0).getAttributes();
        assertThat(Integer.parseInt(corner.getNamedItem("X").getNodeValue())).isBetween(1000, 1160);
        assertThat(Integer.parseInt(corner.getNamedItem("Y").getNodeValue())).isBetween(2000, 2160);
        byte[] body = ("{\"image\":\"" + id + "\",\"params\":{}}").getBytes(StandardCharsets.UTF_8);
        for (String output : List.of("dsa", "json")) {
            JsonNode told =
                    ok(
                            client.send(
                                    "POST " + ROOT + "/infer/wsi/" + task + "/?output=" + output,
                                    annotator,
                                    body));
            assertThat(told.path(output.equals("dsa") ? "elements" : "annotations")).isNotEmpty();
        }
        assertThat(
                        client.send(
                                        "POST " + ROOT + "/train/" + task,
                                        annotator,
                                        "{}".getBytes(StandardCharsets.UTF_8))
                                .status())
                .isEqualTo(200);
    }

    // ---- CVAT

    @Test
    void cvatDetectsAndSegmentsAPictureThatItSends() throws Exception {
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(
                ImageIO.read(new ByteArrayInputStream(PngWriter.png(PHANTOMS.get(0).image()))),
                "jpg",
                jpeg);
        Reply mask =
                client.form(
                        "POST " + ROOT + "/infer/" + task + "?image=",
                        asker,
                        new Form()
                                .text(
                                        "params",
                                        "{\"foreground\":[[20,30]],\"background\":[],\"roi\":[0,0,80,80]}")
                                .file("file", "frame.jpg", jpeg.toByteArray()));
        Map<String, Part> parts = parts(mask);
        assertThat(parts.get("image").fileName()).endsWith(".png");
        Raster map = new ImageDecoder(Limits.DEFAULT).decode(parts.get("image").body(), "m.png");
        assertThat(map.width()).isEqualTo(SIDE);
        assertThat(json.readTree(parts.get("params").body()).path("notes").toString())
                .contains("foreground, roi not made use of");

        Reply detected =
                client.form(
                        "POST " + ROOT + "/infer/" + task + "?image=",
                        asker,
                        new Form()
                                .text("params", "{\"output\":\"json\"}")
                                .file("file", "frame.jpg", jpeg.toByteArray()));
        assertThat(detected.header("content-type")).startsWith("application/json");
        JsonNode elements = json.readTree(detected.body()).at("/annotations/0/annotation/elements");
        assertThat(elements).isNotEmpty();
        for (JsonNode element : elements) {
            int value = List.of("liver", "spine").indexOf(element.path("label").asText()) + 1;
            int inside = 0;
            for (short sample : map.samples()) {
                inside += sample == value ? 1 : 0;
            }
            assertThat(area(element.path("contours"))).isGreaterThanOrEqualTo(inside);
        }
    }

    private static double area(JsonNode contours) {
        double area = 0;
        for (JsonNode contour : contours) {
            double twice = 0;
            for (int i = 0; i < contour.size(); i++) {
                JsonNode a = contour.get(i);
                JsonNode b = contour.get((i + 1) % contour.size());
                twice +=
                        a.get(0).asDouble() * b.get(1).asDouble()
                                - b.get(0).asDouble() * a.get(1).asDouble();
            }
            area += twice / 2;
        }
        return area;
    }

    // ---- a reviewer

    @Test
    void aReviewerApprovesFlagsAndRemoves() throws Exception {
        assertThat(client.send("GET " + ROOT, "", none()).status()).isEqualTo(200);
        assertThat(client.send("GET " + ROOT + "/", "", none()).status()).isEqualTo(200);
        String id = "reviewed-" + suffix;
        Phantom phantom = PHANTOMS.get(2);
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/image?image=" + id,
                        annotator,
                        new Form()
                                .text(
                                        "params",
                                        "{\"patient\":\"p-" + suffix + "\",\"modality\":\"CT\"}")
                                .file("file", "x.png", PngWriter.png(phantom.image()))));
        JsonNode kept =
                ok(
                        client.form(
                                "PUT " + ROOT + "/datastore/label?image=" + id + "&tag=final",
                                annotator,
                                new Form()
                                        .text(
                                                "params",
                                                "{\"label_info\":[{\"name\":\"spine\",\"idx\":1}]}")
                                        .file(
                                                "label",
                                                "l.png",
                                                PngWriter.png(phantom.masks().get("spine")))));
        String annotation = kept.at("/annotations/0").asText();
        assertThat(labelStatus(id)).isEqualTo("segmented");
        String line = "PUT " + ROOT + "/datastore/updatelabelinfo?label=" + id + "&tag=final";
        for (String who : List.of(annotator, asker)) {
            assertThat(client.form(line, who, meta("approved")).status())
                    .isGreaterThanOrEqualTo(403);
        }
        ok(client.form(line, curator, meta("approved")));
        assertThat(labelStatus(id)).isEqualTo("approved");
        assertThat(text(get("/v1/curation/annotations?ids=" + annotation, curator, "")))
                .contains("\"state\":\"approved\"");
        // What was approved serves the next query, and the reason is in the history.
        assertThat(text(get("/v1/curation/actions?limit=1", curator, ""))).contains("looks right");
        ok(client.form(line, curator, meta("flagged")));
        assertThat(text(get("/v1/curation/annotations?ids=" + annotation, curator, "")))
                .contains("\"state\":\"rejected\"");
        JsonNode info = get("/datastore/label/info?label=" + id + "&tag=final", curator);
        assertThat(info.at("/segmentationMeta/level").asText()).isEqualTo("easy");
        assertThat(info.at("/segmentationMeta/status").asText()).isEqualTo("flagged");
        assertThat(client.form(line, curator, meta("perfect")).status()).isEqualTo(400);
        // What is no object would be in the way of every list that names the image.
        Form text = new Form().text("info", "{\"segmentationMeta\":\"ok\"}");
        String describe = "PUT " + ROOT + "/datastore/label/info?label=" + id + "&tag=final";
        assertThat(client.form(describe, annotator, text).status()).isEqualTo(400);
        ok(client.form(describe, annotator, new Form().text("info", "{\"hue\":\"red\"}")));
        assertThat(labelStatus(id)).isEqualTo("flagged");
        // A version of the reviewer's own.
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/label?image=" + id + "&tag=version_1",
                        curator,
                        new Form()
                                .text("params", "{\"label_info\":[{\"name\":\"spine\",\"idx\":5}]}")
                                .file(
                                        "label",
                                        "l.nrrd",
                                        oneSlice(phantom.masks().get("spine"), 5))));
        assertThat(
                        get("/datastore/?output=all", curator)
                                .path("objects")
                                .path(id)
                                .path("labels")
                                .fieldNames())
                .toIterable()
                .contains("final", "version_1");
        Raster back =
                new ImageDecoder(Limits.DEFAULT)
                        .decode(
                                client.send(
                                                "GET "
                                                        + ROOT
                                                        + "/datastore/label?label="
                                                        + id
                                                        + "&tag=version_1",
                                                curator,
                                                none())
                                        .body(),
                                "l.png");
        int inside = 0;
        for (short sample : back.samples()) {
            assertThat(sample).isIn((short) 0, (short) 2);
            inside += sample == 0 ? 0 : 1;
        }
        assertThat(inside).isEqualTo(phantom.masks().get("spine").area());
        String delete = "DELETE " + ROOT + "/datastore/label?id=" + id + "&tag=version_1";
        assertThat(client.send(delete, annotator, none()).status()).isEqualTo(403);
        assertThat(client.send(delete, curator, none()).status()).isEqualTo(200);
        assertThat(
                        client.send(
                                        "HEAD "
                                                + ROOT
                                                + "/datastore/label?image="
                                                + id
                                                + "&tag=version_1",
                                        curator,
                                        none())
                                .status())
                .isEqualTo(404);
    }

    private static Form meta(String status) {
        return new Form()
                .text(
                        "params",
                        "{\"segmentationMeta\":{\"status\":\"%s\",\"level\":\"easy\",\"comment\":\"looks right\"}}"
                                .formatted(status));
    }

    private String labelStatus(String id) throws Exception {
        return get("/datastore/?output=all", curator)
                .path("objects")
                .path(id)
                .at("/labels/final/info/segmentationMeta/status")
                .asText();
    }

    // ---- what clients get wrong

    @Test
    void aGetThatDeclaresABodyAndSendsNoneIsAnswered() throws Exception {
        String stale =
                "Content-Type: multipart/form-data; boundary="
                        + RawClient.BOUNDARY
                        + "\r\nContent-Length: 40000000\r\n";
        long start = System.nanoTime();
        for (String address : List.of("/info/", "/datastore/?output=all", "/auth/")) {
            Reply reply = client.exchange("GET " + ROOT + address, annotator + stale, none());
            assertThat(reply.status()).as(address).isEqualTo(200);
            assertThat(reply.header("connection")).isEqualTo("close");
        }
        assertThat(client.exchange("GET " + ROOT + "/info/", stale, none()).status())
                .isEqualTo(401);
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(20);
    }

    @Test
    void theRoutesAreAtTheRootWhereThatIsConfigured() throws Exception {
        assertThat(ok(client.send("GET /info/", annotator, none())).path("models").has(task))
                .isTrue();
        assertThat(client.send("GET /train/?check_if_running=true", annotator, none()).status())
                .isEqualTo(404);
        assertThat(client.send("GET /", "", none()).status()).isEqualTo(200);
        assertThat(client.send("GET /nothing/", annotator, none()).status()).isEqualTo(404);
    }

    @Test
    void whatIsForeignIsNotThere() throws Exception {
        String id = "hidden-" + suffix;
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/image?image=" + id,
                        asker,
                        new Form().file("file", "x.png", PngWriter.png(PHANTOMS.get(1).image()))));
        for (String line :
                List.of(
                        "GET /datastore/image?image=",
                        "GET /datastore/image/info?image=",
                        "GET /datastore/label?label=",
                        "DELETE /datastore/image?id=")) {
            String[] words = line.split(" ");
            Reply foreign = client.send(words[0] + " " + ROOT + words[1] + id, stranger, none());
            Reply absent =
                    client.send(
                            words[0] + " " + ROOT + words[1] + "absent-" + suffix,
                            stranger,
                            none());
            assertThat(foreign.status()).isEqualTo(404);
            assertThat(foreign.text().replace(id, "X"))
                    .isEqualTo(absent.text().replace("absent-" + suffix, "X"));
        }
        assertThat(get("/datastore/?output=all", stranger).path("objects")).isEmpty();
        assertThat(get("/info/", stranger).path("models")).isEmpty();
        assertThat(
                        client.form(
                                        "POST " + ROOT + "/infer/" + task,
                                        stranger,
                                        new Form().text("params", "{}"))
                                .status())
                .isEqualTo(404);
        // A client may ask, and may not add.
        assertThat(
                        client.form(
                                        "PUT " + ROOT + "/datastore/label?image=" + id,
                                        asker,
                                        new Form()
                                                .file(
                                                        "label",
                                                        "l.png",
                                                        PngWriter.png(
                                                                PHANTOMS.get(2)
                                                                        .masks()
                                                                        .get("spine"))))
                                .status())
                .isEqualTo(403);
    }

    @Test
    void whatIsRefusedNamesWhatIsWrongAndStoresNothing() throws Exception {
        String id = "refused-" + suffix;
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/image?image=" + id,
                        annotator,
                        new Form().file("file", "v.nrrd", nrrd(PHANTOMS.subList(0, 3)))));
        long before = outbox.head();
        Grid shifted =
                Grid.of(new int[] {SIDE, SIDE, 3}, new Affine(1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 3, 0));
        byte[] marked = new byte[3 * SIDE * SIDE];
        marked[5] = 1;
        Map<String, byte[]> bad = new TreeMap<>();
        bad.put(
                "grid",
                NrrdWriter.write(
                        shifted, new StoredSamples(SampleType.UINT8, marked), List.of(), false));
        bad.put("mask-empty", labels(new byte[3 * SIDE * SIDE]));
        byte[] unnamed = marked.clone();
        unnamed[6] = 44;
        bad.put("mask-value", labels(unnamed));
        bad.put("truncated", Arrays.copyOf(labels(marked), 1000));
        for (Map.Entry<String, byte[]> one : bad.entrySet()) {
            Reply refused =
                    client.form(
                            "PUT " + ROOT + "/datastore/label?image=" + id,
                            annotator,
                            new Form()
                                    .text(
                                            "params",
                                            "{\"label_info\":[{\"name\":\"liver\",\"idx\":1}]}")
                                    .file("label", "l.nrrd", one.getValue()));
            assertThat(refused.status()).as(one.getKey()).isEqualTo(400);
            JsonNode problem = json.readTree(refused.body());
            assertThat(problem.path("type").asText())
                    .isEqualTo("urn:precedent:problem:" + one.getKey());
            // What MONAI Label's clients read.
            assertThat(problem.path("detail").asText()).contains("l.nrrd");
        }
        assertThat(
                        client.form(
                                        "PUT " + ROOT + "/datastore/label?image=" + id,
                                        annotator,
                                        new Form()
                                                .text(
                                                        "params",
                                                        "{\"label_info\":[{\"name\":\"heart\",\"idx\":1}]}")
                                                .file("label", "l.nrrd", labels(marked)))
                                .text())
                .contains("heart", "no task has all of these");
        assertThat(
                        client.form(
                                        "PUT " + ROOT + "/datastore/image?image=bad",
                                        annotator,
                                        new Form()
                                                .file(
                                                        "file",
                                                        "v.nrrd",
                                                        "NRRD0004\nnothing\n\n"
                                                                .getBytes(StandardCharsets.UTF_8)))
                                .status())
                .isEqualTo(400);
        assertThat(
                        client.send("GET " + ROOT + "/datastore/image?image=bad", annotator, none())
                                .status())
                .isEqualTo(404);
        assertThat(outbox.head()).isEqualTo(before);
    }

    // ---- what is kept

    @Test
    void ofADicomSeriesNoHeaderIsKeptAndAnErasureTakesItAll() throws Exception {
        String uid = "1.2.826." + Math.abs(suffix.hashCode()) + ".9";
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(zipped)) {
            for (byte[] slice : series(uid)) {
                zip.putNextEntry(new ZipEntry("s/" + UUID.randomUUID() + ".dcm"));
                zip.write(slice);
            }
        }
        String id = "series-" + suffix;
        String patient = "erased-" + suffix;
        ok(
                client.form(
                        "PUT " + ROOT + "/datastore/image?image=" + id,
                        annotator,
                        new Form()
                                .text("params", "{\"patient\":\"" + patient + "\"}")
                                .file("file", "s.zip", zipped.toByteArray())));
        Reply file = client.send("GET " + ROOT + "/datastore/image?image=" + id, annotator, none());
        assertThat(new String(inflated(file.body()), StandardCharsets.ISO_8859_1))
                .doesNotContain("Doe", "4711", uid);
        ScannedVolume volume =
                SentVolume.read(Map.of("v", file.body()), new byte[32]).study().volume();
        assertThat(volume.grid().sizes()).containsExactly(SIDE, SIDE, 2);
        assertThat(get("/datastore/image/info?image=" + id, annotator).path("modality").asText())
                .isEqualTo("CT");
        byte[] drawn = new byte[2 * SIDE * SIDE];
        drawn[3] = 1;
        JsonNode kept =
                ok(
                        client.form(
                                "PUT " + ROOT + "/datastore/label?image=" + id,
                                annotator,
                                new Form()
                                        .text(
                                                "params",
                                                "{\"label_info\":[{\"name\":\"liver\",\"idx\":1}]}")
                                        .file(
                                                "label",
                                                "l.nrrd",
                                                NrrdWriter.write(
                                                        volume.grid(),
                                                        new StoredSamples(SampleType.UINT8, drawn),
                                                        List.of(),
                                                        false))));
        assertThat(kept.path("annotations")).hasSize(2);
        Erasure.Erased erased =
                erasure.erase(
                        Scope.machine(),
                        new Erasure.Subject.Patient(patient, site),
                        "withdrawn",
                        false);
        assertThat(erased.images()).isEqualTo(2);
        for (String address : List.of("/datastore/image?image=", "/datastore/label?label=")) {
            assertThat(client.send("GET " + ROOT + address + id, annotator, none()).status())
                    .isEqualTo(404);
        }
    }

    @Test
    void aDatasetHoldsWhatTheCallerSees() throws Exception {
        Reply file =
                client.send("GET " + ROOT + "/datastore/dataset?limit_cases=3", curator, none());
        assertThat(file.status()).isEqualTo(200);
        Map<String, byte[]> entries = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file.body()))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        JsonNode cases = json.readTree(entries.get("metadata.json")).path("cases");
        assertThat(cases).hasSize(3);
        for (JsonNode one : cases) {
            assertThat(entries)
                    .containsKeys(one.path("image").asText(), one.path("label").asText());
        }
        assertThat(client.send("GET " + ROOT + "/datastore/dataset", asker, none()).status())
                .isEqualTo(403);
        assertThat(
                        json.readTree(
                                        client.send(
                                                        "GET " + ROOT + "/datastore/?output=train",
                                                        curator,
                                                        none())
                                                .body())
                                .size())
                .isGreaterThanOrEqualTo(3);
    }

    // ---- volumes

    private static Grid grid(int slices) {
        return Grid.of(
                new int[] {SIDE, SIDE, slices}, new Affine(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0));
    }

    /** Slices of phantoms as a volume, as 3D Slicer writes it. */
    private static byte[] nrrd(List<Phantom> phantoms) {
        int[] samples = new int[phantoms.size() * SIDE * SIDE];
        for (int i = 0; i < samples.length; i++) {
            samples[i] =
                    phantoms.get(i / (SIDE * SIDE)).image().samples()[i % (SIDE * SIDE)] & 0xff;
        }
        return NrrdWriter.write(
                grid(phantoms.size()),
                StoredSamples.of(SampleType.INT16, samples),
                List.of(),
                true);
    }

    private static byte[] labels(byte[] values) {
        return NrrdWriter.write(
                grid(values.length / (SIDE * SIDE)),
                new StoredSamples(SampleType.UINT8, values),
                List.of(),
                false);
    }

    /** A mask as 3D Slicer saves one of a picture. */
    private static byte[] oneSlice(Mask mask, int value) {
        byte[] values = new byte[SIDE * SIDE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) (mask.inside()[i] ? value : 0);
        }
        return labels(values);
    }

    private static List<byte[]> series(String uid) {
        List<byte[]> slices = new ArrayList<>();
        for (int slice = 0; slice < 2; slice++) {
            int[] samples = new int[SIDE * SIDE];
            for (int i = 0; i < samples.length; i++) {
                samples[i] = (PHANTOMS.get(slice).image().samples()[i] & 0xff) * 4;
            }
            slices.add(
                    DicomBytes.image(DicomBytes.EXPLICIT, SIDE, SIDE, 16, 16, true)
                            .text(0x00080018, "UI", uid + "." + (slice + 1))
                            .text(0x0020000e, "UI", uid)
                            .text(0x00281052, "DS", "-100")
                            .text(0x00281053, "DS", "1")
                            .place(0, 0, 3.0 * slice, 1, 1)
                            .pixels(16, samples)
                            .file());
        }
        return slices;
    }

    /** An archive that knows one series. */
    private HttpServer archive(String uid, List<byte[]> files) throws IOException {
        URI at = archive.url().orElseThrow();
        HttpServer server = HttpServer.create(new InetSocketAddress(at.getHost(), at.getPort()), 0);
        server.createContext(
                "/dicom-web/series",
                exchange -> {
                    boolean first = exchange.getRequestURI().getQuery().contains("offset=0");
                    byte[] body =
                            (first && exchange.getRequestURI().getQuery().contains(uid)
                                            ? "[{\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2.3\"]}}]"
                                            : "[]")
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().add("Content-Type", "application/dicom+json");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.createContext(
                "/dicom-web/studies/1.2.3/series/" + uid,
                exchange -> {
                    ByteArrayOutputStream body = new ByteArrayOutputStream();
                    for (byte[] file : files) {
                        body.writeBytes(
                                "--b\r\nContent-Type: application/dicom\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                        body.writeBytes(file);
                        body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
                    }
                    body.writeBytes("--b--\r\n".getBytes(StandardCharsets.US_ASCII));
                    exchange.getResponseHeaders()
                            .add(
                                    "Content-Type",
                                    "multipart/related; type=\"application/dicom\"; boundary=b");
                    exchange.sendResponseHeaders(200, body.size());
                    exchange.getResponseBody().write(body.toByteArray());
                    exchange.close();
                });
        server.start();
        return server;
    }

    // ---- reading answers as clients do

    private record Part(String fileName, byte[] body) {}

    /** The parts of a form, found by its boundary in the bytes of the socket. */
    private static Map<String, Part> parts(Reply reply) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.headers())
                .containsKey("content-length")
                .doesNotContainKeys("transfer-encoding", "content-encoding");
        String type = reply.header("content-type");
        assertThat(type).startsWith("multipart/form-data; boundary=");
        String boundary = "--" + type.substring(type.indexOf('=') + 1);
        String all = new String(reply.body(), StandardCharsets.ISO_8859_1);
        Map<String, Part> parts = new TreeMap<>();
        for (String piece : all.split(Pattern.quote(boundary))) {
            int end = piece.indexOf("\r\n\r\n");
            if (end < 0) {
                continue;
            }
            String head = piece.substring(0, end);
            String name = head.replaceAll("(?s).*?name=\"([^\"]*)\".*", "$1");
            String file =
                    head.contains("filename=")
                            ? head.replaceAll("(?s).*filename=\"([^\"]*)\".*", "$1")
                            : "";
            byte[] body =
                    piece.substring(end + 4, piece.length() - 2)
                            .getBytes(StandardCharsets.ISO_8859_1);
            parts.put(name, new Part(file, body));
        }
        assertThat(parts).containsOnlyKeys("params", "image");
        assertThat(parts.get("params").fileName()).isEmpty();
        return parts;
    }

    /** What follows the header of an uncompressed NRRD of bytes, copied as it is. */
    private static byte[] flat(byte[] nrrd) {
        String text = new String(nrrd, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\n\n") + 2;
        String header = text.substring(0, end);
        assertThat(header)
                .startsWith("NRRD000")
                .contains("type: uint8\n", "encoding: raw\n", "dimension: 3\n");
        return Arrays.copyOfRange(nrrd, end, nrrd.length);
    }

    private static byte[] samples(byte[] file) {
        return SentVolume.read(Map.of("l", file), new byte[32]).study().volume().samples().block();
    }

    private static byte[] inflated(byte[] file) throws IOException {
        int gzip = 0;
        while (gzip + 1 < file.length && !(file[gzip] == 0x1f && file[gzip + 1] == (byte) 0x8b)) {
            gzip++;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(file, 0, gzip);
        try (var in =
                new GZIPInputStream(new ByteArrayInputStream(file, gzip, file.length - gzip))) {
            in.transferTo(all);
        }
        return all.toByteArray();
    }

    // ---- requests

    private static byte[] none() {
        return new byte[0];
    }

    private String token() throws Exception {
        return signIn(annotatorKey.key().id(), annotatorKey.text().text())
                .path("access_token")
                .asText();
    }

    /** An address for a client that sends no header. */
    private String session() throws Exception {
        return signIn(annotatorKey.key().id(), annotatorKey.text().text()).path("path").asText();
    }

    private String session(String key) throws Exception {
        return signIn(key.split("_")[1], key).path("path").asText();
    }

    private JsonNode signIn(String user, String password) throws Exception {
        byte[] form =
                ("username="
                                + user
                                + "&password="
                                + password
                                + "&grant_type=password&client_id=monailabel-app")
                        .getBytes(StandardCharsets.UTF_8);
        String type = "Content-Type: application/x-www-form-urlencoded\r\n";
        assertThat(
                        client.send(
                                        "POST " + ROOT + "/auth/token",
                                        type,
                                        ("username=someone&password=" + password)
                                                .getBytes(StandardCharsets.UTF_8))
                                .status())
                .isEqualTo(401);
        return ok(client.send("POST " + ROOT + "/auth/token", type, form));
    }

    private JsonNode ok(Reply reply) throws Exception {
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return json.readTree(reply.body());
    }

    private JsonNode get(String path, String key) throws Exception {
        return ok(get(path, key, ROOT));
    }

    private Reply get(String path, String key, String root) throws Exception {
        return client.send("GET " + root + path, key, none());
    }

    private static String text(Reply reply) {
        return reply.text();
    }
}
