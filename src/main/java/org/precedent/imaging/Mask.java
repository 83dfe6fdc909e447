package org.precedent.imaging;

/**
 * Which pixels belong to a structure. The array is handed over at construction and never written
 * again.
 *
 * @param width in pixels
 * @param height in pixels
 * @param inside [height, width] row-major
 */
public record Mask(int width, int height, boolean[] inside) {
    public Mask {
        if (width < 1 || height < 1 || inside.length != width * height) {
            throw new IllegalArgumentException(
                    inside.length + " pixels for " + width + " x " + height);
        }
    }

    public boolean at(int x, int y) {
        return inside[y * width + x];
    }

    /** Number of pixels inside. */
    public int area() {
        int area = 0;
        for (boolean pixel : inside) {
            area += pixel ? 1 : 0;
        }
        return area;
    }

    /** As a grey raster of 0 and 255, the form in which masks are stored and sent. */
    public Raster toRaster() {
        short[] samples = new short[inside.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (inside[i] ? 255 : 0);
        }
        return new Raster(width, height, 1, 8, samples);
    }

    /** The pixels of a grey raster that are not 0. */
    public static Mask fromRaster(Raster raster) {
        if (raster.channels() != 1) {
            throw new IllegalArgumentException("a mask has one channel, not " + raster.channels());
        }
        boolean[] inside = new boolean[raster.samples().length];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = raster.samples()[i] != 0;
        }
        return new Mask(raster.width(), raster.height(), inside);
    }
}
