package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.precedent.imaging.Canvas;
import org.precedent.imaging.Canvas.Anchor;
import org.precedent.imaging.Canvas.Letters;
import org.precedent.imaging.Raster;

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
        Form form) {
    /** Okabe and Ito's colours that are dark enough on white; RGB. */
    private static final List<Integer> COLOURS =
            List.of(0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9);

    private static final int INK = 0x222222;
    private static final int FAINT = 0x666666;
    private static final int GRID = 0xe4e4e4;
    private static final int BESIDE = 0x8a8a8a;
    private static final Letters TITLE = new Letters(15, true, INK);
    private static final Letters NAME = new Letters(11.5, false, FAINT);
    private static final Letters TICK = new Letters(11, false, INK);
    private static final int WIDTH = 760;
    private static final int LINES_HEIGHT = 430;
    private static final int ROW = 22;
    private static final int HEADER = 34;
    private static final int LEGEND_ROW = 19;
    private static final int FOOTER = 52;

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

    /** The figure, 8-bit RGB, 1520 pixels wide. */
    public Raster draw() {
        List<List<Integer>> legend = legendRows(new Canvas(1, 1));
        int top = HEADER + 12 + legend.size() * LEGEND_ROW;
        int height =
                form == Form.LINES ? LINES_HEIGHT : top + steps.size() * ROW + FOOTER;
        Canvas canvas = new Canvas(WIDTH, height);
        canvas.text(title, 16, 22, Anchor.START, TITLE);
        drawLegend(canvas, legend);
        Axis axis = axis();
        if (form == Form.LINES) {
            new Lines(canvas, axis, top).draw();
        } else {
            new Rows(canvas, axis, top).draw();
        }
        return canvas.toRaster();
    }

    private Axis axis() {
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
        return least <= most ? Axis.around(least, most) : Axis.around(0, 1);
    }

    /** Compared ones are grey; the others take the colours in turn. */
    private int colour(int index) {
        int before = 0;
        for (int i = 0; i < index; i++) {
            before += series.get(i).beside() ? 0 : 1;
        }
        return series.get(index).beside() ? BESIDE : COLOURS.get(before % COLOURS.size());
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
    private void marker(Canvas canvas, int index, double x, double y) {
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

    // ---- lines

    private final class Lines {
        private final Canvas canvas;
        private final Axis axis;
        private final double left = 60;
        private final double right = WIDTH - 24;
        private final double top;
        private final double bottom;

        Lines(Canvas canvas, Axis axis, int top) {
            this.canvas = canvas;
            this.axis = axis;
            this.top = top + 12;
            this.bottom = canvas.height() - FOOTER;
        }

        void draw() {
            canvas.text(valuesName, 16, top - 14, Anchor.START, NAME);
            for (double tick : axis.ticks()) {
                double y = y(tick);
                canvas.line(
                        new double[] {left, right},
                        new double[] {y, y},
                        GRID,
                        1,
                        false);
                canvas.text(axis.text(tick), left - 8, y, Anchor.END, TICK);
            }
            for (int step = 0; step < steps.size(); step++) {
                canvas.text(steps.get(step), x(step), bottom + 15, Anchor.MIDDLE, TICK);
            }
            canvas.text(stepsName, (left + right) / 2, bottom + 36, Anchor.MIDDLE, NAME);
            for (int i = 0; i < series.size(); i++) {
                band(i);
            }
            for (int i = 0; i < series.size(); i++) {
                line(i);
            }
        }

        /** The interval, where it is known at neighbouring steps. */
        private void band(int i) {
            Series one = series.get(i);
            for (int from = 0; from + 1 < steps.size(); from++) {
                int to = from + 1;
                boolean known =
                        Double.isFinite(
                                one.low()[from] + one.high()[from] + one.low()[to] + one.high()[to]);
                if (known) {
                    canvas.polygon(
                            new double[] {x(from), x(to), x(to), x(from)},
                            new double[] {
                                y(one.low()[from]), y(one.low()[to]), y(one.high()[to]), y(one.high()[from])
                            },
                            colour(i),
                            0.14);
                }
            }
        }

        private void line(int i) {
            Series one = series.get(i);
            List<double[]> points = new ArrayList<>();
            for (int step = 0; step < steps.size(); step++) {
                if (Double.isFinite(one.mean()[step])) {
                    points.add(new double[] {x(step), y(one.mean()[step])});
                }
            }
            if (points.isEmpty()) {
                return;
            }
            canvas.line(
                    points.stream().mapToDouble(p -> p[0]).toArray(),
                    points.stream().mapToDouble(p -> p[1]).toArray(),
                    colour(i),
                    one.beside() ? 1.4 : 2.2,
                    one.beside());
            points.forEach(p -> marker(canvas, i, p[0], p[1]));
        }

        private double x(int step) {
            double margin = 24;
            return steps.size() == 1
                    ? (left + right) / 2
                    : left + margin + (right - left - 2 * margin) * step / (steps.size() - 1);
        }

        private double y(double value) {
            return bottom - (bottom - top) * axis.place(value);
        }
    }

    // ---- rows

    private final class Rows {
        private final Canvas canvas;
        private final Axis axis;
        private final double top;
        private final double bottom;
        private final double left;
        private final double right = WIDTH - 30;

        Rows(Canvas canvas, Axis axis, int top) {
            this.canvas = canvas;
            this.axis = axis;
            this.top = top;
            this.bottom = top + steps.size() * ROW;
            this.left =
                    30
                            + steps.stream()
                                    .mapToDouble(step -> canvas.textWidth(step, TICK))
                                    .max()
                                    .orElse(0);
        }

        void draw() {
            for (double tick : axis.ticks()) {
                double x = x(tick);
                canvas.line(
                        new double[] {x, x}, new double[] {top, bottom}, GRID, 1, false);
                canvas.text(axis.text(tick), x, bottom + 14, Anchor.MIDDLE, TICK);
            }
            canvas.text(valuesName, (left + right) / 2, bottom + 35, Anchor.MIDDLE, NAME);
            for (int step = 0; step < steps.size(); step++) {
                double y = top + (step + 0.5) * ROW;
                canvas.text(steps.get(step), left - 10, y, Anchor.END, TICK);
                canvas.line(
                        new double[] {left, right}, new double[] {y, y}, GRID, 0.6, false);
                for (int i = series.size() - 1; i >= 0; i--) {
                    dot(i, step, y);
                }
            }
        }

        private void dot(int i, int step, double y) {
            Series one = series.get(i);
            if (!Double.isFinite(one.mean()[step])) {
                return;
            }
            // Coloured series lie a little apart, so that their whiskers do not cover each other.
            long coloured = series.stream().filter(s -> !s.beside()).count();
            int before = 0;
            for (int j = 0; j < i; j++) {
                before += series.get(j).beside() ? 0 : 1;
            }
            double own =
                    one.beside() ? y : y + (before - (coloured - 1) / 2.0) * (ROW - 8) / coloured;
            if (Double.isFinite(one.low()[step]) && Double.isFinite(one.high()[step])) {
                canvas.line(
                        new double[] {x(one.low()[step]), x(one.high()[step])},
                        new double[] {own, own},
                        colour(i),
                        1.6,
                        false);
            }
            marker(canvas, i, x(one.mean()[step]), own);
        }

        private double x(double value) {
            return left + (right - left) * axis.place(value);
        }
    }

    /** Round numbers that hold all values. */
    private record Axis(double low, double high, double step) {
        static Axis around(double least, double most) {
            double span = Math.max(most - least, 1e-9 + 1e-3 * Math.abs(most));
            double raw = span / 5;
            double power = Math.pow(10, Math.floor(Math.log10(raw)));
            double step = power;
            for (double factor : new double[] {1, 2, 5, 10}) {
                if (factor * power >= raw) {
                    step = factor * power;
                    break;
                }
            }
            return new Axis(
                    step * Math.floor(least / step + 1e-9),
                    step * Math.ceil(most / step - 1e-9),
                    step);
        }

        List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            for (long i = 0; low + i * step <= high + step / 2; i++) {
                ticks.add(low + i * step);
            }
            return ticks;
        }

        /** In [0, 1] within the axis. */
        double place(double value) {
            return high > low ? (value - low) / (high - low) : 0.5;
        }

        String text(double tick) {
            int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
            String text = String.format(Locale.ROOT, "%." + decimals + "f", tick);
            return Double.parseDouble(text) == 0 ? text.replace("-", "") : text;
        }
    }
}
