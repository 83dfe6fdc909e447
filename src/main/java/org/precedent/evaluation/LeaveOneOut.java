package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Resampling;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.PreparedSupport;
import org.precedent.segmentation.Segmentation;
import org.precedent.segmentation.Segmenter;

/**
 * Segments chosen cases, each from the others. A query's pool never holds the query, an image of
 * its patient, or an image with the same pixels.
 *
 * <p>For one seed, queries and random supports are the same whatever the network, the strategy, the
 * temperature and the embedder: runs can be compared query by query.
 */
public final class LeaveOneOut {
    private final ImageEmbedder embedder;
    private final Segmenter segmenter;
    private final LongSupplier nanoTime;

    /**
     * @param k supports a query
     * @param strategy how they are found: the nearest by the embedder's cosine, ties by id, or
     *     drawn from the pool with equal chances
     * @param temperature how similarities become weights
     * @param queries at most this many a label, drawn by the seed
     * @param seed of queries and random supports
     */
    public record Settings(
            int k, Strategy strategy, Temperature temperature, int queries, long seed) {
        public Settings {
            if (k < 1 || queries < 1) {
                throw new EvaluationException(
                        EvaluationException.Code.SETTING,
                        "support size " + k + " and queries " + queries + " must be at least 1",
                        k < 1 ? "support size" : "queries",
                        String.valueOf(k < 1 ? k : queries),
                        1);
            }
        }
    }

    /** Told after every query. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param done queries of this label, this one included
         * @param total queries of this label
         */
        void query(String label, int done, int total, LabelResult.QueryResult result);
    }

    /**
     * @param nanoTime a clock in nanoseconds, e.g. {@code System::nanoTime}
     */
    public LeaveOneOut(ImageEmbedder embedder, Segmenter segmenter, LongSupplier nanoTime) {
        this.embedder = embedder;
        this.segmenter = segmenter;
        this.nanoTime = nanoTime;
    }

    /**
     * @param cases with unique ids
     * @param labels each occurring in some case
     * @return one result a label, in their order
     * @throws EvaluationException when a label is in no case, or a query's pool is smaller than K;
     *     told before the first query is run
     */
    public List<LabelResult> run(
            List<EvaluationCase> cases, List<String> labels, Settings settings, Progress progress) {
        List<EvaluationPool> pools = new ArrayList<>();
        for (String label : labels) {
            pools.add(new EvaluationPool(cases, label, settings));
        }
        Map<String, float[]> embeddings = new HashMap<>();
        List<LabelResult> results = new ArrayList<>();
        for (EvaluationPool pool : pools) {
            results.add(new LabelRun(pool, settings, embeddings).run(progress));
        }
        return results;
    }

    private record Candidate(EvaluationPool.Member support, double similarity) {}

    /** One label's queries with what is kept between them. */
    private final class LabelRun {
        private final EvaluationPool pool;
        private final Settings settings;
        private final Map<String, float[]> embeddings;
        private final Map<String, PreparedSupport> prepared = new HashMap<>();

        LabelRun(EvaluationPool pool, Settings settings, Map<String, float[]> embeddings) {
            this.pool = pool;
            this.settings = settings;
            this.embeddings = embeddings;
        }

        LabelResult run(Progress progress) {
            for (EvaluationPool.Member one : pool.members()) {
                embeddings.computeIfAbsent(one.id(), id -> embedder.embed(one.image()));
                prepared.put(
                        one.id(), PreparedSupport.of(one.image(), one.mask(), segmenter.side()));
            }
            List<LabelResult.QueryResult> results = new ArrayList<>();
            for (EvaluationPool.Member query : pool.queries()) {
                results.add(query(query));
                progress.query(
                        pool.label(),
                        results.size(),
                        pool.queries().size(),
                        results.get(results.size() - 1));
            }
            return LabelResult.of(pool.label(), segmenter.side(), pool.withoutLabel(), results);
        }

        private LabelResult.QueryResult query(EvaluationPool.Member query) {
            long start = nanoTime.getAsLong();
            List<Candidate> chosen = choose(query, embedder.embed(query.image()));
            double[] weights =
                    settings.temperature()
                            .weights(chosen.stream().mapToDouble(Candidate::similarity).toArray());
            Segmentation answer =
                    segmenter.segment(
                            query.image(),
                            chosen.stream().map(c -> kept(c.support())).toList(),
                            weights);
            double seconds = (nanoTime.getAsLong() - start) / 1e9;

            Mask truth = query.mask();
            Mask truthAtSide =
                    Resampling.above(answer.geometry().content(answer.geometry().in(truth)), 0.5);
            List<Double> listed = new ArrayList<>();
            for (double weight : weights) {
                listed.add(weight);
            }
            return new LabelResult.QueryResult(
                    query.id(),
                    Dice.hard(answer.mask(), truth),
                    Dice.hard(answer.maskAtSide(), truthAtSide),
                    Dice.soft(answer.probabilities(), truth),
                    baselines(query, chosen, weights),
                    chosen.stream().map(c -> c.support().id()).toList(),
                    listed,
                    seconds);
        }

        /** The supports by falling similarity, so that weights fall too. */
        private List<Candidate> choose(EvaluationPool.Member query, float[] embedding) {
            List<EvaluationPool.Member> candidates = new ArrayList<>(pool.of(query));
            if (settings.strategy() == Strategy.RANDOM) {
                Collections.shuffle(
                        candidates,
                        new Random(
                                EvaluationPool.seed(
                                        settings.seed(), pool.label() + "\0" + query.id())));
                candidates = candidates.subList(0, settings.k());
            }
            return candidates.stream()
                    .map(one -> new Candidate(one, cosine(embedding, embedded(one))))
                    .sorted(
                            Comparator.comparingDouble(Candidate::similarity)
                                    .reversed()
                                    .thenComparing(c -> c.support().id()))
                    .limit(settings.k())
                    .toList();
        }

        private Map<String, Double> baselines(
                EvaluationPool.Member query, List<Candidate> chosen, double[] weights) {
            List<Baselines.Support> supports = new ArrayList<>();
            for (Candidate c : chosen) {
                supports.add(
                        new Baselines.Support(
                                c.support().image(), c.support().mask(), weights[supports.size()]));
            }
            Mask truth = query.mask();
            Map<String, Double> dice = new LinkedHashMap<>();
            dice.put("mean_mask", Dice.hard(Baselines.meanMask(query.image(), supports), truth));
            dice.put(
                    "nearest_mask",
                    Dice.hard(Baselines.nearestMask(query.image(), supports.get(0)), truth));
            dice.put("grey_level", Dice.hard(Baselines.greyLevel(query.image(), supports), truth));
            return dice;
        }

        private PreparedSupport kept(EvaluationPool.Member one) {
            PreparedSupport support = prepared.get(one.id());
            if (support == null) {
                throw new IllegalStateException(one.id() + " was not prepared");
            }
            return support;
        }

        private float[] embedded(EvaluationPool.Member one) {
            float[] embedding = embeddings.get(one.id());
            if (embedding == null) {
                throw new IllegalStateException(one.id() + " was not embedded");
            }
            return embedding;
        }
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
