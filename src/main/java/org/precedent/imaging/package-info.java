/**
 * Values: pixels, masks, volumes and their geometry, and how they become what a network sees.
 *
 * <p>Terms: a {@link org.precedent.imaging.Raster} holds integer samples as acquired; a {@link
 * org.precedent.imaging.Plane} holds real numbers; a {@link org.precedent.imaging.Mask} holds yes
 * or no. All are row-major with the origin at the top left.
 *
 * <p>{@link org.precedent.imaging.NetworkInput} fits an image to a network's square and brings maps
 * back. Files are read in {@code imaging.format}, pictures for people are drawn in {@code
 * imaging.picture}.
 *
 * <p>Forbidden imports: every library but ImageIO, which {@code LibraryReader} alone calls for all
 * file formats.
 */
@NullMarked
package org.precedent.imaging;

import org.jspecify.annotations.NullMarked;
