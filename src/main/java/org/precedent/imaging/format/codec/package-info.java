/**
 * Compressed frames become samples, exactly: JPEG, JPEG-LS, JPEG 2000, and deflated bytes.
 *
 * <p>Every codestream is walked here before a decoder sees it: size, components, precision and its
 * end are held against what its file declares. Decoders in Java run in this process; FFmpeg, which
 * is C code fed with untrusted bytes, runs in one of its own ({@code codec.ffmpeg}) with limits on
 * time and memory, and only for variants that tests prove exact.
 *
 * <p>Samples come out as numbers without a file's colour management: what colours mean is up to the
 * reader.
 *
 * <p>Forbidden imports: every library but ImageIO.
 */
@NullMarked
package org.precedent.imaging.format.codec;

import org.jspecify.annotations.NullMarked;
