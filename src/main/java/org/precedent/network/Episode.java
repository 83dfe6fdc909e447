package org.precedent.network;

import java.util.List;

/**
 * One query and, for each label wanted, the weighted supports that explain it. Arrays are handed
 * over, not copied: nobody may write to them afterwards.
 *
 * @param height H in pixels
 * @param width W in pixels
 * @param query [H, W] row-major, values in [0, 1]
 * @param labels the context of each label, at least one
 * @param attended pixels of the query whose attention is reported, where the network has any
 */
public record Episode(
        int height,
        int width,
        float[] query,
        List<LabelContext> labels,
        List<QueryPoint> attended) {

    /** How far a label's weights may sum away from 1. */
    private static final double WEIGHT_TOLERANCE = 1e-6;

    /**
     * What one label rests on.
     *
     * @param supports K >= 1; their weights sum to 1 within 1e-6
     */
    public record LabelContext(List<Support> supports) {
        public LabelContext {
            supports = List.copyOf(supports);
            if (supports.isEmpty()) {
                throw new IllegalArgumentException("an episode needs at least one support");
            }
            double sum = supports.stream().mapToDouble(Support::weight).sum();
            if (!(Math.abs(sum - 1) <= WEIGHT_TOLERANCE)) {
                throw new IllegalArgumentException(
                        "support weights sum to " + sum + ", expected 1");
            }
        }

        /**
         * Supports whose weights are scaled to sum to 1. They stay as they are where they do so
         * already, and are all the same where all are 0.
         */
        public static LabelContext scaled(List<Support> supports) {
            double sum = supports.stream().mapToDouble(Support::weight).sum();
            if (Math.abs(sum - 1) <= WEIGHT_TOLERANCE) {
                return new LabelContext(supports);
            }
            return new LabelContext(
                    supports.stream()
                            .map(s ->
                                    new Support(
                                            s.encoding(),
                                            sum > 0
                                                    ? Math.min(1, s.weight() / sum)
                                                    : 1.0 / supports.size()))
                            .toList());
        }
    }

    /**
     * One annotation offered as context.
     *
     * @param weight its share of the answer, in [0, 1]
     */
    public record Support(SupportEncoding encoding, double weight) {
        public Support {
            if (!(weight >= 0 && weight <= 1)) {
                throw new IllegalArgumentException(
                        "support weight " + weight + " is not in [0, 1]");
            }
        }
    }

    /** One pixel of the query. */
    public record QueryPoint(int x, int y) {}

    public Episode {
        labels = List.copyOf(labels);
        attended = List.copyOf(attended);
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("episode size " + height + " x " + width);
        }
        if (query.length != height * width) {
            throw new IllegalArgumentException(
                    "query has " + query.length + " pixels, expected " + height * width);
        }
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("an episode needs at least one label");
        }
        for (LabelContext label : labels) {
            for (Support support : label.supports()) {
                SupportEncoding encoding = support.encoding();
                if (encoding.height() != height || encoding.width() != width) {
                    throw new IllegalArgumentException(
                            "support of "
                                    + encoding.height()
                                    + " x "
                                    + encoding.width()
                                    + " pixels, expected "
                                    + height
                                    + " x "
                                    + width);
                }
            }
        }
        for (QueryPoint point : attended) {
            if (point.x() < 0 || point.x() >= width || point.y() < 0 || point.y() >= height) {
                throw new IllegalArgumentException(
                        "point " + point.x() + ", " + point.y() + " is outside the query");
            }
        }
    }

    /** One label, no attention. */
    public static Episode of(int height, int width, float[] query, List<Support> supports) {
        return new Episode(height, width, query, List.of(new LabelContext(supports)), List.of());
    }
}
