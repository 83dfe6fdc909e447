package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.precedent.evaluation.metric.Estimate;

/**
 * Lines of the results, as they were kept, to be looked up and averaged.
 *
 * @param lines JSON objects: text, numbers, lists and maps of them
 */
record ResultLines(List<ResultLine> lines) {

    /** One line. */
    record ResultLine(Map<String, Object> fields) {
        String text(String name) {
            return String.valueOf(fields.get(name));
        }

        boolean has(String name) {
            return fields.get(name) != null;
        }

        boolean is(String name, Object value) {
            return String.valueOf(value).equals(text(name));
        }

        /** A number; {@code a.b} is b within a. */
        double number(String path) {
            Object value = fields;
            for (String name : path.split("\\.", -1)) {
                value = value instanceof Map<?, ?> map ? map.get(name) : null;
            }
            if (!(value instanceof Number number)) {
                throw new IllegalArgumentException("no number " + path + " in " + fields.keySet());
            }
            return number.doubleValue();
        }

        List<?> list(String name) {
            return fields.get(name) instanceof List<?> list ? list : List.of();
        }

        /** The dataset and the label: what the papers call a task. */
        String task() {
            return text("dataset") + " " + text("label");
        }

        /** The highest Dice of a trivial method from the same supports. */
        double bestBaseline() {
            return ((Map<?, ?>) Objects.requireNonNull(fields.get("baselines")))
                    .values().stream()
                            .mapToDouble(value -> ((Number) value).doubleValue())
                            .max()
                            .orElseThrow();
        }
    }

    ResultLines {
        lines = List.copyOf(lines);
    }

    static ResultLines of(List<Map<String, Object>> lines) {
        return new ResultLines(lines.stream().map(ResultLine::new).toList());
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    int size() {
        return lines.size();
    }

    ResultLines where(String name, Object value) {
        return where(line -> line.is(name, value));
    }

    ResultLines where(Predicate<ResultLine> which) {
        return new ResultLines(lines.stream().filter(which).toList());
    }

    /** The mean over tasks; the interval is of the choice of tasks. */
    Estimate overTasks(ToDoubleFunction<ResultLine> value, long seed) {
        return Estimate.of(
                lines.stream()
                        .map(line ->
                                new Estimate.Observation(line.task(), value.applyAsDouble(line)))
                        .toList(),
                seed);
    }

    /** The mean over datasets of the means over their tasks. */
    double overDatasets(ToDoubleFunction<ResultLine> value) {
        Map<String, List<Double>> byDataset = new LinkedHashMap<>();
        for (ResultLine line : lines) {
            byDataset
                    .computeIfAbsent(line.text("dataset"), d -> new ArrayList<>())
                    .add(value.applyAsDouble(line));
        }
        return byDataset.values().stream()
                .mapToDouble(ResultLines::mean)
                .average()
                .orElse(Double.NaN);
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
