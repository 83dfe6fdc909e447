package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.Scope;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.imaging.Mask;
import org.precedent.index.ImageIndex;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexEntry;
import org.precedent.index.LocationIndex;
import org.precedent.index.SupportFilter;
import org.precedent.index.lucene.LuceneEngine;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.StageTimer;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.SupportRequest;
import org.precedent.retrieval.SupportRetriever;
import org.precedent.retrieval.SupportSearch;
import org.precedent.retrieval.SupportSet;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

/**
 * Evaluations choose the supports that the service chooses, with the same weights. The other side
 * is built as the service's is, from Lucene's indexes with all labels, other pools and the query
 * itself in them, and a filter that leaves out what may not serve; what evaluations may choose from
 * is a list of candidates.
 */
class SameSupportsPropertyTest {
    private static final int CASES = 200;
    private static final int BATCH = 10;
    private static final int POOL = 3;
    private static final int VERSION = 2;
    private static final List<String> LABELS = List.of("disc", "ghost");

    private final ImageEmbedder embedder = Discs.embedder();
    private final LocationEmbedder locations =
            new LocationEmbedder(new DiscEncoders.Brightness(), 64);
    private final ObjectEmbedder objects =
            new ObjectEmbedder(new DiscEncoders.Centre(), new DiscEncoders.Centre(), 64);

    @TempDir Path home;

    /** One case: a pool, a query and what is asked of it. */
    private record Drawn(
            List<EvaluationCase> cases,
            EvaluationCase query,
            String label,
            int k,
            long seed,
            Strategy strategy,
            Temperature temperature) {
        static Drawn of(int number) {
            Random random = new Random(number);
            int patients = 2 + random.nextInt(8);
            List<EvaluationCase> cases = new ArrayList<>();
            int n = 4 + random.nextInt(22);
            for (int i = 0; i < n; i++) {
                // The first two are of different patients, so that some support is eligible.
                String patient = "p" + (i < 2 ? i : random.nextInt(patients));
                EvaluationCase whole = Discs.disc("case" + number + "-" + i, patient, random);
                Map<String, Mask> masks = new LinkedHashMap<>(whole.masks());
                if (i >= 2 && random.nextInt(4) == 0) {
                    masks.remove(LABELS.get(random.nextInt(2)));
                }
                cases.add(new EvaluationCase(whole.id(), patient, whole.image(), masks));
            }
            return new Drawn(
                    cases,
                    cases.get(random.nextInt(2)),
                    LABELS.get(random.nextInt(2)),
                    1 + random.nextInt(12),
                    random.nextLong(),
                    Strategy.values()[number % Strategy.values().length],
                    random.nextBoolean()
                            ? Temperature.UNIFORM
                            : new Temperature(Math.pow(10, -2 * random.nextDouble())));
        }
    }

    @Test
    void evaluationsAndTheServiceChooseTheSameSupportsWithTheSameWeights() {
        for (int number = 0; number < CASES; number++) {
            Drawn drawn = Drawn.of(number);
            String name = "case " + number + ": " + drawn.strategy() + ", K = " + drawn.k();

            SupportSet service = service(drawn, home.resolve("" + number));
            List<Scored> evaluation = evaluation(drawn);

            assertThat(evaluation.stream().map(one -> PoolRetrieval.id(one.support())).toList())
                    .as(name)
                    .isEqualTo(
                            service.supports().stream()
                                    .map(SupportSet.WeightedSupport::imageId)
                                    .toList());
            assertThat(evaluation.stream().map(Scored::similarity).toList())
                    .as(name)
                    .isEqualTo(
                            service.supports().stream()
                                    .map(SupportSet.WeightedSupport::similarity)
                                    .toList());
            double[] weights = TrialRunner.weights(evaluation, drawn.temperature());
            for (int i = 0; i < weights.length; i++) {
                assertThat(weights[i]).as(name).isEqualTo(service.supports().get(i).weight());
            }
        }
    }

    /** What a query of the pool's own image is answered from, as its patient's. */
    private List<Scored> evaluation(Drawn drawn) {
        PoolRetrieval retrieval = new PoolRetrieval(embedder, locations, objects);
        TrialRunner examiner =
                new TrialRunner(
                        new Segmenter(new MeanMaskNetwork(), Discs.SIDE),
                        retrieval,
                        PixelSpacing.PIXELS,
                        System::nanoTime);
        EvaluationPool pool =
                new EvaluationPool(
                        new EvaluationCases(drawn.cases(), NearDuplicates.among(List.of())),
                        drawn.label(),
                        1,
                        1);
        SupportChooser chooser =
                retrieval.choosers().stream()
                        .filter(one -> one.name().equals(drawn.strategy().word()))
                        .findFirst()
                        .orElseThrow();
        return examiner.choose(
                new TrialRunner.Asked(
                        chooser, pool.of(drawn.query()), drawn.k(), drawn.seed(), drawn.label()),
                drawn.query());
    }

    private SupportSet service(Drawn drawn, Path folder) {
        IndexEngine engine = new LuceneEngine(folder, "");
        try (ImageIndex images = engine.images(embedder.space()).open();
                LocationIndex parts = engine.locations(locations.space(), () -> images).open();
                ImageIndex described = engine.images(objects.space()).open()) {
            fill(drawn, images, parts, described);
            SupportRetriever retriever =
                    new SupportRetriever(images, parts::search, described::search);
            SupportSearch search =
                    new SupportSearch(
                            retriever,
                            locations,
                            objects,
                            SupportSearch.Screen.OPEN,
                            StageTimer.NONE);
            Map<UUID, EvaluationCase> byId = new HashMap<>();
            drawn.cases().forEach(one -> byId.put(id(one, drawn.label()), one));
            SupportFilter filter =
                    new SupportFilter(
                            Scope.machine().anyPool(POOL),
                            VERSION,
                            LABELS.indexOf(drawn.label()),
                            EnumSet.of(ReviewState.APPROVED),
                            null,
                            drawn.query().patient(),
                            Sha256.of(drawn.query().image().toNetpbm()),
                            Set.of());
            return search.find(
                            drawn.query().image(),
                            embedder.embed(drawn.query().image()),
                            List.of(
                                    new SupportRequest(
                                            filter,
                                            drawn.k(),
                                            drawn.strategy(),
                                            drawn.temperature(),
                                            Fusion.EVEN,
                                            drawn.seed())),
                            similar -> List.of(answer(drawn, similar.getFirst(), byId)))
                    .getFirst()
                    .supports();
        }
    }

    private static Mask answer(Drawn drawn, SupportSet similar, Map<UUID, EvaluationCase> byId) {
        List<Segmenter.WeightedSupport> supports = new ArrayList<>();
        for (SupportSet.WeightedSupport one : similar.supports()) {
            EvaluationCase source = byId.get(one.imageId());
            supports.add(
                    new Segmenter.WeightedSupport(
                            source.image(), source.masks().get(drawn.label()), one.weight()));
        }
        return new Segmenter(new MeanMaskNetwork(), Discs.SIDE)
                .segment(drawn.query().image(), supports)
                .mask();
    }

    /** In several batches and another order than the cases', so that segments matter as well. */
    private void fill(Drawn drawn, ImageIndex images, LocationIndex indexed, ImageIndex described) {
        List<EvaluationCase> order = new ArrayList<>(drawn.cases());
        Collections.shuffle(order, new Random(drawn.seed()));
        long sequence = 0;
        List<ImageIndex.Change> whole = new ArrayList<>();
        List<ImageIndex.Change> parts = new ArrayList<>();
        Map<UUID, List<Location>> keys = new HashMap<>();
        for (EvaluationCase one : order) {
            UUID id = id(one, drawn.label());
            String sha = Sha256.of(one.image().toNetpbm());
            List<IndexEntry.Membership> memberships = new ArrayList<>();
            List<IndexEntry> vectors = new ArrayList<>();
            one.masks()
                    .forEach((label, mask) -> {
                        IndexEntry.Membership membership = member(POOL, LABELS.indexOf(label));
                        memberships.add(membership);
                        memberships.add(member(POOL + 1, 1 - LABELS.indexOf(label)));
                        vectors.add(
                                new IndexEntry(
                                        id,
                                        1 + LABELS.indexOf(label),
                                        objects.embed(one.image(), mask),
                                        "site",
                                        one.patient(),
                                        sha,
                                        List.of(membership)));
                    });
            whole.add(
                    new ImageIndex.Change.Put(
                            new IndexEntry(
                                    id,
                                    embedder.embed(one.image()),
                                    "site",
                                    one.patient(),
                                    sha,
                                    memberships)));
            parts.add(new ImageIndex.Change.Put(vectors));
            keys.put(id, locations.keys(one.image()));
            if (whole.size() == BATCH || one == order.getLast()) {
                sequence++;
                images.apply(whole, sequence);
                described.apply(parts, sequence);
                indexed.put(keys, sequence);
                whole.clear();
                parts.clear();
                keys.clear();
            }
        }
    }

    private static IndexEntry.Membership member(int pool, int label) {
        return new IndexEntry.Membership(
                pool, label, ReviewState.APPROVED, 1, IndexEntry.Membership.STILL);
    }

    private static UUID id(EvaluationCase one, String label) {
        return PoolRetrieval.id(new Annotated(one, label, new Mask(1, 1, new boolean[1])));
    }
}
