/**
 * Pixels and masks: read them from untrusted files under stated limits, turn them into what a
 * network sees and back, draw them for people.
 *
 * <p>Terms: a {@link org.precedent.imaging.Raster} holds integer samples as acquired; a {@link
 * org.precedent.imaging.Plane} holds real numbers; a {@link org.precedent.imaging.Mask} holds yes
 * or no. All are row-major with the origin at the top left.
 *
 * <p>The way of an image: {@link org.precedent.imaging.ImageDecoder} turns a file that anybody may
 * have sent into a raster or a refusal; {@link org.precedent.imaging.MaskReader} turns a decoded
 * mask or label map into masks; {@link org.precedent.imaging.NetworkInput} fits an image to a
 * network's square and brings maps back; {@link org.precedent.imaging.Overlay} draws the answer and
 * {@link org.precedent.imaging.PngWriter} writes it.
 *
 * <p>Forbidden imports: every library but ImageIO and its plugins. {@code BufferedImage} does not
 * leave this package.
 */
@NullMarked
package org.precedent.imaging;

import org.jspecify.annotations.NullMarked;
