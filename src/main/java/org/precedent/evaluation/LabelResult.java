package org.precedent.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a protocol measured for one label.
 *
 * @param label the label
 * @param n queries scored
 * @param diceMean mean hard Dice at the queries' own sizes
 * @param diceSd its standard deviation over queries (n - 1); 0 for one query
 * @param side of the network's square, in pixels
 * @param diceMeanAtSide mean hard Dice at the network's resolution, as the papers report it at 128
 * @param secondsPerQuery mean time of embedding, retrieval and segmentation; supports' embeddings
 *     and prepared inputs are kept between queries and not counted again
 * @param withoutLabel cases that do not have the label: neither queries nor supports
 * @param baselines name to mean hard Dice at the queries' own sizes: {@code mean_mask}, {@code
 *     nearest_mask}, {@code grey_level}
 * @param queries every query's own numbers, in the order they were run
 */
public record LabelResult(
        String label,
        int n,
        double diceMean,
        double diceSd,
        int side,
        double diceMeanAtSide,
        double secondsPerQuery,
        int withoutLabel,
        Map<String, Double> baselines,
        List<QueryResult> queries) {

    /**
     * One query's numbers.
     *
     * @param id of the query
     * @param dice hard Dice at its own size
     * @param diceAtSide hard Dice at the network's resolution
     * @param diceSoft soft Dice at its own size
     * @param baselines name to hard Dice at its own size
     * @param supports ids of its supports, by falling weight
     * @param weights their weights, summing to 1
     * @param seconds of embedding, retrieval and segmentation
     */
    public record QueryResult(
            String id,
            double dice,
            double diceAtSide,
            double diceSoft,
            Map<String, Double> baselines,
            List<String> supports,
            List<Double> weights,
            double seconds) {
        public QueryResult {
            baselines = Collections.unmodifiableMap(new LinkedHashMap<>(baselines));
            supports = List.copyOf(supports);
            weights = List.copyOf(weights);
        }
    }

    public LabelResult {
        baselines = Collections.unmodifiableMap(new LinkedHashMap<>(baselines));
        queries = List.copyOf(queries);
    }

    /**
     * @param queries at least one, all with the same baselines
     */
    static LabelResult of(String label, int side, int withoutLabel, List<QueryResult> queries) {
        int n = queries.size();
        double mean = queries.stream().mapToDouble(QueryResult::dice).sum() / n;
        double squares =
                queries.stream().mapToDouble(q -> (q.dice() - mean) * (q.dice() - mean)).sum();
        Map<String, Double> baselines = new LinkedHashMap<>();
        for (QueryResult query : queries) {
            query.baselines().forEach((name, dice) -> baselines.merge(name, dice / n, Double::sum));
        }
        return new LabelResult(
                label,
                n,
                mean,
                n > 1 ? Math.sqrt(squares / (n - 1)) : 0,
                side,
                queries.stream().mapToDouble(QueryResult::diceAtSide).sum() / n,
                queries.stream().mapToDouble(QueryResult::seconds).sum() / n,
                withoutLabel,
                baselines,
                queries);
    }
}
