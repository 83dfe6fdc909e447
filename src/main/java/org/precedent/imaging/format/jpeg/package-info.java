/**
 * Baseline and progressive JPEG: segments and sizes are walked before a library sees the file.
 *
 * <p>Forbidden imports: every library but ImageIO.
 */
@NullMarked
package org.precedent.imaging.format.jpeg;

import org.jspecify.annotations.NullMarked;
