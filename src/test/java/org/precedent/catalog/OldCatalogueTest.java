package org.precedent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.index.IndexEntry;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.ImageProjection;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.query.Retrieval;

/** Images as the version before stored them: in the samples they were sent in, names as written. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class OldCatalogueTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(41).patients(6);

    @Inject Catalog catalog;
    @Inject IngestService ingest;
    @Inject QueryService queries;
    @Inject BlobStore blobs;
    @Inject DataSource database;
    @Inject Outbox outbox;
    @Inject ImageProjection projection;

    private String task;

    @BeforeEach
    void define() {
        task = "t-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), task, "default");
    }

    @Test
    void aPictureStoredAsRgbUnderASloppyNameIsFoundAgain() throws Exception {
        Phantom phantom = PHANTOMS.getFirst();
        for (Raster form :
                List.of(
                        phantom.image(),
                        phantom.image().spread(3, 8),
                        phantom.image().spread(1, 16),
                        phantom.image().spread(3, 16))) {
            define();
            String site = "North " + UUID.randomUUID();
            UUID old = storeAsBefore(phantom, form, " P-1 ", site + " ");
            for (Raster sent : List.of(phantom.image(), phantom.image().spread(3, 16))) {
                Ingested again = ingest(phantom, sent, "p-1", site);
                assertThat(again.imageId()).isEqualTo(old);
                assertThat(again.newImage()).isFalse();
            }
            assertThatThrownBy(() -> ingest(phantom, phantom.image(), "p-2", site))
                    .isInstanceOf(CatalogException.class)
                    .hasMessageContaining(old.toString());
            Retrieval.LabelSupports own = ask(phantom.image().spread(3, 8));
            assertThat(own.leftOut()).extracting(Answer.LeftOut::imageId).containsExactly(old);
            assertThat(own.leftOut().getFirst().reason())
                    .isEqualTo(Answer.LeftOut.Reason.OWN_PIXELS);
        }
    }

    @Test
    void theSamePictureInTwoOldFormsIsOneSupport() throws Exception {
        Phantom phantom = PHANTOMS.get(1);
        storeAsBefore(phantom, phantom.image(), "a", "s1");
        storeAsBefore(phantom, phantom.image().spread(3, 8), "b", "s2");
        Retrieval.LabelSupports found = ask(PHANTOMS.getLast().image());
        assertThat(found.leftOut()).hasSize(1);
        assertThat(found.leftOut().getFirst().reason())
                .isEqualTo(Answer.LeftOut.Reason.SAME_AS_SUPPORT);
        assertThat(found.supports()).hasSize(3);
    }

    @Test
    void neitherIdsNorKeysOfPatientsCanBeComputedFromWhatAStrangerKnows() {
        Phantom phantom = PHANTOMS.get(2);
        String pixels = Sha256.of(phantom.image().toNetpbm());
        Ingested taken = ingest(phantom, phantom.image(), "P-1", "Site A");
        UUID id = taken.imageId();
        assertThat(taken.newImage()).isTrue();
        assertThat(id.version()).isEqualTo(8);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id).isNotEqualTo(idOfBefore("Site A", "P-1", pixels));
        assertThat(ingest(phantom, phantom.image(), "P-1", "Site A").imageId()).isEqualTo(id);
        assertThat(ingest(phantom, phantom.image(), "p-1 ", "site a").imageId()).isEqualTo(id);
        // What leaves for indexes and snapshots.
        projection.awaitCommitted();
        List<IndexEntry> found = projection.search().of(id);
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().patientKey())
                .matches("[0-9a-f]{64}")
                .isEqualTo(outbox.patientKey(" p-1"))
                .isNotEqualTo(outbox.patientKey("p-2"))
                .isNotEqualTo(Sha256.of("precedent patient\u0000" + CanonicalNames.key("P-1")));
    }

    @Test
    void aSiteMayHaveNoNamesOfFilesKept() throws Exception {
        Phantom phantom = PHANTOMS.get(2);
        UUID id = ingest(phantom, phantom.image(), "p", "Nameless ").imageId();
        assertThat(text("SELECT source_name FROM image WHERE id = '" + id + "'"))
                .isEqualTo("image " + id.toString().substring(0, 8));
        define();
        UUID named = ingest(phantom, phantom.image(), "p", "named").imageId();
        assertThat(text("SELECT source_name FROM image WHERE id = '" + named + "'"))
                .isEqualTo(phantom.id() + ".png");
    }

    private String text(String sql) throws Exception {
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void anImageUnderTheIdThatItHadBeforeIsTheOneThatIsThere() throws Exception {
        Phantom phantom = PHANTOMS.get(5);
        String site = "South " + UUID.randomUUID();
        UUID old = storeAsBefore(phantom, phantom.image(), "P-9", site);
        long images = number("SELECT count(*) FROM image");
        // Many at a time, and none of them makes another one.
        List<Ingested> again =
                IntStream.range(0, 8)
                        .mapToObj(i ->
                                CompletableFuture.supplyAsync(
                                        () -> ingest(phantom, phantom.image(), "p-9", site)))
                        .toList()
                        .stream()
                        .map(CompletableFuture::join)
                        .toList();
        assertThat(again)
                .allSatisfy(one -> {
                    assertThat(one.imageId()).isEqualTo(old);
                    assertThat(one.newImage()).isFalse();
                });
        define(); // a pool that does not hold these pixels
        List<UUID> fresh =
                IntStream.range(0, 8)
                        .mapToObj(i ->
                                CompletableFuture.supplyAsync(
                                        () -> ingest(phantom, phantom.image(), "p-9", site + "x")))
                        .toList()
                        .stream()
                        .map(one -> one.join().imageId())
                        .distinct()
                        .toList();
        assertThat(fresh).hasSize(1).doesNotContain(old);
        assertThat(number("SELECT count(*) FROM image")).isEqualTo(images + 1);
    }

    private long number(String sql) throws Exception {
        return Long.parseLong(text(sql));
    }

    /** As versions made it before ids were keyed. */
    private static UUID idOfBefore(String site, String patient, String pixels) {
        String identity = String.join("\u0000", site, patient, "", "null", pixels);
        return UUID.nameUUIDFromBytes(Sha256.of(identity).getBytes(StandardCharsets.US_ASCII));
    }

    private Ingested ingest(Phantom phantom, Raster image, String patient, String site) {
        return ingest.ingest(
                        Scope.machine(),
                        List.of(
                                new Example(
                                        phantom.id() + ".png",
                                        image,
                                        Example.Origin.ofImage("CT", site, patient),
                                        phantom.masks())),
                        new IngestService.Destination(task, "default", "a", ReviewState.APPROVED),
                        "test")
                .getFirst();
    }

    /** One label's supports, with another image so that the pool is not the query alone. */
    private Retrieval.LabelSupports ask(Raster image) {
        Phantom other = PHANTOMS.get(4);
        ingest(other, other.image(), "other", "s");
        return queries.retrieve(
                        Scope.machine(),
                        new Query(
                                new SentFile("q.png", PngWriter.png(image)),
                                task,
                                List.of("liver"),
                                "default",
                                null,
                                8,
                                null,
                                Query.strategy("image"),
                                0,
                                null,
                                null))
                .labels()
                .getFirst();
    }

    private UUID storeAsBefore(Phantom phantom, Raster form, String patient, String site)
            throws Exception {
        // A first image gives the pool a version and an outbox entry, as the rows below need them.
        Phantom first = PHANTOMS.get(3);
        ingest(first, first.image(), "first", "s");
        String pixels = blobs.put(form.toNetpbm());
        Map.Entry<String, Mask> mask =
                Map.entry("liver", Objects.requireNonNull(phantom.masks().get("liver")));
        String maskSha256 = blobs.put(mask.getValue().toRaster().toNetpbm());
        UUID id = idOfBefore(site, patient, pixels);
        Pool pool = catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), "default");
        int label =
                catalog.labels(catalog.task(Scope.machine(), task), List.of("liver"))
                        .getFirst()
                        .id();
        try (Connection connection = database.getConnection()) {
            run(
                    connection,
                    "INSERT INTO image (id, pixels_sha256, width, height, channels,"
                            + " bits_per_sample, source_name, modality, site, patient, created_at)"
                            + " VALUES (?, ?, ?, ?, ?, ?, 'old.png', 'CT', ?, ?, now())",
                    id,
                    pixels,
                    form.width(),
                    form.height(),
                    form.channels(),
                    form.bitsPerSample(),
                    site,
                    patient);
            run(
                    connection,
                    "WITH a AS (INSERT INTO annotation (image_id, label_id, version, mask_sha256,"
                            + " area, author, review_state, created_at) VALUES (?, ?, 1, ?, ?, 'x',"
                            + " 'APPROVED', now()) RETURNING id) INSERT INTO pool_member (pool_id,"
                            + " annotation_id, from_version) SELECT ?, id, ? FROM a",
                    id,
                    label,
                    maskSha256,
                    mask.getValue().area(),
                    pool.id(),
                    pool.version());
            run(
                    connection,
                    "WITH next AS (UPDATE outbox_counter SET value = value + 1 RETURNING value)"
                            + " INSERT INTO outbox SELECT value, ?, now() FROM next",
                    id);
        }
        return id;
    }

    private static void run(Connection connection, String sql, Object... values) throws Exception {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
