package org.precedent.imaging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The border of a mask, and points spread along it. */
public final class Contour {
    private Contour() {}

    /** A pixel. */
    public record Point(int x, int y) {}

    /**
     * The pixels of a mask of which one of the four neighbours is outside the mask or the image,
     * row by row.
     */
    public static List<Point> of(Mask mask) {
        List<Point> border = new ArrayList<>();
        for (int y = 0; y < mask.height(); y++) {
            for (int x = 0; x < mask.width(); x++) {
                if (mask.at(x, y)
                        && !(inside(mask, x - 1, y)
                                && inside(mask, x + 1, y)
                                && inside(mask, x, y - 1)
                                && inside(mask, x, y + 1))) {
                    border.add(new Point(x, y));
                }
            }
        }
        return border;
    }

    private static boolean inside(Mask mask, int x, int y) {
        return x >= 0 && y >= 0 && x < mask.width() && y < mask.height() && mask.at(x, y);
    }

    /**
     * Points of the border, each as far as can be from those before it: even along one contour, and
     * fair between several, whatever their order. The first is the topmost, of these the leftmost;
     * ties go to the earlier row, then column. The same mask gives the same points.
     *
     * @param count at most so many; fewer where the border is shorter
     * @return in the order in which they were chosen; empty where the mask is
     */
    public static List<Point> spread(Mask mask, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count " + count + " is below 1");
        }
        List<Point> border = of(mask);
        int[] nearest = new int[border.size()]; // squared distance to the chosen ones
        Arrays.fill(nearest, Integer.MAX_VALUE);
        List<Point> chosen = new ArrayList<>();
        int next = 0;
        while (chosen.size() < Math.min(count, border.size())) {
            Point point = border.get(next);
            chosen.add(point);
            int farthest = 0;
            for (int i = 0; i < nearest.length; i++) {
                int dx = border.get(i).x() - point.x();
                int dy = border.get(i).y() - point.y();
                nearest[i] = Math.min(nearest[i], dx * dx + dy * dy);
                if (nearest[i] > nearest[farthest]) {
                    farthest = i;
                }
            }
            next = farthest;
        }
        return chosen;
    }
}
