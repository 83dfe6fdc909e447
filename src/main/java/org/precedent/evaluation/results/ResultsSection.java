package org.precedent.evaluation.results;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.results.ResultLines.ResultLine;
import org.precedent.evaluation.results.ResultsPage.Network;

/** A part of the results page: text and figures made of lines. */
abstract class ResultsSection {
    private final List<Network> networks;
    private final ResultLines lines;
    private final long seed;
    private final StringBuilder text = new StringBuilder();
    private final Map<String, Figure> charts = new LinkedHashMap<>();

    /**
     * @param seed of intervals
     */
    ResultsSection(List<Network> networks, ResultLines lines, long seed) {
        this.networks = List.copyOf(networks);
        this.lines = lines;
        this.seed = seed;
    }

    /** The text, with links to figures {@code results/NAME.png}. */
    final String markdown() {
        return text.toString();
    }

    /** File name without suffix to figure. */
    final Map<String, Figure> charts() {
        return Collections.unmodifiableMap(charts);
    }

    final List<Network> networks() {
        return networks;
    }

    final ResultLines lines() {
        return lines;
    }

    final long seed() {
        return seed;
    }

    final void append(String more) {
        text.append(more);
    }

    final void heading(String title, String explanation) {
        text.append("## ").append(title).append("\n\n").append(explanation).append("\n\n");
    }

    final void figure(String name, Figure figure) {
        keep(name, figure);
        link(name, figure);
    }

    /** A figure that {@link #link} puts somewhere later. */
    final void keep(String name, Figure figure) {
        charts.put(name, figure);
    }

    final void link(String name, Figure figure) {
        text.append("![")
                .append(figure.title())
                .append("](results/")
                .append(name)
                .append(".png)\n\n");
    }

    /** The lines of one network. */
    final ResultLines of(Network network) {
        return lines.where("network", network.name());
    }

    /** The mean over tasks; NaN where nothing was measured. */
    final Estimate estimate(ResultLines found, ToDoubleFunction<ResultLine> value) {
        return found.isEmpty()
                ? new Estimate(Double.NaN, Double.NaN, Double.NaN, 0)
                : found.overTasks(value, seed);
    }

    static Estimate inPercent(Estimate estimate) {
        return new Estimate(
                100 * estimate.mean(), 100 * estimate.low(), 100 * estimate.high(), estimate.n());
    }

    /** A share of 1 in percent, one decimal; empty where it is not known. */
    static String percent(double share) {
        return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%.1f", 100 * share);
    }

    /** A difference of shares in points, two decimals; empty where it is not known. */
    static String signed(double share) {
        return Double.isNaN(share) ? "" : String.format(Locale.ROOT, "%+.2f", 100 * share);
    }

    static String interval(Estimate gain) {
        return Double.isNaN(gain.low()) ? "" : signed(gain.low()) + " to " + signed(gain.high());
    }

    static String two(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    static String one(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
