package org.precedent.imaging.picture;

import java.awt.AWTError;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * The strip below an overlay: a coloured square and a name for each label, in as many rows as the
 * width needs. On a machine without fonts the names are drawn in {@link BlockLetters}.
 */
final class Legend {
    /**
     * @param colour RGB
     */
    record Entry(String label, int colour) {}

    private static final int ROW = 24;
    private static final int SWATCH = 14;
    private static final int GAP = 8;
    private static final int LONGEST_LABEL = 40;
    private static final int BACKGROUND = 0x202020;

    private Legend() {}

    /**
     * @return [rows * width] RGB; empty without entries
     */
    static int[] draw(List<Entry> entries, int width) {
        if (entries.isEmpty()) {
            return new int[0];
        }
        try {
            return draw(entries, width, true);
        } catch (RuntimeException | LinkageError | InternalError | AWTError e) {
            // A Java runtime without font libraries fails in any of these ways.
            return draw(entries, width, false);
        }
    }

    static int[] draw(List<Entry> entries, int width, boolean fonts) {
        int[] lengths =
                fonts
                        ? lengths(entries)
                        : entries.stream().mapToInt(e -> BlockLetters.width(shown(e))).toArray();
        List<int[]> places = new ArrayList<>();
        int x = GAP;
        int y = 0;
        for (int length : lengths) {
            int needed = SWATCH + GAP + length + GAP;
            if (x > GAP && x + needed > width) {
                x = GAP;
                y += ROW;
            }
            places.add(new int[] {x, y});
            x += needed;
        }
        int height = y + ROW;
        int[] strip =
                fonts
                        ? text(entries, places, width, height)
                        : blocks(entries, places, width, height);
        for (int e = 0; e < places.size(); e++) {
            int top = places.get(e)[1] + (ROW - SWATCH) / 2;
            for (int v = top; v < top + SWATCH; v++) {
                for (int u = places.get(e)[0];
                        u < Math.min(width, places.get(e)[0] + SWATCH);
                        u++) {
                    strip[v * width + u] = entries.get(e).colour();
                }
            }
        }
        for (int i = 0; i < strip.length; i++) {
            strip[i] = strip[i] == 0 ? BACKGROUND : strip[i];
        }
        return strip;
    }

    private static int[] blocks(List<Entry> entries, List<int[]> places, int width, int height) {
        int[] strip = new int[width * height];
        for (int e = 0; e < entries.size(); e++) {
            BlockLetters.draw(
                    strip,
                    width,
                    shown(entries.get(e)),
                    places.get(e)[0] + SWATCH + GAP / 2,
                    places.get(e)[1] + (ROW - BlockLetters.HEIGHT) / 2,
                    0xffffff);
        }
        return strip;
    }

    private static int[] lengths(List<Entry> entries) {
        Graphics2D graphics = graphics(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
        try {
            return entries.stream()
                    .mapToInt(entry -> graphics.getFontMetrics().stringWidth(shown(entry)))
                    .toArray();
        } finally {
            graphics.dispose();
        }
    }

    private static int[] text(List<Entry> entries, List<int[]> places, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = graphics(image);
        try {
            graphics.setBackground(new Color(BACKGROUND));
            graphics.clearRect(0, 0, width, height);
            graphics.setColor(Color.WHITE);
            int base = (ROW + graphics.getFontMetrics().getAscent()) / 2 - 2;
            for (int e = 0; e < entries.size(); e++) {
                graphics.drawString(
                        shown(entries.get(e)),
                        places.get(e)[0] + SWATCH + GAP / 2,
                        places.get(e)[1] + base);
            }
        } finally {
            graphics.dispose();
        }
        return image.getRGB(0, 0, width, height, null, 0, width);
    }

    private static Graphics2D graphics(BufferedImage image) {
        Graphics2D graphics = image.createGraphics();
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        graphics.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        return graphics;
    }

    private static String shown(Entry entry) {
        String label = entry.label().replaceAll("\\p{Cntrl}", "?");
        return label.length() <= LONGEST_LABEL ? label : label.substring(0, LONGEST_LABEL) + "...";
    }
}
