package org.precedent.evaluation.results;

import org.precedent.imaging.picture.Canvas;
import org.precedent.imaging.picture.Canvas.Anchor;

/** Draws a chart as dots in rows. */
final class ChartRows {
    private final Chart chart;
    private final Canvas canvas;
    private final ChartAxis axis;
    private final double top;
    private final double bottom;
    private final double left;
    private final double right = Chart.WIDTH - 30;

    ChartRows(Chart chart, Canvas canvas, ChartAxis axis, int top) {
        this.chart = chart;
        this.canvas = canvas;
        this.axis = axis;
        this.top = top;
        this.bottom = top + chart.steps().size() * chart.row();
        this.left =
                30
                        + chart.steps().stream()
                                .mapToDouble(step -> canvas.textWidth(step, Chart.TICK))
                                .max()
                                .orElse(0);
    }

    void draw() {
        for (double tick : axis.ticks()) {
            double x = x(tick);
            boolean zero = axis.low() < 0 && Math.abs(tick) < axis.step() / 2;
            canvas.line(
                    new double[] {x, x},
                    new double[] {top, bottom},
                    zero ? Chart.BESIDE : Chart.GRID,
                    1,
                    false);
            canvas.text(axis.text(tick), x, bottom + 14, Anchor.MIDDLE, Chart.TICK);
        }
        canvas.text(chart.valuesName(), (left + right) / 2, bottom + 35, Anchor.MIDDLE, Chart.NAME);
        for (int step = 0; step < chart.steps().size(); step++) {
            double y = top + (step + 0.5) * chart.row();
            canvas.text(chart.steps().get(step), left - 10, y, Anchor.END, Chart.TICK);
            canvas.line(new double[] {left, right}, new double[] {y, y}, Chart.GRID, 0.6, false);
            for (int i = chart.series().size() - 1; i >= 0; i--) {
                dot(i, step, y);
            }
        }
    }

    private void dot(int i, int step, double y) {
        Chart.Series one = chart.series().get(i);
        if (!Double.isFinite(one.mean()[step])) {
            return;
        }
        // Coloured series lie a little apart, so that their whiskers do not cover each other.
        long coloured = chart.coloured();
        int before = 0;
        for (int j = 0; j < i; j++) {
            before += chart.series().get(j).beside() ? 0 : 1;
        }
        double own =
                one.beside()
                        ? y
                        : y + (before - (coloured - 1) / 2.0) * (chart.row() - 8) / coloured;
        if (Double.isFinite(one.low()[step]) && Double.isFinite(one.high()[step])) {
            canvas.line(
                    new double[] {x(one.low()[step]), x(one.high()[step])},
                    new double[] {own, own},
                    chart.colour(i),
                    1.6,
                    false);
        }
        chart.marker(canvas, i, x(one.mean()[step]), own);
    }

    private double x(double value) {
        return left + (right - left) * axis.place(value);
    }
}
