package org.precedent.viewer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Mask;
import org.precedent.viewer.Polygons.Corner;

/** Outlines of masks hold exactly their objects. */
class PolygonsTest {
    private static final long SEED = 4_211;

    @Test
    void aPixelIsASquare() {
        assertThat(Polygons.of(mask("...", ".#.", "..."), 0))
                .containsExactly(
                        List.of(
                                new Corner(1, 1),
                                new Corner(2, 1),
                                new Corner(2, 2),
                                new Corner(1, 2)));
    }

    @Test
    void objectsThatTouchAtACornerAreTwo() {
        assertThat(Polygons.of(mask("#.", ".#"), 0)).hasSize(2);
    }

    @Test
    void aHoleIsFilledAndSmallObjectsAreLeftOut() {
        Mask ring = mask("###..", "#.#..", "###.#");
        List<List<Corner>> outlines = Polygons.of(ring, 2);
        assertThat(outlines).hasSize(1);
        assertThat(Polygons.area(outlines.getFirst())).isEqualTo(9);
        assertThat(Polygons.of(ring, 0)).hasSize(2);
        assertThat(Polygons.of(mask("..", ".."), 0)).isEmpty();
    }

    /** The even-odd rule at every pixel's middle is the oracle; holes are filled by hand. */
    @Test
    void polygonsHoldWhatTheMaskHolds() {
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            int width = 1 + random.nextInt(9);
            int height = 1 + random.nextInt(9);
            boolean[] inside = new boolean[width * height];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = random.nextInt(3) > 0;
            }
            Mask mask = new Mask(width, height, inside);
            boolean[] filled = filled(mask);
            List<List<Corner>> outlines = Polygons.of(mask, 0);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double px = x + 0.5;
                    double py = y + 0.5;
                    boolean in = outlines.stream().anyMatch(one -> holds(one, px, py));
                    assertThat(in)
                            .as("seed %d round %d at %d %d", SEED, round, x, y)
                            .isEqualTo(filled[y * width + x]);
                }
            }
        }
    }

    /** What cannot be reached from outside by steps to eight neighbours. */
    private static boolean[] filled(Mask mask) {
        int width = mask.width() + 2;
        int height = mask.height() + 2;
        boolean[] outside = new boolean[width * height];
        outside[0] = true;
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = 0; i < outside.length; i++) {
                int x = i % width;
                int y = i / width;
                boolean object =
                        x > 0 && y > 0 && x < width - 1 && y < height - 1 && mask.at(x - 1, y - 1);
                if (outside[i] || object) {
                    continue;
                }
                for (int dy = -1; dy <= 1; dy++) {
                    for (int dx = -1; dx <= 1; dx++) {
                        int nx = x + dx;
                        int ny = y + dy;
                        if (nx >= 0
                                && ny >= 0
                                && nx < width
                                && ny < height
                                && outside[ny * width + nx]) {
                            outside[i] = true;
                            changed = true;
                        }
                    }
                }
            }
        }
        boolean[] filled = new boolean[mask.width() * mask.height()];
        for (int y = 0; y < mask.height(); y++) {
            for (int x = 0; x < mask.width(); x++) {
                filled[y * mask.width() + x] = !outside[(y + 1) * width + x + 1];
            }
        }
        return filled;
    }

    private static boolean holds(List<Corner> polygon, double px, double py) {
        boolean in = false;
        for (int i = 0; i < polygon.size(); i++) {
            Corner a = polygon.get(i);
            Corner b = polygon.get((i + 1) % polygon.size());
            if ((a.y() > py) != (b.y() > py)
                    && px < (double) (b.x() - a.x()) * (py - a.y()) / (b.y() - a.y()) + a.x()) {
                in = !in;
            }
        }
        return in;
    }

    private static Mask mask(String... rows) {
        boolean[] inside = new boolean[rows.length * rows[0].length()];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = rows[i / rows[0].length()].charAt(i % rows[0].length()) == '#';
        }
        return new Mask(rows[0].length(), rows.length, inside);
    }
}
