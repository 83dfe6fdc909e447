package org.precedent.evaluation.metric;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What a protocol measured for one label.
 *
 * @param label the label
 * @param side of the network's square, in pixels
 * @param supportSize the most supports that a query had
 * @param withoutLabel cases that do not have the label: neither queries nor supports
 * @param queries every query's own numbers, in the order they were run; at least one, all with the
 *     same baselines
 */
public record LabelResult(
        String label, int side, int supportSize, int withoutLabel, List<QueryResult> queries) {

    /**
     * One query's numbers.
     *
     * @param id of the query
     * @param patient of the query
     * @param repeat 0, or which repetition with other random supports
     * @param score of the network's answer
     * @param baselines name to hard Dice at its own size
     * @param supports ids of its supports, by falling weight
     * @param weights their weights, summing to 1
     * @param seconds of embedding, retrieval and segmentation; supports' embeddings and encodings
     *     are kept between queries and not counted again; 0 where a protocol does not time
     */
    public record QueryResult(
            String id,
            String patient,
            int repeat,
            Score score,
            Map<String, Double> baselines,
            List<String> supports,
            List<Double> weights,
            double seconds) {
        public QueryResult {
            baselines = Collections.unmodifiableMap(new LinkedHashMap<>(baselines));
            supports = List.copyOf(supports);
            weights = List.copyOf(weights);
        }

        double dice() {
            return score.dice();
        }
    }

    public LabelResult {
        queries = List.copyOf(queries);
        if (queries.isEmpty()) {
            throw new IllegalArgumentException("no queries of " + label);
        }
    }

    /** Answers scored: queries times repeats. */
    public int n() {
        return queries.size();
    }

    public double mean(Metric metric) {
        return mean(query -> query.score().get(metric));
    }

    /** The standard deviation over answers (n - 1); 0 for one. */
    public double deviation(Metric metric) {
        return Estimate.deviation(
                queries.stream().mapToDouble(query -> query.score().get(metric)).toArray());
    }

    /** The mean of one metric in every repeat, in their order. */
    public List<Double> byRepeat(Metric metric) {
        return queries.stream()
                .collect(
                        Collectors.groupingBy(
                                QueryResult::repeat,
                                TreeMap::new,
                                Collectors.averagingDouble(q -> q.score().get(metric))))
                .values()
                .stream()
                .toList();
    }

    /** The mean of one metric with its interval. */
    public Estimate estimate(Metric metric, long seed) {
        return Estimate.of(
                queries.stream()
                        .map(q -> new Estimate.Observation(q.patient(), q.score().get(metric)))
                        .toList(),
                seed);
    }

    /**
     * How much better this is than another result of the same queries and repeats, query by query.
     */
    public Estimate gainOver(LabelResult other, Metric metric, long seed) {
        Map<String, Double> others =
                other.queries().stream()
                        .collect(Collectors.toMap(LabelResult::key, q -> q.score().get(metric)));
        return Estimate.of(
                queries.stream()
                        .map(q -> {
                            Double before = others.get(key(q));
                            if (before == null) {
                                throw new IllegalArgumentException(
                                        "query " + q.id() + " is not in both results");
                            }
                            return new Estimate.Observation(
                                    q.patient(), q.score().get(metric) - before);
                        })
                        .toList(),
                seed);
    }

    private static String key(QueryResult query) {
        return query.repeat() + "\0" + query.id();
    }

    /** Name to mean hard Dice at the queries' own sizes. */
    public Map<String, Double> baselines() {
        Map<String, Double> means = new LinkedHashMap<>();
        for (QueryResult query : queries) {
            query.baselines().forEach((name, dice) -> means.merge(name, dice / n(), Double::sum));
        }
        return means;
    }

    public double secondsPerQuery() {
        return mean(QueryResult::seconds);
    }

    private double mean(ToDoubleFunction<QueryResult> value) {
        return queries.stream().mapToDouble(value).sum() / n();
    }
}
