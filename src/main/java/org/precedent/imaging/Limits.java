package org.precedent.imaging;

/**
 * How much of an untrusted file is read at most. Sizes are compared as the file declares them,
 * before any memory is taken for pixels.
 *
 * @param maxFileBytes of the file as sent
 * @param maxPixels width times height
 * @param maxSide width, and height, in pixels
 */
public record Limits(long maxFileBytes, long maxPixels, int maxSide) {
    /** 64 MiB, 40 million pixels, 16,384 pixels a side: at most 240 MB of samples a file. */
    public static final Limits DEFAULT = new Limits(64L << 20, 40_000_000, 16_384);

    /** For volumes: 1 GiB, 500 million samples of all slices together, 65,535 voxels a side. */
    public static final Limits VOLUMES = new Limits(1L << 30, 500_000_000, 65_535);

    public Limits {
        if (maxFileBytes < 1 || maxPixels < 1 || maxSide < 1) {
            throw new IllegalArgumentException(
                    "limits must be at least 1: "
                            + maxFileBytes
                            + " bytes, "
                            + maxPixels
                            + " pixels, side "
                            + maxSide);
        }
        if (maxFileBytes > Integer.MAX_VALUE - 8 || maxPixels > Integer.MAX_VALUE / 4) {
            throw new IllegalArgumentException(
                    "limits beyond what one array holds: "
                            + maxFileBytes
                            + " bytes, "
                            + maxPixels
                            + " pixels");
        }
    }
}
