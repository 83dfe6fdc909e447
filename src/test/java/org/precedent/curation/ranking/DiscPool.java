package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BinaryOperator;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;

/**
 * Discs at different places. The network of this pool knows where each image's disc is, and moves
 * the supports' masks there: an answer is as good as the masks that it rests on.
 */
public final class DiscPool implements LabelPool {
    static final int SIDE = 48;

    private record Disc(int x, int y, int radius) {
        Mask mask() {
            boolean[] inside = new boolean[SIDE * SIDE];
            for (int i = 0; i < inside.length; i++) {
                inside[i] = Math.hypot(i % SIDE - x, i / SIDE - y) <= radius;
            }
            return new Mask(SIDE, SIDE, inside);
        }
    }

    private final List<Disc> discs = new ArrayList<>();
    private final List<Mask> masks = new ArrayList<>();
    private final List<Boolean> serves = new ArrayList<>();
    int passes;

    public DiscPool(int n, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < n; i++) {
            Disc disc =
                    new Disc(
                            16 + random.nextInt(16),
                            16 + random.nextInt(16),
                            6 + random.nextInt(3));
            discs.add(disc);
            masks.add(disc.mask());
            serves.add(true);
        }
    }

    void replace(int image, BinaryOperator<Boolean> pixel) {
        Mask old = masks.get(image);
        boolean[] inside = new boolean[SIDE * SIDE];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = pixel.apply(old.inside()[i], i % SIDE > discs.get(image).x());
        }
        masks.set(image, new Mask(SIDE, SIDE, inside));
    }

    public void shift(int image, int by) {
        Mask old = masks.get(image);
        boolean[] inside = new boolean[SIDE * SIDE];
        for (int i = 0; i < inside.length; i++) {
            int x = i % SIDE - by;
            inside[i] = x >= 0 && x < SIDE && old.inside()[i / SIDE * SIDE + x];
        }
        masks.set(image, new Mask(SIDE, SIDE, inside));
    }

    void retire(int image) {
        serves.set(image, false);
    }

    @Override
    public int size() {
        return discs.size();
    }

    @Override
    public float[] vector(int image) {
        double angle = 0.001 * image;
        return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
    }

    @Override
    public boolean serves(int image) {
        return serves.get(image);
    }

    @Override
    public boolean apart(int image, int other) {
        return image != other;
    }

    @Override
    public Mask mask(int image) {
        return masks.get(image);
    }

    @Override
    public List<Plane> answers(int query, List<List<Integer>> supportSets) {
        passes++;
        Disc to = discs.get(query);
        List<Plane> answers = new ArrayList<>();
        for (List<Integer> set : supportSets) {
            float[] values = new float[SIDE * SIDE];
            for (int support : set) {
                Disc from = discs.get(support);
                for (int i = 0; i < values.length; i++) {
                    int x = i % SIDE - to.x() + from.x();
                    int y = i / SIDE - to.y() + from.y();
                    if (x >= 0 && y >= 0 && x < SIDE && y < SIDE && masks.get(support).at(x, y)) {
                        values[i] += 1f / set.size();
                    }
                }
            }
            answers.add(new Plane(SIDE, SIDE, values));
        }
        return answers;
    }
}
