package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Contour.Point;

class ContourTest {

    @Test
    void theBorderOfASquareIsItsRing() {
        Mask square = rectangle(10, 8, 2, 3, 4, 3);

        assertThat(Contour.of(square)).hasSize(10).doesNotContain(new Point(3, 4));
    }

    @Test
    void theEdgeOfTheImageEndsAMask() {
        assertThat(Contour.of(rectangle(4, 4, 0, 0, 4, 4))).hasSize(12);
    }

    @Test
    void anEmptyMaskHasNoPoints() {
        assertThat(Contour.spread(rectangle(4, 4, 0, 0, 0, 0), 16)).isEmpty();
    }

    @Test
    void theFirstPointsOfASquareAreItsCorners() {
        assertThat(Contour.spread(rectangle(40, 40, 5, 5, 21, 21), 4))
                .containsExactly(
                        new Point(5, 5), new Point(25, 25), new Point(25, 5), new Point(5, 25));
    }

    /** Twice the covering radius that any choice of so many points can reach, at most. */
    @Test
    void pointsOfADiscLeaveNoStretchUncovered() {
        Mask disc = disc(100, 100, 50, 50, 30);

        List<Point> points = Contour.spread(disc, 16);

        double best = Math.PI * 30 / 16; // half the arc between evenly spread points
        assertThat(points).hasSize(16).doesNotHaveDuplicates();
        for (Point border : Contour.of(disc)) {
            assertThat(points)
                    .anySatisfy(p ->
                            assertThat(Math.hypot(p.x() - border.x(), p.y() - border.y()))
                                    .isLessThanOrEqualTo(2 * best));
        }
    }

    @Test
    void everyPieceGetsPointsBeforeOneGetsMany() {
        boolean[] inside = new boolean[100 * 100];
        for (Mask piece : List.of(disc(100, 100, 20, 20, 12), disc(100, 100, 80, 80, 3))) {
            for (int i = 0; i < inside.length; i++) {
                inside[i] |= piece.inside()[i];
            }
        }

        assertThat(Contour.spread(new Mask(100, 100, inside), 3))
                .anySatisfy(p -> assertThat(p.x()).isGreaterThan(70));
    }

    @Test
    void theSameMaskGivesTheSamePointsAndFewerAreAPrefix() {
        Random random = new Random(5);
        for (int round = 0; round < 50; round++) {
            boolean[] inside = new boolean[30 * 20];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = random.nextInt(4) == 0;
            }
            Mask mask = new Mask(30, 20, inside);
            List<Point> all = Contour.spread(mask, 1000);
            assertThat(all).containsExactlyInAnyOrderElementsOf(Contour.of(mask));
            assertThat(Contour.spread(mask, 7)).isEqualTo(all.subList(0, 7));
        }
    }

    @Test
    void refusesLessThanOnePoint() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Contour.spread(rectangle(4, 4, 0, 0, 2, 2), 0))
                .withMessageContaining("count 0");
    }

    private static Mask rectangle(int width, int height, int left, int top, int w, int h) {
        boolean[] inside = new boolean[width * height];
        for (int y = top; y < top + h; y++) {
            for (int x = left; x < left + w; x++) {
                inside[y * width + x] = true;
            }
        }
        return new Mask(width, height, inside);
    }

    private static Mask disc(int width, int height, int cx, int cy, int radius) {
        boolean[] inside = new boolean[width * height];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = Math.hypot(i % width - cx, i / width - cy) <= radius;
        }
        return new Mask(width, height, inside);
    }
}
