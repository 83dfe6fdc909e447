package org.precedent.index.solr;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.precedent.index.Vectors;

/**
 * Documents near a vector. Scores come from the processors' vector lanes and a rounded mapping;
 * they choose who may be among the best k, with a margin. Similarities that are returned, and that
 * rank, are computed anew from the stored vectors, in a fixed order, by whoever asks.
 */
final class Neighbours {
    /** Documents asked for beyond k: ties at the last place are common, many are not. */
    private static final int EXTRA = 16;

    private static final int OVER_COLLECT_FACTOR = 5;
    private static final int OVER_COLLECT_EXTRA = 100;

    private final SolrCollection collection;
    private final IndexState state;
    private final List<String> filters;
    private final int k;
    private final int eligible;

    /**
     * @param state what is searched
     * @param filters parameters that let {@code eligible} documents pass
     * @param k at least 1
     */
    Neighbours(
            SolrCollection collection,
            IndexState state,
            List<String> filters,
            int k,
            int eligible) {
        this.collection = collection;
        this.state = state;
        this.filters = filters;
        this.k = Math.min(k, eligible);
        this.eligible = eligible;
    }

    /** How many documents pass filters. */
    static int count(SolrCollection collection, IndexState state, List<String> filters) {
        List<String> parameters = new ArrayList<>(filters);
        parameters.addAll(List.of("q", "*:*", "rows", "0"));
        return collection.select(state, parameters).path("response").path("numFound").asInt();
    }

    /**
     * Compares every document that passes.
     *
     * @param longest no vector that is compared is longer
     * @return all that may be among the best k
     */
    List<JsonNode> scan(float[] vector, double longest) {
        double length = Math.sqrt(Vectors.product(vector, vector));
        String query =
                "{!func}vectorSimilarity(FLOAT32,%s,%s,vector)"
                        .formatted(collection.similarity(), text(vector));
        int rows = Math.min(eligible, Math.min(k, Integer.MAX_VALUE - EXTRA) + EXTRA);
        while (true) {
            List<JsonNode> found = ask(query, rows);
            if (found.size() >= eligible || found.size() < rows) {
                return found;
            }
            double worst = product(found.get(k - 1));
            // A float sum of D products errs by at most D 2^-24 times both lengths, whatever its
            // order; mapping to a score and back adds a little. Two such errors can swap two.
            double margin =
                    (vector.length + 8) * 0x1p-23 * length * longest
                            + 0x1p-21 * (1 + Math.abs(worst));
            if (product(found.getLast()) < worst - margin) {
                return found;
            }
            rows = (int) Math.min(eligible, 4L * rows);
        }
    }

    /**
     * Walks the graphs of all shards.
     *
     * @return more than k that are likely the best; empty where the graphs gave fewer than they
     *     could, so that only {@link #scan} tells
     */
    Optional<List<JsonNode>> walk(float[] vector) {
        int wanted =
                (int)
                        Math.min(
                                eligible,
                                Math.max(
                                        (long) k * OVER_COLLECT_FACTOR,
                                        (long) k + OVER_COLLECT_EXTRA));
        // Each shard is asked for as many; the best of all are taken.
        List<JsonNode> found =
                ask("{!knn f=vector topK=%d}%s".formatted(wanted, text(vector)), wanted);
        return found.size() < wanted ? Optional.empty() : Optional.of(found);
    }

    private List<JsonNode> ask(String query, int rows) {
        List<String> parameters = new ArrayList<>(filters);
        parameters.addAll(
                List.of(
                        "q",
                        query,
                        "rows",
                        Integer.toString(rows),
                        "sort",
                        "score desc,id asc",
                        "fl",
                        Documents.NEIGHBOUR_FIELDS));
        List<JsonNode> found = new ArrayList<>();
        collection.select(state, parameters).path("response").path("docs").forEach(found::add);
        return found;
    }

    private double product(JsonNode document) {
        return collection.similarity().product(document.path("score").asDouble());
    }

    private static String text(float[] vector) {
        StringBuilder text = new StringBuilder("[");
        for (float component : vector) {
            text.append(text.length() == 1 ? "" : ",").append(component);
        }
        return text.append(']').toString();
    }
}
