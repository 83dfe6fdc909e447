package org.precedent.imaging;

/** Tells an image from what was put around it: zero padding, or any frame of one value. */
final class Borders {
    private static final long SMALLEST_PART = 16;

    private Borders() {}

    /**
     * A part of an image.
     *
     * @param left first column
     * @param top first row
     * @param right column after the last
     * @param bottom row after the last
     */
    record Inside(int left, int top, int right, int bottom) {
        boolean isEmpty() {
            return pixels() == 0;
        }

        long pixels() {
            return (long) Math.max(0, right - left) * Math.max(0, bottom - top);
        }
    }

    /**
     * What remains without borders; the whole image where that is less than a sixteenth of it: that
     * is no image with a border but an object on an even ground.
     */
    static Inside inside(Raster image) {
        Inside whole = new Inside(0, 0, image.width(), image.height());
        Inside inside = padded(image, whole);
        // Padding on some sides is common, several frames around each other are not: after the
        // first time only what is closed counts, or an even slope would be peeled line by line.
        while (!inside.isEmpty() && isFramed(image, inside)) {
            inside = padded(image, inside);
        }
        return SMALLEST_PART * inside.pixels() < whole.pixels() ? whole : inside;
    }

    /** Without the outermost lines that have one value each side. */
    private static Inside padded(Raster image, Inside of) {
        int top = of.top();
        int bottom = of.bottom();
        int left = of.left();
        int right = of.right();
        while (top < bottom && isRow(image, of, top, of.left(), of.top())) {
            top++;
        }
        while (bottom > top && isRow(image, of, bottom - 1, of.left(), of.bottom() - 1)) {
            bottom--;
        }
        Inside rows = new Inside(of.left(), top, of.right(), bottom);
        if (rows.isEmpty()) {
            return rows;
        }
        while (left < right && isColumn(image, rows, left, rows.left(), top)) {
            left++;
        }
        while (right > left && isColumn(image, rows, right - 1, rows.right() - 1, top)) {
            right--;
        }
        return new Inside(left, top, right, bottom);
    }

    private static boolean isFramed(Raster image, Inside of) {
        return isRow(image, of, of.top(), of.left(), of.top())
                && isRow(image, of, of.bottom() - 1, of.left(), of.top())
                && isColumn(image, of, of.left(), of.left(), of.top())
                && isColumn(image, of, of.right() - 1, of.left(), of.top());
    }

    /** Whether a row has the value of one pixel everywhere. */
    private static boolean isRow(Raster image, Inside of, int y, int likeX, int likeY) {
        for (int x = of.left(); x < of.right(); x++) {
            if (!isSame(image, x, y, likeX, likeY)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isColumn(Raster image, Inside of, int x, int likeX, int likeY) {
        for (int y = of.top(); y < of.bottom(); y++) {
            if (!isSame(image, x, y, likeX, likeY)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(Raster image, int x, int y, int likeX, int likeY) {
        for (int c = 0; c < image.channels(); c++) {
            if (image.sample(x, y, c) != image.sample(likeX, likeY, c)) {
                return false;
            }
        }
        return true;
    }
}
