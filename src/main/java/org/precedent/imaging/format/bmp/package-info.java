/**
 * BMP: header, palette and size are checked before a library sees the file.
 *
 * <p>Forbidden imports: every library but ImageIO.
 */
@NullMarked
package org.precedent.imaging.format.bmp;

import org.jspecify.annotations.NullMarked;
