package org.precedent.phantom;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One patient's abdomen: where which tissue is, at every level from the dome of the liver (0) to
 * below the kidneys (1). Seen from the feet, as radiologists do: the liver is on the left.
 */
final class Anatomy {
    private final double width;
    private final double height;
    private final double fat;
    private final double liverWidth;
    private final double liverHeight;
    private final double leftLobe;
    private final double spleen;
    private final double kidneyLeftY;
    private final double kidneyRightY;
    private final double kidneySize;
    private final double kidneyTurn;
    private final double spineY;
    private final double spineSize;
    private final long seed;

    Anatomy(SplittableRandom random) {
        width = between(random, 0.8, 0.94);
        height = between(random, 0.6, 0.76);
        fat = between(random, 0.05, 0.17);
        liverWidth = between(random, 0.36, 0.48);
        liverHeight = between(random, 0.34, 0.46);
        leftLobe = between(random, 0.6, 1.3);
        spleen = between(random, 0.7, 1.3);
        kidneyLeftY = between(random, -0.06, 0.06);
        kidneyRightY = between(random, -0.06, 0.06);
        kidneySize = between(random, 0.85, 1.2);
        kidneyTurn = between(random, 0.1, 0.5);
        spineY = between(random, 0.42, 0.5);
        spineSize = between(random, 0.85, 1.15);
        seed = random.nextLong();
    }

    private static double between(SplittableRandom random, double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    /**
     * What is seen at one level.
     *
     * @param level 0 (top) to 1 (bottom)
     */
    Slice at(double level) {
        return new Slice(level);
    }

    /** One level's outlines; shapes are in the patient's own frame. */
    final class Slice {
        private final Blob body;
        private final Blob wall;
        private final Blob cavity;
        private final List<Blob> liver = new ArrayList<>();
        private final List<Blob> liverVessels = new ArrayList<>();
        private final Blob spleenBlob;
        private final List<Blob> kidneys = new ArrayList<>();
        private final List<Blob> pelves = new ArrayList<>();
        private final Blob vertebra;
        private final Blob canal;
        private final Blob process;
        private final List<Blob> backMuscles = new ArrayList<>();
        private final List<Blob> vessels = new ArrayList<>();
        private final List<Blob> ribs = new ArrayList<>();
        private final List<Blob> loops = new ArrayList<>();
        private final List<Blob> gas = new ArrayList<>();

        private Slice(double level) {
            // Two streams: what the patient keeps over all levels, and what changes from one to the
            // next (bowel).
            SplittableRandom kept = new SplittableRandom(seed);
            SplittableRandom passing = new SplittableRandom(seed + Math.round(level * 1e6));
            body = Blob.wavy(0, 0, width, height, 0, 0.015, kept);
            wall = body.inner(fat);
            cavity = body.inner(fat + 0.06);
            double back = spineY * height / 0.63;
            spine(back, kept);
            vertebra = Blob.wavy(0, back - 0.1, 0.14 * spineSize, 0.11 * spineSize, 0, 0.03, kept);
            canal = Blob.ellipse(0, back + 0.045, 0.055, 0.045, 0);
            process = Blob.ellipse(0, back + 0.085, 0.11 * spineSize, 0.065, 0);
            organs(level, back, kept);
            spleenBlob =
                    Blob.wavy(
                            0.66 * width + 0.02,
                            0.1,
                            0.14 * spleen,
                            0.25 * spleen * Math.max(0.05, 1 - 1.1 * level),
                            -0.35,
                            0.05,
                            kept);
            bowel(level, passing);
        }

        private void spine(double back, SplittableRandom kept) {
            for (int side = -1; side <= 1; side += 2) {
                backMuscles.add(
                        Blob.wavy(side * 0.2, back + 0.03, 0.15, 0.1, side * -0.2, 0.05, kept));
                for (int r = 0; r < 4; r++) {
                    double angle = -0.6 + 0.5 * r + 0.25 * kept.nextDouble();
                    double x = side * (width - fat - 0.035) * Math.cos(angle);
                    double y = (height - fat - 0.035) * Math.sin(angle);
                    double along =
                            Math.atan2(height * Math.cos(angle), -side * width * Math.sin(angle));
                    ribs.add(Blob.ellipse(x, y, 0.055, 0.02, along));
                }
            }
        }

        private void organs(double level, double back, SplittableRandom kept) {
            double shrink = Math.max(0.12, 1 - 0.75 * Math.pow(level, 1.4));
            liver.add(
                    Blob.wavy(
                            -width * (0.5 + 0.12 * level),
                            -0.08 + 0.12 * level,
                            liverWidth * shrink,
                            liverHeight * shrink,
                            0.3,
                            0.05,
                            kept));
            Blob lobe =
                    Blob.wavy(
                            -0.12,
                            -height * 0.48,
                            0.3 * leftLobe * Math.max(0.05, 1 - 1.5 * level),
                            0.13 * Math.max(0.05, 1 - 1.2 * level),
                            -0.15,
                            0.07,
                            kept);
            if (level < 0.5) {
                liver.add(lobe);
            }
            for (int v = 0; v < 5; v++) {
                double angle = 2 * Math.PI * kept.nextDouble();
                double reach = 0.6 * kept.nextDouble() * shrink;
                liverVessels.add(
                        Blob.ellipse(
                                -width * 0.5 + liverWidth * reach * Math.cos(angle),
                                -0.06 + liverHeight * reach * Math.sin(angle),
                                0.05 + 0.05 * kept.nextDouble(),
                                0.014 + 0.012 * kept.nextDouble(),
                                Math.PI * kept.nextDouble()));
            }
            double kidney = kidneySize * Math.min(1, Math.max(0, (level - 0.2) * 3.5));
            double[] down = {kidneyRightY + 0.03, kidneyLeftY};
            for (int side = -1; side <= 1; side += 2) {
                double cy = back - 0.17 + down[(side + 1) / 2];
                Blob outline =
                        Blob.wavy(
                                side * 0.38,
                                cy,
                                0.105 * Math.max(0.02, kidney),
                                0.16 * Math.max(0.02, kidney),
                                side * kidneyTurn,
                                0.04,
                                kept);
                if (kidney > 0.3) {
                    kidneys.add(outline);
                    pelves.add(
                            Blob.ellipse(side * 0.32, cy - 0.01, 0.07 * kidney, 0.055 * kidney, 0));
                }
            }
            vessels.add(Blob.ellipse(0.075, back - 0.27, 0.052, 0.05, 0));
            vessels.add(Blob.ellipse(-0.1, back - 0.27, 0.065, 0.045, 0.3));
        }

        private void bowel(double level, SplittableRandom passing) {
            int count = 8 + (int) (10 * level) + passing.nextInt(4);
            for (int i = 0; i < count; i++) {
                double x = between(passing, -0.35 - 0.25 * level, 0.6);
                double y = between(passing, -0.5, 0.12) * height / 0.63;
                double size = between(passing, 0.06, 0.15);
                Blob loop =
                        Blob.wavy(
                                x,
                                y,
                                size * 1.3,
                                size,
                                Math.PI * passing.nextDouble(),
                                0.08,
                                passing);
                loops.add(loop);
                if (passing.nextDouble() < 0.25) {
                    gas.add(Blob.ellipse(x, y - 0.3 * size, 0.7 * size, 0.45 * size, 0));
                }
            }
        }

        /** Which bowel loop a point lies in, or -1: every loop has a grey of its own. */
        int loop(double x, double y) {
            for (int i = loops.size() - 1; i >= 0; i--) {
                if (loops.get(i).holds(x, y)) {
                    return i;
                }
            }
            return -1;
        }

        /** Whether tissue found at a place belongs to the liver, whose own vessels count. */
        boolean isLiver(Tissue tissue, double x, double y) {
            return tissue == Tissue.LIVER || (tissue == Tissue.VESSEL && !any(vessels, x, y));
        }

        private boolean isSpine(double x, double y) {
            return (vertebra.holds(x, y) || process.holds(x, y)) && !canal.holds(x, y);
        }

        Tissue tissue(double x, double y) {
            if (!body.holds(x, y)) {
                return Tissue.AIR;
            }
            if (isSpine(x, y)) {
                double depth = Math.min(vertebra.depth(x, y), process.depth(x, y));
                return depth < 0.78 ? Tissue.MARROW : Tissue.BONE;
            }
            if (canal.holds(x, y)) {
                return Tissue.CANAL;
            }
            if (any(ribs, x, y)) {
                return Tissue.RIB;
            }
            if (any(backMuscles, x, y)) {
                return Tissue.MUSCLE;
            }
            if (!wall.holds(x, y)) {
                return Tissue.FAT;
            }
            if (!cavity.holds(x, y)) {
                return Tissue.MUSCLE;
            }
            return inside(x, y);
        }

        private Tissue inside(double x, double y) {
            if (any(vessels, x, y)) {
                return Tissue.VESSEL;
            }
            if (any(kidneys, x, y)) {
                return any(pelves, x, y) ? Tissue.PELVIS : Tissue.KIDNEY;
            }
            if (any(liver, x, y)) {
                return any(liverVessels, x, y) ? Tissue.VESSEL : Tissue.LIVER;
            }
            if (spleenBlob.holds(x, y)) {
                return Tissue.SPLEEN;
            }
            if (any(gas, x, y)) {
                return Tissue.GAS;
            }
            return loop(x, y) >= 0 ? Tissue.BOWEL : Tissue.FAT;
        }

        private static boolean any(List<Blob> blobs, double x, double y) {
            for (Blob blob : blobs) {
                if (blob.holds(x, y)) {
                    return true;
                }
            }
            return false;
        }
    }
}
