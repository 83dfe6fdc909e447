package org.precedent.imaging.picture;

import java.util.Arrays;
import java.util.List;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/**
 * A picture for people of where one pixel of a query looked: the query with the pixel marked, then
 * every support with its attention in colour over it, on one scale, so that tiles can be compared.
 */
public final class AttentionSheet {
    private static final int TILE = 160;
    private static final int CAPTION = 18;
    private static final int GAP = 6;
    private static final int COLUMNS = 6;
    private static final int BACKGROUND = 0x202020;
    private static final int TEXT = 0xffffff;

    /** Where attention is strongest, this much of the picture below is covered. */
    private static final double COVER = 0.75;

    /** Half the arm of the cross that marks the pixel. */
    private static final int ARM = 7;

    private AttentionSheet() {}

    /**
     * One support.
     *
     * @param image [side, side], values in [0, 1]
     * @param attention a coarser grid over the same square, >= 0
     * @param caption a few letters and digits
     */
    public record Tile(Plane image, Plane attention, String caption) {}

    /**
     * @param query [side, side], values in [0, 1]
     * @param x column of the pixel in it
     * @param y row of it
     * @param caption of the query's tile
     * @return 8-bit RGB
     */
    public static Raster draw(Plane query, int x, int y, String caption, List<Tile> tiles) {
        float highest = 0;
        for (Tile tile : tiles) {
            for (float value : tile.attention().values()) {
                highest = Math.max(highest, value);
            }
        }
        int columns = Math.min(COLUMNS, tiles.size() + 1);
        int rows = Math.ceilDiv(tiles.size() + 1, columns);
        Canvas canvas =
                new Canvas(columns * (TILE + GAP) + GAP, rows * (TILE + CAPTION + GAP) + GAP);
        int[] grey = shades(query);
        mark(grey, (x * TILE + TILE / 2) / query.width(), (y * TILE + TILE / 2) / query.height());
        canvas.tile(0, columns, grey, caption);
        for (int i = 0; i < tiles.size(); i++) {
            Tile tile = tiles.get(i);
            canvas.tile(i + 1, columns, heated(tile, highest), tile.caption());
        }
        return canvas.raster();
    }

    private static int[] shades(Plane image) {
        float[] values = Resampling.bilinear(image, TILE, TILE).values();
        int[] shades = new int[values.length];
        for (int i = 0; i < shades.length; i++) {
            shades[i] = 0x010101 * Math.clamp(Math.round(255 * values[i]), 0, 255);
        }
        return shades;
    }

    private static int[] heated(Tile tile, float highest) {
        int[] pixels = shades(tile.image());
        float[] heat = Resampling.bilinear(tile.attention(), TILE, TILE).values();
        for (int i = 0; i < pixels.length && highest > 0; i++) {
            double share = Math.clamp(heat[i] / highest, 0.0, 1.0);
            pixels[i] = blend(pixels[i], colour(share), COVER * Math.sqrt(share));
        }
        return pixels;
    }

    /**
     * Dark red over orange to light yellow: brightness rises with attention, also without colour.
     */
    private static int colour(double share) {
        int red = (int) Math.round(255 * Math.min(1, 0.5 + share));
        int green = (int) Math.round(255 * Math.clamp(1.4 * share - 0.2, 0, 1));
        int blue = (int) Math.round(160 * Math.clamp(2 * share - 1, 0, 1));
        return red << 16 | green << 8 | blue;
    }

    private static int blend(int below, int above, double share) {
        int mixed = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            double value = (1 - share) * (below >> shift & 255) + share * (above >> shift & 255);
            mixed |= (int) Math.round(value) << shift;
        }
        return mixed;
    }

    private static void mark(int[] pixels, int x, int y) {
        for (int d = -ARM; d <= ARM; d++) {
            if (Math.abs(d) > 1) {
                set(pixels, x + d, y);
                set(pixels, x, y + d);
            }
        }
    }

    private static void set(int[] pixels, int x, int y) {
        if (x >= 0 && y >= 0 && x < TILE && y < TILE) {
            pixels[y * TILE + x] = LabelColours.FIXED.getFirst();
        }
    }

    private static final class Canvas {
        private final int width;
        private final int[] pixels;

        Canvas(int width, int height) {
            this.width = width;
            this.pixels = new int[width * height];
            Arrays.fill(pixels, BACKGROUND);
        }

        void tile(int number, int columns, int[] tile, String caption) {
            int left = GAP + number % columns * (TILE + GAP);
            int top = GAP + number / columns * (TILE + CAPTION + GAP);
            for (int y = 0; y < TILE; y++) {
                System.arraycopy(tile, y * TILE, pixels, (top + y) * width + left, TILE);
            }
            int letters = caption.length();
            while (BlockLetters.width(caption.substring(0, letters)) > TILE) {
                letters--;
            }
            BlockLetters.draw(
                    pixels,
                    width,
                    caption.substring(0, letters),
                    left,
                    top + TILE + (CAPTION - BlockLetters.HEIGHT) / 2,
                    TEXT);
        }

        Raster raster() {
            short[] rgb = new short[3 * pixels.length];
            for (int i = 0; i < pixels.length; i++) {
                rgb[3 * i] = (short) (pixels[i] >> 16 & 255);
                rgb[3 * i + 1] = (short) (pixels[i] >> 8 & 255);
                rgb[3 * i + 2] = (short) (pixels[i] & 255);
            }
            return new Raster(width, pixels.length / width, 3, 8, rgb);
        }
    }
}
