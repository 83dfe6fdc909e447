/**
 * The process that decodes frames with FFmpeg. It runs by itself, is told frames over a pipe, and
 * knows nothing else of this program.
 *
 * <p>Forbidden imports: every library but {@code org.bytedeco}. Nothing in this program may call
 * this room, because C code that is fed with untrusted bytes must not run in the service.
 */
@NullMarked
package org.precedent.imaging.format.codec.ffmpeg;

import org.jspecify.annotations.NullMarked;
