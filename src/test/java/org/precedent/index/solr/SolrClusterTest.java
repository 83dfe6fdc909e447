package org.precedent.index.solr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.index.ImageFixtures.axis;
import static org.precedent.index.ImageFixtures.dump;
import static org.precedent.index.ImageFixtures.everything;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.image;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.cluster.ServerProcess;
import org.precedent.cluster.SolrCloud;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageIndexContractTest;
import org.precedent.index.ImageSearch;
import org.precedent.index.ImageSearch.SearchResult;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexEngineContractTest;
import org.precedent.index.IndexException;
import org.precedent.index.IndexHome;
import org.precedent.index.LocationFixtures;
import org.precedent.index.LocationIndex;

/** What every engine promises, of two nodes of SolrCloud; and what becomes of it without one. */
class SolrClusterTest {
    private static final int D = 8;
    private static final EmbeddingSpace SPACE = ImageFixtures.space(D);

    @TempDir private static Path folder;
    private static @Nullable SolrCloud cloud;

    @BeforeAll
    static void start() throws Exception {
        ServerProcess.assumeAsked();
        cloud = new SolrCloud(folder, 2);
    }

    @AfterAll
    static void stop() {
        if (cloud != null) {
            cloud.close();
        }
    }

    private static SolrSettings settings(int shards, int replicas, int exactLimit, int imageLimit) {
        return new SolrSettings(
                cloud.addresses(),
                Optional.empty(),
                shards,
                replicas,
                Duration.ofSeconds(30),
                Duration.ofSeconds(3),
                exactLimit,
                imageLimit);
    }

    private static String catalogue() {
        return UUID.randomUUID().toString();
    }

    /** One collection a space for all tests of a class: to make one takes a second. */
    private static ImageIndex emptied(SolrEngine engine, EmbeddingSpace space) {
        ImageIndex index = engine.images(space).open();
        index.clear();
        return index;
    }

    @Nested
    class Scanned extends ImageIndexContractTest {
        private static final String CATALOGUE = catalogue();

        @Override
        protected ImageIndex create(EmbeddingSpace space) {
            return emptied(
                    new SolrEngine(settings(2, 1, 20_000, 2000), CATALOGUE, "", false), space);
        }
    }

    @Nested
    class Walked extends ImageIndexContractTest {
        private static final String CATALOGUE = catalogue();

        @Override
        protected ImageIndex create(EmbeddingSpace space) {
            return emptied(new SolrEngine(settings(2, 1, 300, 2000), CATALOGUE, "", false), space);
        }
    }

    @Nested
    class IdsSent extends IndexEngineContractTest {
        @Override
        protected IndexEngine create(Path home) {
            return new SolrEngine(settings(2, 1, 20_000, 2000), catalogue(), "", false);
        }
    }

    @Nested
    class Joined extends IndexEngineContractTest {
        @Override
        protected IndexEngine create(Path home) {
            return new SolrEngine(settings(2, 1, 20_000, 3), catalogue(), "", false);
        }
    }

    private static void put(ImageIndex index, int from, int until, long sequence) {
        List<Change> changes = new ArrayList<>();
        for (int i = from; i < until; i++) {
            changes.add(new Change.Put(image(i, axis(D, i % D))));
        }
        index.apply(changes, sequence);
    }

    @Test
    void whatWasAcknowledgedIsThereAfterTheNodesAreKilled() throws Exception {
        IndexHome<ImageSearch, ImageIndex> home =
                new SolrEngine(settings(2, 2, 20_000, 2000), catalogue(), "", false).images(SPACE);
        try (ImageIndex index = home.open()) {
            put(index, 0, 50, 7);
            SearchResult before = index.search(axis(D, 0), everything(), 20);
            cloud.kill(0);
            assertThat(index.search(axis(D, 0), everything(), 20)).isEqualTo(before);
            put(index, 50, 60, 8);
            assertThat(index.count(everything())).isEqualTo(60);
            // The other one goes before this one has caught up: what it lacks is no answer.
            cloud.restart(0);
            cloud.kill(1);
            try {
                assertThat(index.count(everything())).isEqualTo(60);
            } catch (IndexException e) {
                assertThat(e.code()).isEqualTo(IndexException.Code.IO);
            }
            assertThat(index.sequence()).isEqualTo(8);
        }
        cloud.restart(1);
    }

    @Test
    void anAnswerOfSomeShardsIsRefused() throws Exception {
        IndexHome<ImageSearch, ImageIndex> home =
                new SolrEngine(settings(2, 1, 20_000, 2000), catalogue(), "", false).images(SPACE);
        try (ImageIndex index = home.open()) {
            put(index, 0, 50, 7);
            cloud.kill(0);
            ImageIndexContractTest.assertCode(
                    () -> index.count(everything()), IndexException.Code.IO);
            ImageIndexContractTest.assertCode(
                    () -> index.search(axis(D, 0), everything(), 3), IndexException.Code.IO);
            cloud.restart(0);
            assertThat(index.count(everything())).isEqualTo(50);
        }
    }

    @Test
    void anotherProcessTakesOverFromOneThatShowsNoSignOfLife() throws Exception {
        String catalogue = catalogue();
        SolrSettings settings = settings(1, 2, 20_000, 2000);
        IndexHome<ImageSearch, ImageIndex> first =
                new SolrEngine(settings, catalogue, "", false).images(SPACE);
        IndexHome<ImageSearch, ImageIndex> second =
                new SolrEngine(settings, catalogue, "", false).images(SPACE);
        ImageIndex alive = first.open();
        put(alive, 0, 10, 1);
        ImageIndexContractTest.assertCode(second::open, IndexException.Code.LOCKED);
        // It shows signs of life: nobody takes over, however long.
        Thread.sleep(settings.lease().plusSeconds(2));
        ImageIndexContractTest.assertCode(second::open, IndexException.Code.LOCKED);
        alive.close();
        // One whose next sign is hours away, as of a process that was stopped.
        ImageIndex paused =
                new SolrEngine(
                                new SolrSettings(
                                        settings.nodes(),
                                        Optional.empty(),
                                        1,
                                        2,
                                        settings.timeout(),
                                        Duration.ofHours(9),
                                        20_000,
                                        2000),
                                catalogue,
                                "",
                                false)
                        .images(SPACE)
                        .open();
        ImageIndex taken = opened(second);
        assertThat(taken.sequence()).isEqualTo(1);
        put(taken, 10, 20, 2);
        // It wakes up and goes on: what it writes is seen by nobody, and it hears why.
        ImageIndexContractTest.assertCode(() -> put(paused, 5, 30, 3), IndexException.Code.LOCKED);
        ImageIndexContractTest.assertCode(() -> put(paused, 5, 30, 4), IndexException.Code.LOCKED);
        assertThat(taken.count(everything())).isEqualTo(20);
        try (ImageSearch beside = second.read()) {
            assertThat(beside.count(everything())).isEqualTo(20);
        }
        put(taken, 20, 21, 3);
        assertThat(taken.count(everything())).isEqualTo(21);
        assertThat(dump(taken)).hasSize(21);
        paused.close();
        assertThat(second.intact()).isTrue();
        put(taken, 21, 22, 4);
        taken.close();
        try (ImageIndex again = opened(first)) {
            assertThat(again.count(everything())).isEqualTo(22);
        }
    }

    private static ImageIndex opened(IndexHome<ImageSearch, ImageIndex> home) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (true) {
            try {
                return home.open();
            } catch (IndexException e) {
                if (e.code() != IndexException.Code.LOCKED || System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    private static SolrCollection collection(SolrSettings settings, String catalogue) {
        return new SolrCollection(
                new SolrHttp(settings),
                "precedent_" + catalogue + "_" + SPACE.id(),
                SolrCollection.Similarity.DOT_PRODUCT,
                D);
    }

    /**
     * Each request that a writer may have on its way when it is paused: they arrive after its
     * successor has taken over, and after it has replaced what they are about.
     */
    @Test
    void nothingThatAnEarlierWriterSendsLateIsSeen() throws Exception {
        String catalogue = catalogue();
        SolrSettings settings = settings(2, 2, 20_000, 2000);
        IndexHome<ImageSearch, ImageIndex> first =
                new SolrEngine(settings, catalogue, "", true).images(SPACE);
        IndexHome<ImageSearch, ImageIndex> second =
                new SolrEngine(settings, catalogue, "", true).images(SPACE);
        ImageIndex paused = first.open();
        put(paused, 0, 10, 1);
        SolrCollection collection = collection(settings, catalogue);
        IndexState before = collection.state().orElseThrow().state();
        long late = before.next();
        var ends = SolrHttp.JSON.createArrayNode();
        var marks = SolrHttp.JSON.createArrayNode();
        for (var found :
                collection.all(List.of("q", "image:*", "fl", "id,_version_"), "id asc", 100)) {
            var end = ends.addObject().put("id", found.path("id").asText());
            end.put("_version_", found.path("_version_").asLong());
            end.putObject("until").put("set", late);
        }
        for (String id : collection.ids("marker:" + before.marked())) {
            marks.addObject().put("id", id).putObject("mark").put("set", late);
        }
        assertThat(ends).hasSize(10);
        assertThat(marks).hasSize(2);

        // Elected, it waits for no sign of life.
        try (ImageIndex taken = second.open();
                ImageSearch beside = second.read()) {
            SearchResult whole = taken.search(axis(D, 0), everything(), 20);
            // What it ends late was not replaced yet: it stays, and can be replaced.
            var some = SolrHttp.JSON.createArrayNode();
            List.of(0, 1, 2).forEach(i -> some.add(ends.get(i)));
            assertThat(collection.updateUnchanged(some)).isTrue();
            collection.show();
            assertThat(taken.search(axis(D, 0), everything(), 20)).isEqualTo(whole);
            put(taken, 0, 6, 2);
            // And what was replaced it cannot revive.
            assertThat(collection.updateUnchanged(ends)).isFalse();
            var documents = SolrHttp.JSON.createArrayNode();
            for (int i = 3; i < 30; i++) {
                documents.add(
                        Documents.write(image(i, axis(D, 7)))
                                .put("id", "%s!0.0@%d".formatted(id(i), late))
                                .put("since", late)
                                .put("until", SolrWriter.STILL));
            }
            collection.update(documents);
            collection.update(marks);
            collection.show();
            beside.refresh();
            for (ImageSearch search : List.of(taken, beside)) {
                assertThat(search.count(everything())).isEqualTo(10);
                assertThat(search.search(axis(D, 0), everything(), 20)).isEqualTo(whole);
            }
            put(taken, 6, 12, 3);
            beside.refresh();
            assertThat(beside.count(everything())).isEqualTo(12);
            assertThat(dump(taken)).hasSize(12);
        }
        paused.close();
        // The next one finds nothing of it, either.
        try (ImageIndex again = opened(first)) {
            assertThat(again.count(everything())).isEqualTo(12);
            put(again, 0, 12, 4);
            assertThat(dump(again)).hasSize(12);
        }
    }

    /** As a writer leaves it that is killed between its steps. */
    @Test
    void aBatchThatWasNotEndedIsTakenBack() throws Exception {
        String catalogue = catalogue();
        SolrSettings settings = settings(2, 1, 20_000, 2000);
        IndexHome<ImageSearch, ImageIndex> home =
                new SolrEngine(settings, catalogue, "", false).images(SPACE);
        try (ImageIndex index = home.open()) {
            put(index, 0, 10, 1);
        }
        SolrCollection collection = collection(settings, catalogue);
        SolrCollection.Stamp stamp = collection.state().orElseThrow();
        long half = stamp.state().generation() + 1;
        var documents = SolrHttp.JSON.createArrayNode();
        for (int i = 5; i < 15; i++) {
            documents.add(
                    Documents.write(image(i, axis(D, 7)))
                            .put("id", "%s!0.0@%d".formatted(id(i), half))
                            .put("since", half)
                            .put("until", SolrWriter.STILL));
        }
        collection.update(documents);
        var marks = SolrHttp.JSON.createArrayNode();
        for (var found :
                collection.all(List.of("q", "image:\"" + id(6) + "\"", "fl", "id"), "id asc", 10)) {
            var mark = marks.addObject().put("id", found.path("id").asText());
            mark.putObject("until").put("set", half);
        }
        collection.update(marks);
        collection.show();
        collection.write(stamp.state().withOwner("killed"), stamp.version());
        List<UUID> all = java.util.stream.IntStream.range(0, 10).mapToObj(i -> id(i)).toList();
        try (ImageSearch beside = home.read()) {
            assertThat(ImageFixtures.eligible(beside, everything())).isEqualTo(all);
        }
        try (ImageIndex index = opened(home)) {
            assertThat(ImageFixtures.eligible(index, everything())).isEqualTo(all);
            put(index, 3, 4, 2);
            assertThat(ImageFixtures.eligible(index, everything())).isEqualTo(all);
            assertThat(index.search(axis(D, 6), everything(), 1).hits())
                    .containsExactly(new ImageSearch.Hit(id(6), 1f));
            assertThat(index.search(axis(D, 7), everything(), 2).hits())
                    .first()
                    .isEqualTo(new ImageSearch.Hit(id(7), 1f));
        }
    }

    @Test
    void nothingOfAnErasedImageStaysInTheFiles() throws Exception {
        String catalogue = catalogue();
        SolrSettings settings = settings(2, 1, 20_000, 2000);
        SolrEngine engine = new SolrEngine(settings, catalogue, "", false);
        EmbeddingSpace places =
                new EmbeddingSpace("fixture", "0123456789abcdef", Level.LOCATION, D);
        try (ImageIndex images = engine.images(SPACE).open();
                LocationIndex index = engine.locations(places, () -> images).open()) {
            put(images, 0, 20, 1);
            Map<UUID, List<org.precedent.embedding.LocationEmbedder.Location>> locations =
                    new java.util.TreeMap<>();
            for (int i = 0; i < 20; i++) {
                locations.put(id(i), LocationFixtures.locations(4, D, new Random(i)));
            }
            index.put(locations, 1);
            images.apply(List.of(new Change.Remove(id(3), true)), 2);
            index.put(Map.of(id(3), List.of()), 2);
            assertThat(images.count(everything())).isEqualTo(19);
            assertThat(index.contains(id(3))).isFalse();
            for (EmbeddingSpace space : List.of(SPACE, places)) {
                assertThat(deleted("precedent_" + catalogue + "_" + space.id())).isZero();
            }
        }
    }

    /** Documents in the files of all shards that nobody finds any more. */
    private static int deleted(String collection) throws Exception {
        int deleted = 0;
        SolrHttp http = new SolrHttp(settings(1, 1, 1, 1));
        var shards =
                http.form(
                                "/admin/collections",
                                List.of("action", "CLUSTERSTATUS", "collection", collection))
                        .path("cluster")
                        .path("collections")
                        .path(collection)
                        .path("shards");
        for (var shard : shards) {
            for (var replica : shard.path("replicas")) {
                URI node = URI.create(replica.path("base_url").asText());
                SolrHttp there =
                        new SolrHttp(
                                new SolrSettings(
                                        List.of(node),
                                        Optional.empty(),
                                        1,
                                        1,
                                        Duration.ofSeconds(30),
                                        Duration.ofSeconds(3),
                                        1,
                                        1));
                deleted +=
                        there.form(
                                        "/" + replica.path("core").asText() + "/admin/luke",
                                        List.of("numTerms", "0"))
                                .path("index")
                                .path("deletedDocs")
                                .asInt();
            }
        }
        return deleted;
    }

    @Test
    void aCollectionThatSomebodyRemovedIsMadeAnew() throws Exception {
        String catalogue = catalogue();
        SolrSettings settings = settings(1, 1, 20_000, 2000);
        IndexHome<ImageSearch, ImageIndex> home =
                new SolrEngine(settings, catalogue, "", false).images(SPACE);
        assertThat(home.exists()).isFalse();
        ImageIndex index = home.open();
        put(index, 0, 10, 1);
        assertThat(home.exists()).isTrue();
        assertThat(home.intact()).isTrue();
        collection(settings, catalogue).delete();
        assertThat(home.intact()).isFalse();
        index.close();
        try (ImageIndex fresh = home.recreate()) {
            assertThat(fresh.sequence()).isZero();
            put(fresh, 0, 3, 1);
            assertThat(fresh.count(everything())).isEqualTo(3);
        }
    }

    @Test
    void snapshotsAreTheClustersOwn() {
        IndexHome<ImageSearch, ImageIndex> home =
                new SolrEngine(settings(1, 1, 20_000, 2000), catalogue(), "", false).images(SPACE);
        assertThatThrownBy(() -> home.snapshot(folder.resolve("copy")))
                .isInstanceOf(IndexException.class)
                .hasMessageContaining("SolrCloud's own backups");
    }
}
