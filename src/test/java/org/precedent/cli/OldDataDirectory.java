package org.precedent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.flywaydb.core.Flyway;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.precedent.Sha256;
import org.precedent.api.MultipartBody;
import org.precedent.catalog.postgres.EmbeddedPostgres;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.SignedRequests;

/**
 * Data directories that an older version made, packed small enough to be kept beside the tests:
 * rows of all tables as PostgreSQL's COPY writes them, blobs, the index of whole images, and what
 * that version said of its answers. The files of a PostgreSQL cluster are megabytes, and its rows
 * are what a migration reads. How to record one is in {@code data-directories/README.md}.
 */
final class OldDataDirectory {
    /** The task of every recorded image. */
    static final String TASK = "organs";

    /** Fields of a label that name a picture. */
    static final List<String> PICTURES = List.of("mask", "probabilities");

    private static final String ANSWERS = "answers.json";
    private static final String TABLES = "tables/";
    private static final String SEQUENCES = "sequences.txt";
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private OldDataDirectory() {}

    /**
     * What the old version ran with, and what its successor is to run with. The last three hold
     * libtorch's libraries to instructions that every processor of the last ten years has, so that
     * the bits of an answer depend less on the machine.
     */
    static Map<String, String> environment() {
        return Map.of(
                "PRECEDENT_NETWORK_NAME", "cross_attention",
                "PRECEDENT_NETWORK_SIZE", "64",
                "PRECEDENT_NETWORK_THREADS", "1",
                "ATEN_CPU_CAPABILITY", "avx2",
                "ONEDNN_MAX_CPU_ISA", "AVX2",
                "MKL_CBWR", "AVX2");
    }

    /** What a processor can do, by which bits of float sums may differ; empty if unknown. */
    static String processor() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return "";
        }
        TreeMap<String, String> fields = new TreeMap<>();
        for (String line : Files.readAllLines(info)) {
            String[] field = line.split(":", 2);
            if (List.of("vendor_id", "cpu family", "model", "cache size")
                    .contains(field[0].trim())) {
                fields.put(field[0].trim(), field[1].trim());
            }
        }
        return fields.toString();
    }

    // ---- reading

    /**
     * Puts a recorded data directory back, at the schema that it had.
     *
     * @param recording the zip file
     * @param migrations where the project's migrations are
     * @param data the directory to make
     * @return what the old version said of its answers
     */
    static JsonNode restore(InputStream recording, Path migrations, Path data)
            throws IOException, SQLException {
        Map<String, byte[]> tables = new TreeMap<>();
        JsonNode answers = null;
        String sequences = "";
        try (ZipInputStream zip = new ZipInputStream(recording)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String name = entry.getName();
                byte[] content = zip.readAllBytes();
                if (name.equals(ANSWERS)) {
                    answers = JSON.readTree(content);
                } else if (name.equals(SEQUENCES)) {
                    sequences = new String(content, StandardCharsets.UTF_8);
                } else if (name.startsWith(TABLES)) {
                    tables.put(name.substring(TABLES.length()), content);
                } else {
                    Path file = data.resolve(name);
                    Files.createDirectories(file.getParent());
                    Files.write(file, content);
                }
            }
        }
        if (answers == null) {
            throw new IOException("no " + ANSWERS + " in the recording");
        }
        EmbeddedPostgres server = EmbeddedPostgres.open(data.resolve("postgres"));
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement()) {
            Flyway.configure()
                    .dataSource(server.jdbcUrl(), server.user(), server.password())
                    .locations("filesystem:" + migrations)
                    .target(answers.get("schema").asText())
                    .load()
                    .migrate();
            statement.execute("SET session_replication_role = replica"); // rows in any order
            statement.execute("TRUNCATE " + String.join(", ", tables.keySet()));
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
            for (Map.Entry<String, byte[]> table : tables.entrySet()) {
                copy.copyIn(
                        "COPY " + columns(table.getKey(), table.getValue()) + " FROM STDIN HEADER",
                        new ByteArrayInputStream(table.getValue()));
            }
            for (String line : sequences.lines().toList()) {
                String[] sequence = line.split(" ", -1);
                statement.execute("SELECT setval('%s', %s)".formatted(sequence[0], sequence[1]));
            }
        } finally {
            server.close();
        }
        return answers;
    }

    /** A table with the columns that the header of its rows names. */
    private static String columns(String table, byte[] rows) {
        String header = new String(rows, StandardCharsets.UTF_8).lines().findFirst().orElseThrow();
        return table + " (" + header.replace('\t', ',') + ")";
    }

    private static Connection connect(EmbeddedPostgres server) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
    }

    // ---- recording

    /**
     * Records a data directory.
     *
     * @param args the checkout of the old version, built by its {@code ./precedent --version}; the
     *     name of its commit; the zip file to write
     */
    public static void main(String... args) throws Exception {
        Path work = Files.createTempDirectory("old-data-directory");
        Path home = Path.of(args[0]);
        ObjectNode said = JSON.createObjectNode();
        said.put("commit", args[1]);
        said.put("processor", processor());
        try (PackagedProcesses processes = new PackagedProcesses(home, work, environment())) {
            PackagedProcesses.Service service = processes.serve();
            HttpCalls calls = new HttpCalls(processes.awaitPort(service, LIMIT));
            fill(calls, said);
            service.process().destroy();
            service.process().waitFor(60, TimeUnit.SECONDS);
            pack(processes.data(), said, Path.of(args[2]));
        }
    }

    /** A task with a pool of many kinds of images, and answers by every strategy. */
    private static void fill(HttpCalls calls, ObjectNode said) throws Exception {
        calls.json(
                "PUT",
                "/v1/tasks/" + TASK,
                "{\"labels\":[\"liver\",\"spine\"],\"pools\":[\"default\"]}");
        List<Phantom> phantoms = new ArrayList<>();
        for (int patient = 0; phantoms.size() < 9; patient++) {
            Phantom phantom = new Phantoms(61).patient(patient).getFirst();
            if (phantom.masks().keySet().containsAll(List.of("liver", "spine"))) {
                phantoms.add(phantom);
            }
        }
        List<Raster> images = phantoms.stream().map(OldDataDirectory::small).toList();
        for (int i = 0; i < 7; i++) {
            // The forms and spellings that later versions store otherwise.
            Raster image =
                    switch (i) {
                        case 1 -> images.get(i).spread(3, 8);
                        case 2 -> hot(images.get(i).spread(1, 16));
                        default -> images.get(i);
                    };
            String patient = i == 3 ? " P-3 " : "p-" + i;
            calls.ingest(image, masks(phantoms.get(i), false), patient, "approved");
        }
        // A correction and a retirement: more than one version of the pool.
        calls.ingest(images.get(4), masks(phantoms.get(4), true), "p-4", "approved");
        calls.ingest(images.get(5), masks(phantoms.get(5), true), "p-5", "retired");
        int number = 0;
        for (String strategy : List.of("random", "image", "location", "object", "fused", "image")) {
            boolean late = number >= 4;
            Raster query =
                    number == 5 ? hot(images.get(7).spread(1, 16)) : images.get(7 + number % 2);
            JsonNode answer =
                    calls.segment(
                            new MultipartBody()
                                    .file("image", "q.png", PngWriter.png(query))
                                    .text("task", TASK)
                                    .text("labels", "spine,liver")
                                    .text("supportSize", "3")
                                    .text("strategy", strategy)
                                    .text("temperature", late ? "0.1" : "uniform")
                                    .text("patient", "q-" + number)
                                    .text("seed", Integer.toString(number)));
            // As it is found again: the first answer's time has nanoseconds, which no row keeps.
            String path = "/v1/segmentations/" + answer.get("id").asText();
            said.withArray("answers").add(calls.json("GET", path, ""));
            number++;
        }
        for (JsonNode answer : said.get("answers")) {
            String id = answer.get("id").asText();
            for (JsonNode label : answer.get("labels")) {
                for (String picture : PICTURES) {
                    String path = label.get(picture).asText();
                    said.withObjectProperty("pictures").put(path, calls.pixelsSha256(path));
                }
            }
            JsonNode again = calls.json("POST", "/v1/segmentations/" + id + "/replay", "");
            if (!again.get("identical").asBoolean()) {
                throw new IllegalStateException("the old version does not repeat itself: " + again);
            }
        }
    }

    private static void pack(Path data, ObjectNode said, Path file) throws Exception {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.setLevel(9);
            EmbeddedPostgres server = EmbeddedPostgres.open(data.resolve("postgres"));
            try (Connection connection = connect(server);
                    Statement statement = connection.createStatement()) {
                CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
                for (String table :
                        strings(
                                statement,
                                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                                        + " ORDER BY 1")) {
                    ByteArrayOutputStream rows = new ByteArrayOutputStream();
                    copy.copyOut(
                            "COPY (SELECT * FROM %s ORDER BY 1) TO STDOUT HEADER".formatted(table),
                            rows);
                    add(zip, TABLES + table, rows.toByteArray());
                }
                add(
                        zip,
                        SEQUENCES,
                        String.join(
                                        "\n",
                                        strings(
                                                statement,
                                                "SELECT sequencename || ' ' || last_value FROM"
                                                        + " pg_sequences WHERE last_value IS NOT"
                                                        + " NULL ORDER BY 1"))
                                .getBytes(StandardCharsets.UTF_8));
                said.put(
                        "schema",
                        strings(
                                        statement,
                                        "SELECT version FROM flyway_schema_history ORDER BY"
                                                + " installed_rank DESC LIMIT 1")
                                .getFirst());
            } finally {
                server.close();
            }
            add(zip, ANSWERS, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(said));
            try (Stream<Path> files = Files.walk(data)) {
                for (Path path : new TreeSet<>(files.filter(Files::isRegularFile).toList())) {
                    String name = data.relativize(path).toString();
                    if (name.startsWith("blobs/") || name.matches("index/[^/]+/thumbnail.*")) {
                        add(zip, name, Files.readAllBytes(path));
                    }
                }
            }
        }
    }

    private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setLastModifiedTime(FileTime.fromMillis(0));
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static List<String> strings(Statement statement, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    // ---- images

    /** Every second pixel of a phantom: the recording stays small. */
    private static Raster small(Phantom phantom) {
        int side = Phantoms.SIDE / 2;
        short[] samples = new short[side * side];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) phantom.image().sample(2 * (i % side), 2 * (i / side), 0);
        }
        return new Raster(side, side, 1, 8, samples);
    }

    private static Map<String, Mask> masks(Phantom phantom, boolean corrected) {
        int side = Phantoms.SIDE / 2;
        Map<String, Mask> masks = new TreeMap<>();
        for (String label : List.of("liver", "spine")) {
            boolean[] inside = new boolean[side * side];
            boolean left = corrected;
            for (int i = 0; i < inside.length; i++) {
                int source = 2 * (i / side) * Phantoms.SIDE + 2 * (i % side);
                inside[i] = phantom.masks().get(label).inside()[source];
                if (inside[i] && left) {
                    inside[i] = false;
                    left = false;
                }
            }
            masks.put(label, new Mask(side, side, inside));
        }
        return masks;
    }

    /** The same with one pixel that is brighter than all others. */
    private static Raster hot(Raster image) {
        short[] samples = image.samples().clone();
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (Short.toUnsignedInt(samples[i]) / 4);
        }
        samples[image.width() * 20 + 30] = (short) 65535;
        return new Raster(image.width(), image.height(), 1, 16, samples);
    }

    /** What a client says to a service of any version. */
    static final class HttpCalls {
        private final HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final String service;

        /**
         * @param port where it listens
         */
        HttpCalls(int port) {
            this.service = "http://127.0.0.1:" + port;
        }

        /** A request that must succeed. */
        JsonNode json(String method, String path, String body) throws Exception {
            return answered(
                    SignedRequests.request(URI.create(service + path))
                            .timeout(LIMIT)
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build());
        }

        /** SHA-256 of the samples of a picture that an answer links to. */
        String pixelsSha256(String path) throws Exception {
            HttpResponse<byte[]> response =
                    http.send(
                            SignedRequests.request(URI.create(service + path)).build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new AssertionError(path + ": " + response.statusCode());
            }
            return Sha256.of(
                    new ImageDecoder(Limits.DEFAULT).decode(response.body(), path).toNetpbm());
        }

        /** A query that must be answered. */
        JsonNode segment(MultipartBody body) throws Exception {
            return answered(
                    MultipartBody.post(
                            URI.create(service + "/v1/segmentations"),
                            MultipartBody.MEDIA_TYPE,
                            body.bytes(),
                            LIMIT));
        }

        private void ingest(Raster image, Map<String, Mask> masks, String patient, String review)
                throws Exception {
            MultipartBody body =
                    new MultipartBody()
                            .text(
                                    "metadata",
                                    "{\"task\":\"%s\",\"patient\":\"%s\",\"site\":\"North \",\"review\":\"%s\"}"
                                            .formatted(TASK, patient, review))
                            .file("image", patient.trim() + ".png", PngWriter.png(image));
            masks.forEach(
                    (label, mask) -> body.file("mask." + label, "m.png", PngWriter.png(mask)));
            answered(
                    MultipartBody.post(
                            URI.create(service + "/v1/images"),
                            MultipartBody.MEDIA_TYPE,
                            body.bytes(),
                            LIMIT));
        }

        private JsonNode answered(HttpRequest request) throws Exception {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw new AssertionError(
                        request.uri() + ": " + response.statusCode() + " " + response.body());
            }
            return JSON.readTree(response.body());
        }
    }
}
