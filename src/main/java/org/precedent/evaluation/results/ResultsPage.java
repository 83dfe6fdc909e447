package org.precedent.evaluation.results;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The results as a page: the papers' tables with our figures beside theirs, curves as pictures, and
 * what falls short of its goal. Made of lines alone, so that the same lines give the same page.
 */
public final class ResultsPage {
    /** The dataset that the similarity-weighted UniverSeg paper measured too. */
    static final String WHITE_BLOOD_CELLS = "wbc1";

    private final List<Network> networks;
    private final ResultsPlan.Budget budget;
    private final ResultLines lines;
    private final Map<String, Figure> charts = new LinkedHashMap<>();
    private final StringBuilder text = new StringBuilder();

    /** What was measured. */
    public record Network(String name, String weightsSha256, long parameters) {}

    /**
     * @param networks at least one
     * @param lines of all of them, as {@link ResultsPlan} makes them
     * @param command that makes the page again
     */
    public ResultsPage(
            List<Network> networks,
            ResultsPlan.Budget budget,
            List<Map<String, Object>> lines,
            String command) {
        this.networks = List.copyOf(networks);
        this.budget = budget;
        this.lines = ResultLines.of(lines);
        head(command);
        long seed = budget.seed();
        text.append(new GoalTable(this.networks, this.lines, seed).section());
        List<ResultsSection> sections =
                List.of(
                        new ResultsBySize(this.networks, this.lines, seed),
                        new ResultsByTemperature(this.networks, this.lines, seed),
                        new ResultsByLevel(this.networks, this.lines, seed),
                        new ResultsOfRobustness(this.networks, this.lines, seed),
                        new ResultsOfConfidence(this.networks, this.lines, seed));
        for (ResultsSection section : sections) {
            text.append(section.markdown());
            charts.putAll(section.charts());
        }
    }

    /** The page; figures are named {@code results/NAME.png}. */
    public String markdown() {
        return text.toString();
    }

    /** File name without suffix to figure. */
    public Map<String, Figure> charts() {
        return Collections.unmodifiableMap(charts);
    }

    private void head(String command) {
        text.append(
                """
                # Results

                Made by one command, which goes on where it was stopped:

                ```
                %s
                ```

                Seed %d. Queries a task: %d (with falsified masks: %d, white blood cells against the goals: %d, \
                with all supports: %d, half of which choose the temperature); pools of the retrieval gain: %d, one query each. \
                Hard Dice in percent at the images' own size where nothing else is said, the mean over \
                tasks (a task is a label of a dataset); intervals in figures are 95%%, over patients or, \
                for means over tasks, over tasks. Queries are never supported by themselves, their \
                patient or their twin. Every network answers the same queries from the same supports. \
                How each measure treats empty masks stands in the package page of `evaluation`.

                """
                        .formatted(
                                command,
                                budget.seed(),
                                budget.queries(),
                                budget.falsified(),
                                budget.goalQueries(),
                                budget.paperQueries(),
                                budget.pools()));
        MarkdownTable table =
                new MarkdownTable("network", "parameters", "side", "weights (SHA-256)");
        for (Network network : networks) {
            table.row(
                    network.name(),
                    String.format(Locale.ROOT, "%,d", network.parameters()),
                    lines.where("network", network.name()).lines().stream()
                            .findFirst()
                            .map(line -> line.text("network_size"))
                            .orElse(""),
                    "`" + network.weightsSha256().substring(0, 12) + "`");
        }
        text.append(table);
    }
}
