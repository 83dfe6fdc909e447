package org.precedent.imaging.format;

import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Raster;

/** An image on its way in: a file that somebody sent, or pixels that were decoded before. */
public interface ImageSource {
    /** The name of the file, which is recorded with answers. */
    String name();

    /**
     * Gives the pixels, in their {@linkplain Raster#canonical canonical} samples.
     *
     * @param decoder reads them where they are still in a file
     * @throws ImagingException when a file is no image that can be read, or breaks a limit
     */
    Raster decode(ImageDecoder decoder);

    /** Pixels that were decoded before, and held against the limits then. */
    record Pixels(String name, Raster raster) implements ImageSource {
        @Override
        public Raster decode(ImageDecoder decoder) {
            return raster.canonical();
        }
    }
}
