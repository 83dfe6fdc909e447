package org.precedent.viewer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.precedent.imaging.Mask;

/**
 * The outlines of a mask along the edges of its pixels, so that a polygon holds exactly the pixels
 * of its object. Holes are filled: viewers' polygons have none.
 */
public final class Polygons {
    /** Steps along an edge with the object on the right: east, south, west, north. */
    private static final int[] DX = {1, 0, -1, 0};

    private static final int[] DY = {0, 1, 0, -1};

    private Polygons() {}

    /** A corner of a pixel; (0, 0) is the image's own. */
    public record Corner(int x, int y) {}

    /**
     * Each object's outline, corner by corner, only those where it turns.
     *
     * @param leastArea objects that enclose fewer pixels are left out
     */
    public static List<List<Corner>> of(Mask mask, double leastArea) {
        // Edges whose object lies to the south of them, going east, begin an outline each.
        Map<Long, Boolean> walked = new HashMap<>();
        List<List<Corner>> outlines = new ArrayList<>();
        for (int y = 0; y < mask.height(); y++) {
            for (int x = 0; x < mask.width(); x++) {
                if (at(mask, x, y) && !at(mask, x, y - 1) && !walked.containsKey(key(mask, x, y))) {
                    List<Corner> outline = walk(mask, x, y, walked);
                    if (area(outline) >= Math.max(leastArea, 1)) {
                        outlines.add(outline);
                    }
                }
            }
        }
        return outlines;
    }

    private static long key(Mask mask, int x, int y) {
        return (long) y * (mask.width() + 1) + x;
    }

    private static List<Corner> walk(Mask mask, int fromX, int fromY, Map<Long, Boolean> walked) {
        List<Corner> corners = new ArrayList<>();
        int x = fromX;
        int y = fromY;
        int heading = 0;
        int before = -1;
        do {
            if (heading == 0) {
                walked.put(key(mask, x, y), true);
            }
            if (heading != before) {
                corners.add(new Corner(x, y));
            }
            x += DX[heading];
            y += DY[heading];
            before = heading;
            heading = turned(mask, x, y, heading);
        } while (x != fromX || y != fromY || heading != 0);
        return corners;
    }

    /**
     * Right where the object ends ahead, left where it goes on beside; corners alone do not join.
     */
    private static int turned(Mask mask, int x, int y, int heading) {
        // The pixels that the corner (x, y) parts, as seen along the heading.
        boolean right =
                switch (heading) {
                    case 0 -> at(mask, x, y);
                    case 1 -> at(mask, x - 1, y);
                    case 2 -> at(mask, x - 1, y - 1);
                    default -> at(mask, x, y - 1);
                };
        if (!right) {
            return (heading + 1) % 4;
        }
        boolean left =
                switch (heading) {
                    case 0 -> at(mask, x, y - 1);
                    case 1 -> at(mask, x, y);
                    case 2 -> at(mask, x - 1, y);
                    default -> at(mask, x - 1, y - 1);
                };
        return left ? (heading + 3) % 4 : heading;
    }

    private static boolean at(Mask mask, int x, int y) {
        return x >= 0 && y >= 0 && x < mask.width() && y < mask.height() && mask.at(x, y);
    }

    /** Above 0 where the object is inside; below for the edge of a hole. */
    static double area(List<Corner> outline) {
        long twice = 0;
        for (int i = 0; i < outline.size(); i++) {
            Corner a = outline.get(i);
            Corner b = outline.get((i + 1) % outline.size());
            twice += (long) a.x() * b.y() - (long) b.x() * a.y();
        }
        return twice / 2.0;
    }
}
