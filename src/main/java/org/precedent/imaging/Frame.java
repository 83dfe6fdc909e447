package org.precedent.imaging;

/**
 * The part of a picture that lies inside its frame: padding, a letterbox, or frames around frames.
 * A side has a frame where its outermost line is of one value; what follows belongs to it while it
 * is near that value, as a lossy encoding leaves the lines beside an edge. Unlike {@link Borders},
 * which decide grey values, it may take a changed pixel for a part of a frame.
 *
 * @param left first column
 * @param top first row
 * @param right column after the last
 * @param bottom row after the last
 */
public record Frame(int left, int top, int right, int bottom) {
    /** A line of fewer pixels is of one value or of several: none of them is a hot pixel. */
    private static final int SHORT = 16;

    /** Lines beside an edge that a lossy encoding may change: a block of JPEG. */
    private static final int BLOCK = 8;

    /** A line of pixels from (x, y) on, in steps of (dx, dy). */
    private record Line(int x, int y, int dx, int dy, int length) {
        float at(Plane plane, int i) {
            return plane.at(x + dx * i, y + dy * i);
        }

        /** The value of its first pixel, or of its middle one if no other has the first's. */
        float value(Plane plane) {
            float first = at(plane, 0);
            return length > 1 && first == at(plane, 1) ? first : at(plane, length / 2);
        }

        boolean isNear(Plane plane, float value, double apart, int others) {
            int left = length < SHORT ? 0 : others;
            for (int i = 0; i < length; i++) {
                if (Math.abs(at(plane, i) - value) > apart && --left < 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Less than this part of a picture is an object on an even ground, and not inside a frame. */
    private static final double SMALLEST_PART = 1.0 / 4;

    /** The whole of a picture. */
    public static Frame whole(int width, int height) {
        return new Frame(0, 0, width, height);
    }

    /**
     * The part of an image that networks and embedders are shown: without exactly even lines at its
     * sides, a hot pixel in each apart. The whole image where that is less than a quarter of it, of
     * a slice, because all slices of a volume lie alike, and in ranges of before {@link
     * InputRange#PERCENTILE_INSIDE}.
     */
    public static Frame shown(Raster image, InputRange range) {
        Frame whole = whole(image.width(), image.height());
        if (image.hasRange() || range != InputRange.PERCENTILE_INSIDE) {
            return whole;
        }
        Frame inside = around(Resampling.plane(Resampling.grey(image)), 0, 1);
        return inside.pixels() < SMALLEST_PART * whole.pixels() ? whole : inside;
    }

    /**
     * Finds what is inside.
     *
     * @param apart how far the values of a frame may lie apart after its outermost line
     * @param others pixels of a line of a frame that may have any other value
     * @return the whole picture where nothing would remain
     */
    static Frame around(Plane plane, double apart, int others) {
        Frame whole = whole(plane.width(), plane.height());
        Frame inside = whole;
        Frame before;
        do {
            before = inside;
            int top = inside.framed(plane, apart, others, inside.top, 1, 0);
            int bottom = inside.framed(plane, apart, others, inside.bottom - 1, -1, 0);
            int left = inside.framed(plane, apart, others, inside.left, 0, 1);
            int right = inside.framed(plane, apart, others, inside.right - 1, 0, -1);
            inside =
                    new Frame(
                            inside.left + left,
                            inside.top + top,
                            inside.right - right,
                            inside.bottom - bottom);
        } while (!inside.equals(before) && inside.pixels() > 0);
        return inside.pixels() > 0 ? inside : whole;
    }

    /** Columns of it. */
    public int width() {
        return right - left;
    }

    /** Rows of it. */
    public int height() {
        return bottom - top;
    }

    long pixels() {
        return (long) Math.max(0, width()) * Math.max(0, height());
    }

    /** The same part of the picture at another size, no cell that is partly outside. */
    Frame scaled(int width, int height, int side) {
        return new Frame(
                Math.ceilDiv(left * side, width),
                Math.ceilDiv(top * side, height),
                right * side / width,
                bottom * side / height);
    }

    /** The same part as it lies in another one that holds it. */
    Frame within(Frame other) {
        return new Frame(
                left - other.left, top - other.top, right - other.left, bottom - other.top);
    }

    Plane cut(Plane plane) {
        if (width() == plane.width() && height() == plane.height()) {
            return plane;
        }
        float[] values = new float[width() * height()];
        for (int y = 0; y < height(); y++) {
            System.arraycopy(
                    plane.values(), (top + y) * plane.width() + left, values, y * width(), width());
        }
        return new Plane(width(), height(), values);
    }

    /** That part of an image. */
    public Raster cut(Raster image) {
        if (width() == image.width() && height() == image.height()) {
            return image;
        }
        int row = width() * image.channels();
        short[] samples = new short[row * height()];
        for (int y = 0; y < height(); y++) {
            System.arraycopy(
                    image.samples(),
                    ((top + y) * image.width() + left) * image.channels(),
                    samples,
                    y * row,
                    row);
        }
        return new Raster(width(), height(), image.channels(), image.bitsPerSample(), samples);
    }

    Mask cut(Mask mask) {
        if (width() == mask.width() && height() == mask.height()) {
            return mask;
        }
        boolean[] inside = new boolean[width() * height()];
        for (int y = 0; y < height(); y++) {
            for (int x = 0; x < width(); x++) {
                inside[y * width() + x] = mask.at(left + x, top + y);
            }
        }
        return new Mask(width(), height(), inside);
    }

    /**
     * How many lines of one side are of one frame.
     *
     * @param at the outermost line, a row or a column
     * @param rows 1 where lines are rows and follow each other downwards, -1 upwards, else 0
     * @param columns likewise for columns to the right and to the left
     */
    private int framed(Plane plane, double apart, int others, int at, int rows, int columns) {
        int step = rows + columns;
        int most = rows == 0 ? right - left : bottom - top;
        float value = line(at, rows).value(plane);
        if (!line(at, rows).isNear(plane, value, 0, others)) {
            return 0;
        }
        int lines = 1;
        while (lines < most && line(at + lines * step, rows).isNear(plane, value, 0, others)) {
            lines++;
        }
        int last = Math.min(most, lines + BLOCK);
        while (lines < last && line(at + lines * step, rows).isNear(plane, value, apart, others)) {
            lines++;
        }
        return lines;
    }

    private Line line(int at, int rows) {
        return rows == 0
                ? new Line(at, top, 0, 1, bottom - top)
                : new Line(left, at, 1, 0, right - left);
    }
}
