package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.imaging.Raster;
import org.precedent.imaging.picture.Canvas;
import org.precedent.imaging.picture.Canvas.Anchor;
import org.precedent.imaging.picture.Canvas.Letters;

/**
 * A figure of means with their intervals: lines over steps, or dots in rows.
 *
 * @param title what is shown, in a few words
 * @param steps names of the places along the axis of steps: below, or on the left for rows
 * @param stepsName what the steps are, e.g. {@code support size}; may be empty
 * @param valuesName what is measured, e.g. {@code Dice}
 * @param series at least one, each with as many values as there are steps
 * @param form lines or rows
 */
public record Chart(
        String title,
        List<String> steps,
        String stepsName,
        String valuesName,
        List<Series> series,
        Form form)
        implements Figure {
    /** Okabe and Ito's colours that are dark enough on white; RGB. */
    private static final List<Integer> COLOURS =
            List.of(0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9);

    private static final int INK = 0x222222;
    private static final int FAINT = 0x666666;
    static final int GRID = 0xe4e4e4;
    static final int BESIDE = 0x8a8a8a;
    static final Letters TITLE = new Letters(15, true, INK);
    static final Letters NAME = new Letters(11.5, false, FAINT);
    static final Letters TICK = new Letters(11, false, INK);
    static final int WIDTH = 760;
    private static final int LINES_HEIGHT = 430;
    private static final int LEAST_ROW = 22;
    private static final int HEADER = 34;
    private static final int LEGEND_ROW = 19;
    static final int FOOTER = 52;

    /** How means are drawn. */
    public enum Form {
        /** Steps from left to right, a line a series with its interval as a band. */
        LINES,
        /** A row a step, a dot a series with its interval as whiskers; for long names. */
        ROWS
    }

    /**
     * @param name in the legend
     * @param mean one a step; NaN where there is none
     * @param low of the interval; NaN where there is none
     * @param high of the interval; NaN where there is none
     * @param beside whether it is only there to compare with: grey and dashed
     */
    public record Series(String name, double[] mean, double[] low, double[] high, boolean beside) {

        public static Series of(String name, List<Estimate> estimates) {
            return new Series(
                    name,
                    estimates.stream().mapToDouble(Estimate::mean).toArray(),
                    estimates.stream().mapToDouble(Estimate::low).toArray(),
                    estimates.stream().mapToDouble(Estimate::high).toArray(),
                    false);
        }

        /** Means without intervals, to compare with. */
        public static Series beside(String name, double[] mean) {
            double[] none = new double[mean.length];
            Arrays.fill(none, Double.NaN);
            return new Series(name, mean, none, none, true);
        }
    }

    public Chart {
        steps = List.copyOf(steps);
        series = List.copyOf(series);
        if (steps.isEmpty() || series.isEmpty()) {
            throw new IllegalArgumentException("a chart of nothing: " + title);
        }
        for (Series one : series) {
            if (one.mean().length != steps.size()
                    || one.low().length != steps.size()
                    || one.high().length != steps.size()) {
                throw new IllegalArgumentException(
                        "series " + one.name() + " has not " + steps.size() + " values");
            }
        }
    }

    @Override
    public Raster draw() {
        List<List<Integer>> legend = legendRows(new Canvas(1, 1));
        int top = HEADER + 12 + legend.size() * LEGEND_ROW + (form == Form.LINES ? 16 : 0);
        int height = form == Form.LINES ? LINES_HEIGHT : top + steps.size() * row() + FOOTER;
        Canvas canvas = new Canvas(WIDTH, height);
        canvas.text(title, 16, 22, Anchor.START, TITLE);
        drawLegend(canvas, legend);
        ChartAxis axis = axis();
        if (form == Form.LINES) {
            new ChartLines(this, canvas, axis, top).draw();
        } else {
            new ChartRows(this, canvas, axis, top).draw();
        }
        return canvas.toRaster();
    }

    private ChartAxis axis() {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (Series one : series) {
            for (double[] values : List.of(one.mean(), one.low(), one.high())) {
                for (double value : values) {
                    if (Double.isFinite(value)) {
                        least = Math.min(least, value);
                        most = Math.max(most, value);
                    }
                }
            }
        }
        return least <= most ? ChartAxis.around(least, most) : ChartAxis.around(0, 1);
    }

    /** How high one row is, in points. */
    int row() {
        return (int) Math.max(LEAST_ROW, 8 + 9 * coloured());
    }

    /** How many series are not only there to compare with. */
    long coloured() {
        return series.stream().filter(one -> !one.beside()).count();
    }

    /** The colours in turn. */
    static int plainColour(int index) {
        return COLOURS.get(index % COLOURS.size());
    }

    /** Compared ones are grey; the others take the colours in turn. */
    int colour(int index) {
        int before = 0;
        for (int i = 0; i < index; i++) {
            before += series.get(i).beside() ? 0 : 1;
        }
        return series.get(index).beside() ? BESIDE : plainColour(before);
    }

    // ---- legend

    private List<List<Integer>> legendRows(Canvas measure) {
        List<List<Integer>> rows = new ArrayList<>();
        double x = 0;
        for (int i = 0; i < series.size(); i++) {
            double needed = 34 + measure.textWidth(series.get(i).name(), TICK) + 14;
            if (rows.isEmpty() || x + needed > WIDTH - 32) {
                rows.add(new ArrayList<>());
                x = 0;
            }
            rows.getLast().add(i);
            x += needed;
        }
        return rows;
    }

    private void drawLegend(Canvas canvas, List<List<Integer>> rows) {
        double y = HEADER + 12;
        for (List<Integer> row : rows) {
            double x = 16;
            for (int i : row) {
                Series one = series.get(i);
                canvas.line(
                        new double[] {x, x + 24}, new double[] {y, y}, colour(i), 2, one.beside());
                marker(canvas, i, x + 12, y);
                canvas.text(one.name(), x + 32, y, Anchor.START, TICK);
                x += 34 + canvas.textWidth(one.name(), TICK) + 14;
            }
            y += LEGEND_ROW;
        }
    }

    /** Grey series are told apart by their markers: the first a disc, then squares, diamonds. */
    void marker(Canvas canvas, int index, double x, double y) {
        int shape = 0;
        for (int i = 0; i < index; i++) {
            shape += series.get(i).beside() == series.get(index).beside() ? 1 : 0;
        }
        shape = series.get(index).beside() ? shape % 3 : 0;
        switch (shape) {
            case 0 -> canvas.disc(x, y, 3.2, colour(index));
            case 1 -> canvas.rectangle(x - 3, y - 3, 6, 6, colour(index), 1);
            default ->
                    canvas.polygon(
                            new double[] {x - 4, x, x + 4, x},
                            new double[] {y, y - 4, y, y + 4},
                            colour(index),
                            1);
        }
    }
}
