/**
 * TIFF: directories, strips and tiles are walked before a library sees the file. {@link
 * org.precedent.imaging.format.tiff.TiffDirectory} also reads the EXIF block of other formats.
 *
 * <p>Forbidden imports: every library but ImageIO and its TIFF plugin.
 */
@NullMarked
package org.precedent.imaging.format.tiff;

import org.jspecify.annotations.NullMarked;
