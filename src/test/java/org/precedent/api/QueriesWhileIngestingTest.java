package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.IndexVerifier;
import org.precedent.query.AttentionService;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.QueryService;

/**
 * Many clients query with every strategy while others add, approve and retire annotations of the
 * same pool. Each answer rests on one pool version as a whole, the one that it states, and can be
 * computed again to the bit when all is over.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
@TestProfile(QueriesWhileIngestingTest.SmallNetwork.class)
class QueriesWhileIngestingTest {
    private static final int QUERIES = 100;

    /** More than may wait for the network, so that some are refused. */
    private static final int QUERY_CLIENTS = 40;

    private static final int INGEST_CLIENTS = 4;

    /** Images that each ingest client adds, spread over all queries. */
    private static final int IMAGES = 10;

    private static final int SUPPORTS = 4;
    private static final int SIDE = 64;
    private static final Duration TIMEOUT = Duration.ofSeconds(120);
    private static final List<String> STRATEGIES =
            List.of("random", "image", "location", "object", "fused");
    private static final List<String> LABELS = List.of("liver", "spine");
    private static final String TASK = "q-" + UUID.randomUUID();

    /**
     * Not the network that compares locations. The images are small; and forward passes compete
     * with clients for the same processors.
     */
    public static final class SmallNetwork implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "precedent.network.name",
                    UniverSeg.NAME,
                    "precedent.network.size",
                    "32",
                    "precedent.network.threads",
                    "1");
        }
    }

    /** A slice and its masks, {@value #SIDE} x {@value #SIDE}. */
    private record Slice(String patient, Raster image, Map<String, Mask> masks) {}

    /** An answer over HTTP and the newest pool version that was acknowledged before its query. */
    private record Answered(UUID id, int acknowledgedBefore) {}

    @TestHTTPResource("/")
    URI service;

    @Inject Catalog catalog;
    @Inject QueryService queries;
    @Inject AttentionService attentions;
    @Inject IndexVerifier verifier;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final Queue<Answered> answers = new ConcurrentLinkedQueue<>();

    /** Image and version of annotations that are not approved, as acknowledged. */
    private final Set<String> unusable = ConcurrentHashMap.newKeySet();

    @Test
    void everyAnswerRestsOnOnePoolVersionAndReplaysToTheBit() throws Exception {
        List<Slice> slices = slices();
        int asking = 10;
        int first = asking + 2 * SUPPORTS;
        assertThat(slices.size()).isGreaterThanOrEqualTo(first + INGEST_CLIENTS * IMAGES);
        catalog.defineTask(Scope.machine(), TASK, LABELS);
        catalog.definePool(Scope.machine(), TASK, "default");
        for (Slice slice : slices.subList(asking, first)) {
            ingest(slice, slice.masks(), "approved");
        }

        try (ExecutorService clients =
                Executors.newFixedThreadPool(QUERY_CLIENTS + INGEST_CLIENTS)) {
            // Those of queries first: ingest clients wait for them, and one that fails must be
            // told.
            List<Future<?>> done = new ArrayList<>();
            AtomicInteger next = new AtomicInteger();
            for (int client = 0; client < QUERY_CLIENTS; client++) {
                done.add(
                        clients.submit(() -> {
                            for (int n = next.getAndIncrement();
                                    n < QUERIES;
                                    n = next.getAndIncrement()) {
                                query(n, slices.get(n % asking));
                            }
                            return null;
                        }));
            }
            for (int client = 0; client < INGEST_CLIENTS; client++) {
                int from = first + client * IMAGES;
                List<Slice> own = slices.subList(from, from + IMAGES);
                done.add(clients.submit(() -> ingestAll(own)));
            }
            try {
                for (Future<?> each : done) {
                    each.get();
                }
            } finally {
                clients.shutdownNow();
            }
        }

        assertThat(answers).hasSize(QUERIES);
        Task task = catalog.task(Scope.machine(), TASK);
        Pool pool = catalog.pool(Scope.machine(), task, "default");
        Set<Integer> versions = ConcurrentHashMap.newKeySet();
        for (Answered each : answers) {
            Answer answer = queries.find(Scope.machine(), each.id());
            versions.add(answer.poolVersion());
            assertThat(answer.poolVersion())
                    .as("version of an answer to a query after %d", each.acknowledgedBefore())
                    .isBetween(each.acknowledgedBefore(), pool.version());
            answer.labels().forEach(label -> verify(label, answer, task, pool));
        }
        assertThat(versions).as("pool versions that were asked").hasSizeGreaterThan(IMAGES);
        for (Answered each : answers) {
            assertThat(queries.replay(Scope.machine(), each.id()))
                    .as("replay of %s", each.id())
                    .isNotEmpty()
                    .allMatch(QueryService.ReplayedLabel::identical);
        }
        assertThat(verifier.verify(n -> {}).differences()).isEmpty();
        assertThat(
                        attentions
                                .attention(Scope.machine(), answers.element().id(), "spine", 3, 3)
                                .answered())
                .isFalse();
    }

    private void verify(Answer.LabelAnswer label, Answer answer, Task task, Pool pool) {
        String what =
                "%s by %s at %d".formatted(label.label(), answer.strategy(), answer.poolVersion());
        Map<UUID, Long> used = new HashMap<>();
        double weights = 0;
        for (Answer.UsedSupport support : label.supports()) {
            Support annotation = support.support();
            used.put(annotation.imageId(), annotation.annotationId());
            weights += support.weight();
            assertThat(unusable)
                    .as(what)
                    .doesNotContain(key(annotation.imageId(), annotation.annotationVersion()));
        }
        assertThat(label.supports()).as(what).hasSize(SUPPORTS);
        assertThat(used).as("distinct images of %s", what).hasSize(SUPPORTS);
        assertThat(weights).as(what).isCloseTo(1, within(1e-9));
        int labelId = catalog.labels(task, List.of(label.label())).getFirst().id();
        Map<UUID, Long> held = new HashMap<>();
        catalog.supports(pool.grant(), answer.poolVersion(), labelId, used.keySet())
                .forEach((image, support) -> held.put(image, support.annotationId()));
        assertThat(held).as("what the pool held: %s", what).isEqualTo(used);
    }

    // ---- clients

    private void query(int number, Slice slice) throws Exception {
        MultipartBody body =
                new MultipartBody()
                        .file("image", "q.png", PngWriter.png(slice.image()))
                        .text("task", TASK)
                        .text("labels", number % 4 == 0 ? String.join(",", LABELS) : "spine")
                        .text("supportSize", Integer.toString(SUPPORTS))
                        .text("strategy", STRATEGIES.get(number % STRATEGIES.size()))
                        .text("temperature", number % 3 == 0 ? "0.05" : "uniform")
                        .text("seed", Integer.toString(number))
                        .text("patient", slice.patient());
        while (true) {
            int before = acknowledged.get();
            HttpResponse<String> response = post("/v1/segmentations", body);
            if (response.statusCode() == 201) {
                JsonNode answer = json.readTree(response.body());
                answers.add(new Answered(UUID.fromString(answer.get("id").asText()), before));
                answered.incrementAndGet();
                return;
            }
            assertThat(response.statusCode()).as(response.body()).isIn(429, 503);
            Thread.sleep(200);
        }
    }

    /** Each third image is approved at once, approved later, or retired later. */
    private Void ingestAll(List<Slice> slices) throws Exception {
        for (int i = 0; i < slices.size(); i++) {
            while (answered.get() < i * QUERIES / IMAGES) {
                Thread.sleep(5);
            }
            Slice slice = slices.get(i);
            Map<String, Mask> corrected = new HashMap<>();
            slice.masks().forEach((label, mask) -> corrected.put(label, withoutAPixel(mask)));
            switch (i % 3) {
                case 0 -> ingest(slice, slice.masks(), "approved");
                case 1 -> {
                    ingest(slice, slice.masks(), "unreviewed");
                    ingest(slice, corrected, "approved");
                }
                default -> {
                    ingest(slice, slice.masks(), "approved");
                    ingest(slice, corrected, "retired");
                }
            }
        }
        return null;
    }

    private void ingest(Slice slice, Map<String, Mask> masks, String review) throws Exception {
        MultipartBody body =
                new MultipartBody()
                        .file("image", "i.png", PngWriter.png(slice.image()))
                        .text(
                                "metadata",
                                "{\"task\":\"%s\",\"patient\":\"%s\",\"review\":\"%s\"}"
                                        .formatted(TASK, slice.patient(), review));
        masks.forEach((label, mask) -> body.file("mask." + label, "m.png", PngWriter.png(mask)));
        HttpResponse<String> response = post("/v1/images", body);
        while (List.of(429, 503).contains(response.statusCode())) {
            Thread.sleep(20);
            response = post("/v1/images", body);
        }
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        JsonNode answer = json.readTree(response.body());
        if (!review.equals("approved")) {
            UUID image = UUID.fromString(answer.get("imageId").asText());
            answer.get("annotations")
                    .forEach(a -> unusable.add(key(image, a.get("version").asInt())));
        }
        acknowledged.accumulateAndGet(answer.get("poolVersion").asInt(), Math::max);
    }

    private HttpResponse<String> post(String path, MultipartBody body) throws Exception {
        return http.send(
                MultipartBody.post(
                        service.resolve(path), MultipartBody.MEDIA_TYPE, body.bytes(), TIMEOUT),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String key(UUID image, int annotationVersion) {
        return image + " " + annotationVersion;
    }

    // ---- images

    /** Slices that show both labels, each of a patient of its own. */
    private static List<Slice> slices() {
        List<Slice> slices = new ArrayList<>();
        for (Phantom phantom : new Phantoms(41).patients(60)) {
            Map<String, Mask> masks = new HashMap<>();
            for (String label : LABELS) {
                Mask mask = phantom.masks().get(label);
                if (mask != null) {
                    boolean[] inside = new boolean[SIDE * SIDE];
                    for (int i = 0; i < inside.length; i++) {
                        inside[i] = mask.inside()[source(i)];
                    }
                    masks.put(label, new Mask(SIDE, SIDE, inside));
                }
            }
            if (masks.size() == LABELS.size()
                    && masks.values().stream().allMatch(mask -> mask.area() > 1)) {
                short[] samples = new short[SIDE * SIDE];
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = phantom.image().samples()[source(i)];
                }
                slices.add(new Slice(phantom.id(), new Raster(SIDE, SIDE, 1, 8, samples), masks));
            }
        }
        return slices;
    }

    /** The pixel of a phantom that a pixel of its small copy is. */
    private static int source(int i) {
        int x = i % SIDE * Phantoms.SIDE / SIDE;
        int y = i / SIDE * Phantoms.SIDE / SIDE;
        return y * Phantoms.SIDE + x;
    }

    private static Mask withoutAPixel(Mask mask) {
        boolean[] inside = mask.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            if (inside[i]) {
                inside[i] = false;
                break;
            }
        }
        return new Mask(mask.width(), mask.height(), inside);
    }
}
