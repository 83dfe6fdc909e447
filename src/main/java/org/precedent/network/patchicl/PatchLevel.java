package org.precedent.network.patchicl;

import java.util.ArrayList;
import java.util.List;

/**
 * One level of a {@link PatchIcl} for one image size: the image at a resolution, tiled by patches
 * of {@value #PATCH} x {@value #PATCH} of its pixels, of which some are taken. Patches are numbered
 * row by row.
 *
 * @param height h in pixels of the level, a multiple of the patch
 * @param width w in pixels of the level, a multiple of the patch
 * @param count patches taken from one image
 */
record PatchLevel(int height, int width, int count) {
    /** Side of a patch, in pixels of its level. */
    static final int PATCH = 8;

    /** Corners of patches lie on a grid of so many steps along the longer side of the image. */
    private static final long POSITIONS = 1023;

    /**
     * What a network's file says of a level.
     *
     * @param resolution of the longer side; 0 is the image's own
     * @param patches taken where there are as many; the first level takes all
     */
    record Plan(int resolution, int patches) {}

    PatchLevel {
        if (height % PATCH != 0 || width % PATCH != 0 || height < PATCH || width < PATCH) {
            throw new IllegalArgumentException(
                    "level of " + height + " x " + width + ", not multiples of " + PATCH);
        }
        if (count < 1 || count > height / PATCH * (width / PATCH)) {
            throw new IllegalArgumentException(
                    count + " patches of a level of " + height + " x " + width);
        }
    }

    /**
     * The levels of an image, coarse to fine: those of lower resolution than its own, and itself.
     * Sides keep their ratio as far as multiples of the patch allow.
     *
     * @param height H of the image, a multiple of the patch
     * @param width W of the image, a multiple of the patch
     */
    static List<PatchLevel> of(List<Plan> plans, int height, int width) {
        int longer = Math.max(height, width);
        List<PatchLevel> levels = new ArrayList<>();
        for (Plan plan : plans) {
            if (plan.resolution() < longer) {
                boolean whole = plan.resolution() == 0;
                int h = whole ? height : side(plan.resolution(), height, longer);
                int w = whole ? width : side(plan.resolution(), width, longer);
                int all = h / PATCH * (w / PATCH);
                levels.add(
                        new PatchLevel(
                                h, w, levels.isEmpty() ? all : Math.min(plan.patches(), all)));
            }
        }
        return List.copyOf(levels);
    }

    /** The multiple of the patch nearest to resolution x side / longer, half rounded up. */
    private static int side(int resolution, int side, int longer) {
        long patches = (2L * resolution * side + PATCH * (long) longer) / (2L * PATCH * longer);
        return PATCH * (int) Math.max(1, patches);
    }

    int rows() {
        return height / PATCH;
    }

    int columns() {
        return width / PATCH;
    }

    /** All patches that tile the level. */
    int patches() {
        return rows() * columns();
    }

    /** What the scale vector is made of. */
    int resolution() {
        return Math.max(height, width);
    }

    int row(int patch) {
        return patch / columns();
    }

    int column(int patch) {
        return patch % columns();
    }

    /** Where a patch begins along x, of an image of H x W pixels: 0 to 1022. */
    int x(int patch, int imageHeight, int imageWidth) {
        return position(column(patch), imageWidth, width, Math.max(imageHeight, imageWidth));
    }

    /** Where a patch begins along y, of an image of H x W pixels: 0 to 1022. */
    int y(int patch, int imageHeight, int imageWidth) {
        return position(row(patch), imageHeight, height, Math.max(imageHeight, imageWidth));
    }

    private static int position(int cell, int side, int levelSide, int longer) {
        return (int) (cell * (long) PATCH * side * POSITIONS / (levelSide * (long) longer));
    }
}
