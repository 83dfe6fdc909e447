package org.precedent.evaluation.results;

import java.util.List;
import org.precedent.imaging.Raster;
import org.precedent.imaging.picture.Canvas;
import org.precedent.imaging.picture.Canvas.Anchor;

/**
 * A figure of points whose two coordinates should agree: both axes from 0 to 1, with the diagonal.
 *
 * @param title what is shown, in a few words
 * @param acrossName what the horizontal axis is
 * @param upName what the vertical axis is
 * @param clouds at least one
 */
public record Scatter(String title, String acrossName, String upName, List<Cloud> clouds)
        implements Figure {
    private static final ChartAxis AXIS = ChartAxis.around(0, 1);
    private static final int SIDE = 520;
    private static final double LEFT = 60;
    private static final int LEGEND_TOP = 46;
    private static final int LEGEND_ROW = 19;

    /**
     * @param across in [0, 1]
     * @param up in [0, 1]
     */
    public record Point(double across, double up) {}

    /**
     * Points of one colour.
     *
     * @param name in the legend
     * @param limit on the horizontal axis: drawn, and points left of it are crosses; NaN where
     *     there is none
     */
    public record Cloud(String name, List<Point> points, double limit) {
        public Cloud {
            points = List.copyOf(points);
        }
    }

    public Scatter {
        clouds = List.copyOf(clouds);
        if (clouds.isEmpty()) {
            throw new IllegalArgumentException("a figure of nothing: " + title);
        }
    }

    @Override
    public Raster draw() {
        double top = 24 + LEGEND_TOP;
        Canvas canvas = new Canvas(Chart.WIDTH, (int) top + SIDE + Chart.FOOTER);
        canvas.text(title, 16, 22, Anchor.START, Chart.TITLE);
        canvas.text(upName, 16, LEGEND_TOP, Anchor.START, Chart.NAME);
        double bottom = top + SIDE;
        for (double tick : AXIS.ticks()) {
            double x = x(tick);
            double y = y(bottom, tick);
            canvas.line(
                    new double[] {LEFT, LEFT + SIDE}, new double[] {y, y}, Chart.GRID, 1, false);
            canvas.line(new double[] {x, x}, new double[] {top, bottom}, Chart.GRID, 1, false);
            canvas.text(AXIS.text(tick), LEFT - 8, y, Anchor.END, Chart.TICK);
            canvas.text(AXIS.text(tick), x, bottom + 15, Anchor.MIDDLE, Chart.TICK);
        }
        canvas.text(acrossName, LEFT + SIDE / 2.0, bottom + 36, Anchor.MIDDLE, Chart.NAME);
        canvas.line(
                new double[] {x(0), x(1)},
                new double[] {y(bottom, 0), y(bottom, 1)},
                Chart.BESIDE,
                1,
                false);
        for (int i = 0; i < clouds.size(); i++) {
            draw(canvas, i, top, bottom);
        }
        return canvas.toRaster();
    }

    private void draw(Canvas canvas, int i, double top, double bottom) {
        Cloud cloud = clouds.get(i);
        int colour = Chart.plainColour(i);
        double row = top + LEGEND_ROW * (i + 0.5);
        double right = LEFT + SIDE + 20;
        canvas.disc(right, row, 3.2, colour);
        canvas.text(cloud.name(), right + 10, row, Anchor.START, Chart.TICK);
        if (Double.isFinite(cloud.limit())) {
            double x = x(cloud.limit());
            canvas.line(new double[] {x, x}, new double[] {top, bottom}, colour, 1.4, true);
        }
        for (Point point : cloud.points()) {
            double x = x(point.across());
            double y = y(bottom, point.up());
            if (point.across() < cloud.limit()) {
                cross(canvas, x, y, colour);
            } else {
                canvas.disc(x, y, 3.2, colour);
            }
        }
    }

    private static void cross(Canvas canvas, double x, double y, int colour) {
        canvas.line(
                new double[] {x - 3.4, x + 3.4}, new double[] {y - 3.4, y + 3.4}, colour, 2, false);
        canvas.line(
                new double[] {x - 3.4, x + 3.4}, new double[] {y + 3.4, y - 3.4}, colour, 2, false);
    }

    private static double x(double value) {
        return LEFT + SIDE * AXIS.place(value);
    }

    private static double y(double bottom, double value) {
        return bottom - SIDE * AXIS.place(value);
    }
}
