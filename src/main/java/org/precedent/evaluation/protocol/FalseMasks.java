package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Resampling;

/** Masks that are wrong on purpose. */
public final class FalseMasks {
    private static final int TILES = 8;

    private FalseMasks() {}

    /** Nothing inside. */
    static Mask empty(Mask mask) {
        return new Mask(mask.width(), mask.height(), new boolean[mask.inside().length]);
    }

    /** Half the width and half the height aside, coming in again on the other side. */
    public static Mask misplaced(Mask mask) {
        int width = mask.width();
        int height = mask.height();
        boolean[] moved = new boolean[width * height];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = mask.at((i % width + width / 2) % width, (i / width + height / 2) % height);
        }
        return new Mask(width, height, moved);
    }

    /** Everyone passes the mask on to the next in a random ring: nobody keeps the own. */
    static List<Scored> shuffled(List<Scored> right, Random random) {
        List<Integer> ring = new ArrayList<>();
        for (int i = 0; i < right.size(); i++) {
            ring.add(i);
        }
        Collections.shuffle(ring, random);
        List<Scored> shuffled = new ArrayList<>(right);
        for (int i = 0; i < ring.size(); i++) {
            Scored to = right.get(ring.get(i));
            Mask mask = right.get(ring.get((i + 1) % ring.size())).support().mask();
            Mask fitted =
                    Resampling.area(
                            mask, to.support().image().width(), to.support().image().height());
            shuffled.set(ring.get(i), new Scored(to.support().with(fitted), to.similarity()));
        }
        return shuffled;
    }

    /** Cut into 8 x 8 tiles that change places. */
    static Mask scrambled(Mask mask, Random random) {
        List<Integer> from = new ArrayList<>();
        for (int i = 0; i < TILES * TILES; i++) {
            from.add(i);
        }
        Collections.shuffle(from, random);
        int width = mask.width();
        int height = mask.height();
        boolean[] scrambled = new boolean[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int tile = from.get(y * TILES / height * TILES + x * TILES / width);
                scrambled[y * width + x] =
                        mask.at(across(x, tile % TILES, width), across(y, tile / TILES, height));
            }
        }
        return new Mask(width, height, scrambled);
    }

    /** The same place in another tile; tiles differ by a pixel where the size is no multiple. */
    private static int across(int place, int tile, int size) {
        int own = place * TILES / size;
        int within = place - Math.ceilDiv(own * size, TILES);
        int start = Math.ceilDiv(tile * size, TILES);
        int end = Math.ceilDiv((tile + 1) * size, TILES);
        return Math.min(start + within, Math.max(start, end - 1));
    }
}
