package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.List;
import org.precedent.imaging.picture.Canvas;
import org.precedent.imaging.picture.Canvas.Anchor;

/** Draws a chart as lines from left to right. */
final class ChartLines {
    private final Chart chart;
    private final Canvas canvas;
    private final ChartAxis axis;
    private final double left = 60;
    private final double right = Chart.WIDTH - 24;
    private final double top;
    private final double bottom;

    ChartLines(Chart chart, Canvas canvas, ChartAxis axis, int top) {
        this.chart = chart;
        this.canvas = canvas;
        this.axis = axis;
        this.top = top + 12;
        this.bottom = canvas.height() - Chart.FOOTER;
    }

    void draw() {
        canvas.text(chart.valuesName(), 16, top - 14, Anchor.START, Chart.NAME);
        for (double tick : axis.ticks()) {
            double y = y(tick);
            canvas.line(new double[] {left, right}, new double[] {y, y}, Chart.GRID, 1, false);
            canvas.text(axis.text(tick), left - 8, y, Anchor.END, Chart.TICK);
        }
        for (int step = 0; step < chart.steps().size(); step++) {
            canvas.text(chart.steps().get(step), x(step), bottom + 15, Anchor.MIDDLE, Chart.TICK);
        }
        canvas.text(chart.stepsName(), (left + right) / 2, bottom + 36, Anchor.MIDDLE, Chart.NAME);
        for (int i = 0; i < chart.series().size(); i++) {
            band(i);
        }
        for (int i = 0; i < chart.series().size(); i++) {
            line(i);
        }
    }

    /** The interval, where it is known at neighbouring steps. */
    private void band(int i) {
        Chart.Series one = chart.series().get(i);
        for (int from = 0; from + 1 < chart.steps().size(); from++) {
            int to = from + 1;
            boolean known =
                    Double.isFinite(
                            one.low()[from] + one.high()[from] + one.low()[to] + one.high()[to]);
            if (known) {
                canvas.polygon(
                        new double[] {x(from), x(to), x(to), x(from)},
                        new double[] {
                            y(one.low()[from]),
                            y(one.low()[to]),
                            y(one.high()[to]),
                            y(one.high()[from])
                        },
                        chart.colour(i),
                        0.14);
            }
        }
    }

    private void line(int i) {
        Chart.Series one = chart.series().get(i);
        List<double[]> points = new ArrayList<>();
        for (int step = 0; step < chart.steps().size(); step++) {
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
                chart.colour(i),
                one.beside() ? 1.4 : 2.2,
                one.beside());
        points.forEach(p -> chart.marker(canvas, i, p[0], p[1]));
    }

    private double x(int step) {
        double margin = 24;
        return chart.steps().size() == 1
                ? (left + right) / 2
                : left + margin + (right - left - 2 * margin) * step / (chart.steps().size() - 1);
    }

    private double y(double value) {
        return bottom - (bottom - top) * axis.place(value);
    }
}
