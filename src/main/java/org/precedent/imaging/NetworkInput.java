package org.precedent.imaging;

import java.util.Arrays;

/**
 * An image as a network sees it, and the way there and back.
 *
 * <p>In: grey; clipped to a range of values; what lies inside its frame cut out; resized with
 * antialiasing so that the longer side is the network's; the content's minimum and maximum brought
 * to 0 and 1 (a constant image is 0; a slice has its volume's range instead); centred on zeros.
 * Back: the content cut out of the square and resized to the size of what lies inside; nothing lies
 * in a frame.
 *
 * @param plane [side, side], values in [0, 1]
 * @param geometry where the image lies in it
 */
public record NetworkInput(Plane plane, Geometry geometry) {

    /**
     * Where an image of a size lies in a square of zeros.
     *
     * @param width of the image in pixels
     * @param height of the image in pixels
     * @param inside the part of the image that the square shows
     * @param side of the square
     * @param left first column of the content in the square
     * @param top first row of the content in the square
     * @param contentWidth columns of the content
     * @param contentHeight rows of the content
     */
    public record Geometry(
            int width,
            int height,
            Frame inside,
            int side,
            int left,
            int top,
            int contentWidth,
            int contentHeight) {

        /** A whole image. */
        public static Geometry fit(int width, int height, int side) {
            return fit(width, height, Frame.whole(width, height), side);
        }

        /** The longer side fills the square, the shorter keeps the aspect and at least 1 pixel. */
        public static Geometry fit(int width, int height, Frame inside, int side) {
            int wide = inside.width();
            int high = inside.height();
            if (wide < 1 || high < 1 || side < 1) {
                throw new IllegalArgumentException(
                        wide + " x " + high + " into a square of " + side);
            }
            int longer = Math.max(wide, high);
            int across = Math.max(1, (int) Math.round((double) wide * side / longer));
            int down = Math.max(1, (int) Math.round((double) high * side / longer));
            return new Geometry(
                    width,
                    height,
                    inside,
                    side,
                    (side - across) / 2,
                    (side - down) / 2,
                    across,
                    down);
        }

        /** The column of the square that shows a column of the image, or the nearest shown. */
        public int columnOf(int x) {
            int shown = Math.clamp((long) x - inside.left(), 0, inside.width() - 1);
            return left + shown * contentWidth / inside.width();
        }

        /** The row of the square that shows a row of the image, or the nearest shown. */
        public int rowOf(int y) {
            int shown = Math.clamp((long) y - inside.top(), 0, inside.height() - 1);
            return top + shown * contentHeight / inside.height();
        }

        /** The pixel of the image that a column and a row of the square show, or the nearest. */
        public Contour.Point pixelAt(int column, int row) {
            return new Contour.Point(
                    inside.left()
                            + Math.clamp(
                                    (long) (column - left) * inside.width() / contentWidth,
                                    0,
                                    inside.width() - 1),
                    inside.top()
                            + Math.clamp(
                                    (long) (row - top) * inside.height() / contentHeight,
                                    0,
                                    inside.height() - 1));
        }

        /**
         * A mask of the image on the square: 1 where at least half of the area is inside, else 0;
         * never empty where what the square shows of the mask is not.
         *
         * @return [side, side], 0 or 1
         */
        public Plane in(Mask mask) {
            if (mask.width() != width || mask.height() != height) {
                throw new IllegalArgumentException(
                        "mask of "
                                + mask.width()
                                + " x "
                                + mask.height()
                                + " for an image of "
                                + width
                                + " x "
                                + height);
            }
            return pad(
                    Resampling.plane(
                            Resampling.area(inside.cut(mask), contentWidth, contentHeight)));
        }

        /**
         * A map on the square at the image's own size: cut, then bilinear between pixel centres.
         *
         * @param map [side, side]
         * @return [height, width] in the range of the map's values; 0 in the image's frame
         */
        public Plane out(Plane map) {
            Plane shown = Resampling.bilinear(content(map), inside.width(), inside.height());
            if (shown.width() == width && shown.height() == height) {
                return shown;
            }
            float[] whole = new float[width * height];
            for (int y = 0; y < shown.height(); y++) {
                System.arraycopy(
                        shown.values(),
                        y * shown.width(),
                        whole,
                        (inside.top() + y) * width + inside.left(),
                        shown.width());
            }
            return new Plane(width, height, whole);
        }

        /** The part of a map on the square that the image covers. */
        public Plane content(Plane map) {
            if (map.width() != side || map.height() != side) {
                throw new IllegalArgumentException(
                        "map of " + map.width() + " x " + map.height() + ", expected side " + side);
            }
            float[] cut = new float[contentWidth * contentHeight];
            for (int y = 0; y < contentHeight; y++) {
                System.arraycopy(
                        map.values(), (top + y) * side + left, cut, y * contentWidth, contentWidth);
            }
            return new Plane(contentWidth, contentHeight, cut);
        }

        private Plane pad(Plane content) {
            float[] square = new float[side * side];
            for (int y = 0; y < contentHeight; y++) {
                System.arraycopy(
                        content.values(),
                        y * contentWidth,
                        square,
                        (top + y) * side + left,
                        contentWidth);
            }
            return new Plane(side, side, square);
        }
    }

    public NetworkInput {
        if (plane.width() != geometry.side() || plane.height() != geometry.side()) {
            throw new IllegalArgumentException("plane and geometry differ in size");
        }
    }

    /**
     * Fits an image to a network.
     *
     * @param side of the square, in pixels
     * @param range of grey values that the image keeps, clipped at its own size
     */
    public static NetworkInput of(Raster image, int side, InputRange range) {
        Frame shown = Frame.shown(image, range);
        return of(image, side, range, shown, shown);
    }

    /**
     * Fits a part of an image to a network. Grey values are clipped as those of the whole image
     * are, then the part's own least and greatest become 0 and 1.
     *
     * @param part of what networks are shown of the image
     */
    public static NetworkInput of(Raster image, int side, InputRange range, Frame part) {
        return of(image, side, range, Frame.shown(image, range), part);
    }

    private static NetworkInput of(
            Raster image, int side, InputRange range, Frame shown, Frame part) {
        Geometry geometry = Geometry.fit(image.width(), image.height(), part, side);
        Plane content =
                Resampling.bilinear(
                        part.within(shown).cut(range.plane(shown.cut(image))),
                        geometry.contentWidth(),
                        geometry.contentHeight());
        Plane square = image.hasRange() ? inRange(content, image.maxValue()) : stretched(content);
        return new NetworkInput(geometry.pad(square), geometry);
    }

    /** Where an image lies in the square of a network, which is shown what is inside its frame. */
    public static Geometry geometry(Raster image, int side, InputRange range) {
        return Geometry.fit(image.width(), image.height(), Frame.shown(image, range), side);
    }

    /** A slice whose volume gave black and white: 0 and 1 are the same in all its slices. */
    private static Plane inRange(Plane plane, int white) {
        float[] values = new float[plane.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.clamp(plane.values()[i] / white, 0, 1);
        }
        return new Plane(plane.width(), plane.height(), values);
    }

    /** Minimum and maximum brought to 0 and 1; a constant plane becomes 0. */
    public static Plane stretched(Plane plane) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (float value : plane.values()) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        float[] stretched = new float[plane.values().length];
        if (high > low) {
            for (int i = 0; i < stretched.length; i++) {
                stretched[i] = (plane.values()[i] - low) / (high - low);
            }
        } else {
            Arrays.fill(stretched, 0);
        }
        return new Plane(plane.width(), plane.height(), stretched);
    }
}
