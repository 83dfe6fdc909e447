/**
 * PNG: chunks, checksums and the inflated size are checked before a library sees the file; masks
 * and probability maps are written here.
 *
 * <p>Forbidden imports: every library but ImageIO.
 */
@NullMarked
package org.precedent.imaging.format.png;

import org.jspecify.annotations.NullMarked;
