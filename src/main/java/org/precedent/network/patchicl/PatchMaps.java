package org.precedent.network.patchicl;

import static org.precedent.network.patchicl.PatchLevel.PATCH;

import java.util.List;

/** Patches out of maps, and back into them. Plain arithmetic on row-major arrays. */
final class PatchMaps {
    /** The logit where no patch lies. */
    static final float UNCOVERED = -10;

    private PatchMaps() {}

    /**
     * A map of several channels.
     *
     * @param values [height, width, channels] row-major
     */
    record FeatureMap(int height, int width, int channels, float[] values) {}

    /**
     * Patches of maps of any resolution: averaged down to the level where they are finer, linear
     * where they are coarser. The channels of all maps come one after the other.
     *
     * @param patches P numbers of patches
     * @return [P, 8, 8, C] row-major
     */
    static float[] take(List<FeatureMap> maps, PatchLevel level, int[] patches) {
        int channels = maps.stream().mapToInt(FeatureMap::channels).sum();
        float[] taken = new float[patches.length * PATCH * PATCH * channels];
        int offset = 0;
        for (FeatureMap map : maps) {
            PixelTaps rows = PixelTaps.resampling(map.height(), level.height());
            PixelTaps columns = PixelTaps.resampling(map.width(), level.width());
            for (int i = 0; i < patches.length * PATCH * PATCH; i++) {
                int patch = patches[i / (PATCH * PATCH)];
                rows.addAt(
                        level.row(patch) * PATCH + i / PATCH % PATCH,
                        columns,
                        level.column(patch) * PATCH + i % PATCH,
                        map.values(),
                        map.width(),
                        map.channels(),
                        taken,
                        i * channels + offset);
            }
            offset += map.channels();
        }
        return taken;
    }

    /**
     * The logits of a level and where it has any.
     *
     * @param logits [h, w] row-major, {@link #UNCOVERED} where no patch lies
     * @param covered [h, w], how many patches lie there
     */
    record Placed(float[] logits, int[] covered) {}

    /**
     * Puts the logits of patches where they belong, averaged where several lie.
     *
     * @param logits [P, 8, 8] row-major
     * @param patches P numbers of patches
     */
    static Placed place(float[] logits, PatchLevel level, int[] patches) {
        double[] sums = new double[level.height() * level.width()];
        int[] covered = new int[sums.length];
        for (int i = 0; i < logits.length; i++) {
            int patch = patches[i / (PATCH * PATCH)];
            int y = level.row(patch) * PATCH + i / PATCH % PATCH;
            int x = level.column(patch) * PATCH + i % PATCH;
            sums[y * level.width() + x] += logits[i];
            covered[y * level.width() + x]++;
        }
        float[] placed = new float[sums.length];
        for (int i = 0; i < placed.length; i++) {
            placed[i] = covered[i] == 0 ? UNCOVERED : (float) (sums[i] / covered[i]);
        }
        return new Placed(placed, covered);
    }

    /**
     * P_l = upsample(P_{l-1}) + what the patches say where there are patches.
     *
     * @param before P_{l-1}, at the resolution of {@code coarser}
     * @return [h, w] of the level
     */
    static float[] fuse(float[] before, PatchLevel coarser, Placed placed, PatchLevel level) {
        float[] fused = enlarge(before, coarser, level);
        for (int i = 0; i < fused.length; i++) {
            fused[i] += placed.covered()[i] > 0 ? placed.logits()[i] : 0;
        }
        return fused;
    }

    /**
     * Bilinear, pixels' centres aligned.
     *
     * @param map [h, w] of {@code coarser}
     * @return [h, w] of {@code level}
     */
    static float[] enlarge(float[] map, PatchLevel coarser, PatchLevel level) {
        PixelTaps rows = PixelTaps.linear(coarser.height(), level.height());
        PixelTaps columns = PixelTaps.linear(coarser.width(), level.width());
        float[] large = new float[level.height() * level.width()];
        for (int y = 0; y < level.height(); y++) {
            for (int x = 0; x < level.width(); x++) {
                large[y * level.width() + x] = (float) rows.at(y, columns, x, map, coarser.width());
            }
        }
        return large;
    }
}
