package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.precedent.evaluation.protocol.ConfidenceCheck;
import org.precedent.evaluation.protocol.TemperatureCurve;
import org.precedent.evaluation.results.ResultLines.ResultLine;
import org.precedent.evaluation.results.ResultsPage.Network;
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.zoo.Networks;
import org.precedent.retrieval.Temperature;

/** What was asked of the networks, and how far each is. */
final class GoalTable {
    private final List<Network> networks;
    private final ResultLines lines;
    private final long seed;

    GoalTable(List<Network> networks, ResultLines lines, long seed) {
        this.networks = networks;
        this.lines = lines;
        this.seed = seed;
    }

    /** How a network's figure for one goal is found; empty where it was not measured. */
    private interface Reached {
        OptionalDouble of(ResultLines network);
    }

    /** What figures are, and how they are written. */
    private enum Unit {
        PERCENT,
        /** Gains, with a sign. */
        POINTS,
        /** In [-1, 1], as it is. */
        CORRELATION;

        String shown(double figure) {
            return switch (this) {
                case PERCENT -> ResultsSection.percent(figure);
                case POINTS -> ResultsSection.signed(figure);
                case CORRELATION -> ResultsSection.two(figure);
            };
        }

        String shortfall(double difference) {
            return switch (this) {
                case PERCENT, POINTS -> ResultsSection.two(100 * difference);
                case CORRELATION -> ResultsSection.two(difference) + " of correlation";
            };
        }
    }

    /**
     * @param goal the least figure that reaches it
     */
    private record Goal(String name, double goal, Unit unit, Reached reached) {}

    /** The section of the page. */
    String section() {
        List<String> header = new ArrayList<>(List.of("goal", "at least"));
        networks.forEach(network -> header.add(network.name()));
        MarkdownTable table = new MarkdownTable(header);
        List<String> shorts = new ArrayList<>();
        for (Goal goal : goals()) {
            List<String> row =
                    new ArrayList<>(List.of(goal.name(), goal.unit().shown(goal.goal())));
            for (Network network : networks) {
                OptionalDouble reached = goal.reached().of(lines.where("network", network.name()));
                row.add(reached.isEmpty() ? "" : shown(goal, reached.getAsDouble()));
                if (reached.isPresent() && reached.getAsDouble() < goal.goal()) {
                    shorts.add(
                            network.name()
                                    + ", "
                                    + goal.name()
                                    + ": "
                                    + goal.unit().shortfall(goal.goal() - reached.getAsDouble()));
                }
            }
            table.row(row);
        }
        StringBuilder text = new StringBuilder();
        text.append("## Goals\n\nReached ones are bold.\n\n").append(table);
        text.append(relative());
        if (!shorts.isEmpty()) {
            text.append("Points short of a goal:\n\n");
            shorts.forEach(one -> text.append("- ").append(one).append('\n'));
            text.append('\n');
        }
        return text.toString();
    }

    private static String shown(Goal goal, double reached) {
        String figure = goal.unit().shown(reached);
        return reached >= goal.goal() ? "**" + figure + "**" : figure;
    }

    private List<Goal> goals() {
        List<Goal> goals = new ArrayList<>();
        goals.add(cells("nucleus, 16 random supports, network's size", "nucleus", true, 0.90));
        goals.add(cells("cytoplasm, 16 random supports, network's size", "cytoplasm", true, 0.87));
        goals.add(cells("nucleus, 16 retrieved, best level", "nucleus", false, 0.95));
        goals.add(cells("cytoplasm, 16 retrieved, best level", "cytoplasm", false, 0.92));
        goals.add(
                new Goal(
                        "mean over all tasks, 8 random supports",
                        0.65,
                        Unit.PERCENT,
                        of -> dice(of, ResultsPlan.ONE_SIZE)));
        double[] gains = {0.047, 0.034, 0.027};
        for (int i = 0; i < gains.length; i++) {
            int supports = ResultsPlan.GAIN_SIZES.get(i);
            goals.add(
                    new Goal(
                            "retrieval gain, S = " + supports + ", best level",
                            gains[i],
                            Unit.POINTS,
                            of ->
                                    bestGain(
                                            of.where("section", "gain")
                                                    .where("support_size", supports))));
        }
        goals.add(
                new Goal(
                        "weighted over uniform",
                        Double.MIN_VALUE,
                        Unit.POINTS,
                        of -> {
                            ResultLines found = of.where("section", "temperature");
                            return found.isEmpty()
                                    ? OptionalDouble.empty()
                                    : OptionalDouble.of(curve(found).gain(seed).mean());
                        }));
        goals.add(
                new Goal(
                        "predicted with true Dice, Spearman",
                        0.6,
                        Unit.CORRELATION,
                        of -> confidence(of, ConfidenceCheck.Summary::spearman)));
        goals.add(
                new Goal(
                        "worst tenth of answers, share flagged",
                        0.5,
                        Unit.PERCENT,
                        of -> confidence(of, ConfidenceCheck.Summary::worstTenthFlagged)));
        return goals;
    }

    private static OptionalDouble confidence(
            ResultLines of, ToDoubleFunction<ConfidenceCheck.Summary> figure) {
        ResultLines found = of.where("section", "confidence");
        double value =
                found.isEmpty()
                        ? Double.NaN
                        : figure.applyAsDouble(
                                ConfidenceCheck.Summary.of(ResultsOfConfidence.predictions(found)));
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private Goal cells(String name, String label, boolean random, double least) {
        return new Goal(
                "white blood cells, " + name,
                least,
                Unit.PERCENT,
                of ->
                        of
                                .where("section", "goals")
                                .where("label", label)
                                .where(line -> line.is("strategy", "random") == random)
                                .lines()
                                .stream()
                                .mapToDouble(line -> line.number("dice_mean_at_network_size"))
                                .max());
    }

    /** Goals that compare: with baselines, with fewer supports, with another network. */
    private String relative() {
        StringBuilder text = new StringBuilder();
        for (Network network : networks) {
            ResultLines of = lines.where("network", network.name());
            ResultLines tasks =
                    of.where("section", "sizes").where("asked_size", ResultsPlan.GOAL_SIZE);
            if (tasks.isEmpty()) {
                continue;
            }
            List<String> below =
                    tasks.lines().stream()
                            .filter(line -> line.number("dice_mean") <= line.bestBaseline())
                            .map(ResultLine::task)
                            .toList();
            text.append("- ")
                    .append(network.name())
                    .append(" is above all trivial baselines at K = 16 on ")
                    .append(tasks.size() - below.size())
                    .append(" of ")
                    .append(tasks.size())
                    .append(" tasks")
                    .append(below.isEmpty() ? "." : "; not on " + String.join(", ", below) + ".")
                    .append('\n');
            List<Integer> falls = new ArrayList<>();
            double before = 0;
            for (int size : ResultsPlan.SIZES) {
                double dice = dice(of, size).orElse(before);
                if (dice < before) {
                    falls.add(size);
                }
                before = dice;
            }
            text.append("- ")
                    .append(network.name())
                    .append(
                            falls.isEmpty()
                                    ? " grows with every doubling of K."
                                    : " does not grow at K = " + falls + ".")
                    .append('\n');
        }
        List.of(2, 4).forEach(size -> text.append(over(CrossAttention.NAME, UniverSeg.NAME, size)));
        for (Network network : networks) {
            String once = Networks.ofWeights(network.name());
            if (!once.equals(network.name())) {
                text.append(over(network.name(), once, ResultsPlan.ONE_SIZE));
            }
        }
        return text.append('\n').toString();
    }

    /** By how much one network is above another; empty where one of them was not measured. */
    private String over(String network, String other, int size) {
        OptionalDouble a = dice(lines.where("network", network), size);
        OptionalDouble b = dice(lines.where("network", other), size);
        return a.isEmpty() || b.isEmpty()
                ? ""
                : "- %s over %s at K = %d: %s.\n"
                        .formatted(
                                network,
                                other,
                                size,
                                ResultsSection.signed(a.getAsDouble() - b.getAsDouble()));
    }

    private OptionalDouble dice(ResultLines of, int size) {
        return mean(of.where("section", "sizes").where("asked_size", size), "dice_mean");
    }

    private OptionalDouble bestGain(ResultLines found) {
        return ResultsPlan.GAIN_LEVELS.stream()
                .map(level -> mean(found.where("strategy", level), "gain_mean"))
                .flatMapToDouble(OptionalDouble::stream)
                .max();
    }

    private OptionalDouble mean(ResultLines found, String field) {
        return found.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(found.overTasks(line -> line.number(field), seed).mean());
    }

    /** The curve of all tasks together. */
    static TemperatureCurve curve(ResultLines found) {
        List<Temperature> grid =
                found.lines().getFirst().list("grid").stream()
                        .map(word ->
                                word.equals("uniform")
                                        ? Temperature.UNIFORM
                                        : new Temperature(Double.parseDouble("" + word)))
                        .toList();
        TemperatureCurve curve = new TemperatureCurve(grid);
        for (ResultLine line : found.lines()) {
            for (Object answer : line.list("answers")) {
                Map<?, ?> one = (Map<?, ?>) answer;
                curve.add(
                        line.task(),
                        line.text("dataset") + " " + one.get("patient"),
                        ((List<?>) Objects.requireNonNull(one.get("dice")))
                                .stream()
                                        .mapToDouble(dice -> ((Number) dice).doubleValue())
                                        .toArray());
            }
        }
        return curve;
    }
}
