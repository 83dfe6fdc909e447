/**
 * Untrusted image files become rasters and masks, under stated limits, or a refusal that names the
 * file, the field, the value and the limit.
 *
 * <p>{@link org.precedent.imaging.format.ImageDecoder} tells a format by a file's content and hands
 * the file to the room of that format; {@link org.precedent.imaging.format.MaskReader} turns a
 * decoded mask or label map into masks.
 *
 * <p>Forbidden imports: every library; the rooms below read the formats.
 */
@NullMarked
package org.precedent.imaging.format;

import org.jspecify.annotations.NullMarked;
