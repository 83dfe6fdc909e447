package org.precedent.segmentation;

import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;

/**
 * One annotated image as the network sees it. Does not depend on the query: callers may keep it.
 *
 * @param image [side, side], values in [0, 1]
 * @param label [side, side], 1 inside the structure and 0 outside
 */
public record PreparedSupport(Plane image, Plane label) {
    public PreparedSupport {
        if (image.width() != label.width()
                || image.height() != label.height()
                || image.width() != image.height()) {
            throw new IllegalArgumentException(
                    "support image of "
                            + image.width()
                            + " x "
                            + image.height()
                            + " with a label of "
                            + label.width()
                            + " x "
                            + label.height()
                            + "; expected equal squares");
        }
    }

    /**
     * @param mask of the image's size
     * @param side of the network's square
     * @param range of grey values that the image keeps
     */
    public static PreparedSupport of(Raster image, Mask mask, int side, InputRange range) {
        NetworkInput input = NetworkInput.of(image, side, range);
        return new PreparedSupport(input.plane(), input.geometry().in(mask));
    }
}
