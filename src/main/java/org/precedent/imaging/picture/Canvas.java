package org.precedent.imaging.picture;

import java.awt.AWTError;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import org.precedent.imaging.Raster;

/**
 * A white sheet to draw figures on, in points of 2 x 2 pixels, so that they stay sharp on fine
 * screens. Needs no display; on a machine without fonts texts are drawn in {@link BlockLetters}.
 */
public final class Canvas {
    private static final int PIXELS = 2;

    private final int width;
    private final int height;
    private final BufferedImage image;
    private boolean fonts;

    /** Which point of a text its position names; its height is always around the middle. */
    public enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** How a text looks. */
    public record Letters(double size, boolean bold, int colour) {}

    /**
     * @param width in points
     * @param height in points
     */
    public Canvas(int width, int height) {
        this(width, height, true);
    }

    Canvas(int width, int height, boolean fonts) {
        this.width = width;
        this.height = height;
        this.fonts = fonts;
        image = new BufferedImage(width * PIXELS, height * PIXELS, BufferedImage.TYPE_INT_RGB);
        rectangle(0, 0, width, height, 0xffffff, 1);
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /**
     * @param colour RGB
     * @param opacity in [0, 1]
     */
    public void rectangle(
            double left, double top, double across, double down, int colour, double opacity) {
        fill(new Rectangle2D.Double(left, top, across, down), colour, opacity);
    }

    public void disc(double x, double y, double radius, int colour) {
        fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius), colour, 1);
    }

    /** A filled polygon, closed by itself. */
    public void polygon(double[] x, double[] y, int colour, double opacity) {
        Path2D path = path(x, y);
        path.closePath();
        fill(path, colour, opacity);
    }

    /** A line through points. */
    public void line(double[] x, double[] y, int colour, double thickness, boolean dashed) {
        Graphics2D graphics = graphics();
        try {
            graphics.setColor(new Color(colour));
            graphics.setStroke(
                    new BasicStroke(
                            (float) thickness,
                            dashed ? BasicStroke.CAP_BUTT : BasicStroke.CAP_ROUND,
                            BasicStroke.JOIN_ROUND,
                            1,
                            dashed ? new float[] {5, 4} : null,
                            0));
            graphics.draw(path(x, y));
        } finally {
            graphics.dispose();
        }
    }

    /** A line of one text; control characters become question marks. */
    public void text(String text, double x, double y, Anchor anchor, Letters letters) {
        String shown = text.replaceAll("\\p{Cntrl}", "?");
        double left =
                switch (anchor) {
                    case START -> x;
                    case MIDDLE -> x - textWidth(shown, letters) / 2;
                    case END -> x - textWidth(shown, letters);
                };
        if (!shown.isEmpty() && !written(shown, left, y, letters)) {
            int block = block(letters);
            int[] pixels =
                    image.getRGB(
                            0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
            BlockLetters.draw(
                    pixels,
                    image.getWidth(),
                    shown,
                    (int) Math.round(left * PIXELS),
                    (int) Math.round(y * PIXELS - block * 2.5),
                    letters.colour(),
                    block);
            image.setRGB(0, 0, image.getWidth(), image.getHeight(), pixels, 0, image.getWidth());
        }
    }

    /** How wide a text is, in points. */
    public double textWidth(String text, Letters letters) {
        if (fonts) {
            Graphics2D graphics = graphics();
            try {
                return graphics.getFontMetrics(font(letters))
                        .getStringBounds(text, graphics)
                        .getWidth();
            } catch (RuntimeException | LinkageError | InternalError | AWTError e) {
                fonts = false; // A Java runtime without font libraries fails in any of these ways.
            } finally {
                graphics.dispose();
            }
        }
        return (double) BlockLetters.width(text, block(letters)) / PIXELS;
    }

    /** The sheet as 8-bit RGB. */
    public Raster toRaster() {
        int across = image.getWidth();
        int[] pixels = image.getRGB(0, 0, across, image.getHeight(), null, 0, across);
        short[] samples = new short[3 * pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            samples[3 * i] = (short) (pixels[i] >> 16 & 255);
            samples[3 * i + 1] = (short) (pixels[i] >> 8 & 255);
            samples[3 * i + 2] = (short) (pixels[i] & 255);
        }
        return new Raster(across, image.getHeight(), 3, 8, samples);
    }

    private boolean written(String text, double left, double y, Letters letters) {
        if (!fonts) {
            return false;
        }
        Graphics2D graphics = graphics();
        try {
            graphics.setFont(font(letters));
            graphics.setColor(new Color(letters.colour()));
            // 0.35 of the size is half the height of capitals.
            graphics.drawString(text, (float) left, (float) (y + 0.35 * letters.size()));
            return true;
        } catch (RuntimeException | LinkageError | InternalError | AWTError e) {
            fonts = false;
            return false;
        } finally {
            graphics.dispose();
        }
    }

    private static Font font(Letters letters) {
        return new Font(Font.SANS_SERIF, letters.bold() ? Font.BOLD : Font.PLAIN, 1)
                .deriveFont((float) letters.size());
    }

    /** Letters of 5 blocks are a little smaller than those of a font of that size. */
    private static int block(Letters letters) {
        return Math.max(1, (int) Math.round(letters.size() * PIXELS / 8));
    }

    private void fill(Shape shape, int colour, double opacity) {
        Graphics2D graphics = graphics();
        try {
            graphics.setColor(
                    new Color(
                            colour >> 16 & 255,
                            colour >> 8 & 255,
                            colour & 255,
                            (int) Math.round(255 * opacity)));
            graphics.fill(shape);
        } finally {
            graphics.dispose();
        }
    }

    private static Path2D path(double[] x, double[] y) {
        if (x.length != y.length || x.length == 0) {
            throw new IllegalArgumentException(x.length + " and " + y.length + " coordinates");
        }
        Path2D path = new Path2D.Double();
        path.moveTo(x[0], y[0]);
        for (int i = 1; i < x.length; i++) {
            path.lineTo(x[i], y[i]);
        }
        return path;
    }

    private Graphics2D graphics() {
        Graphics2D graphics = image.createGraphics();
        graphics.transform(AffineTransform.getScaleInstance(PIXELS, PIXELS));
        graphics.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(
                RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        return graphics;
    }
}
