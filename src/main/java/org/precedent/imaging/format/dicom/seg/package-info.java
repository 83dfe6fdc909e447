/**
 * DICOM segmentations, written as the archive and its viewers want them: bits packed across frames,
 * each frame with its position in the source's own words and a reference to the image that it was
 * drawn on.
 *
 * <p>A file in here carries the patient's identifiers, because an archive files it by them. They
 * come from the source when an answer is written and go out with it; nothing in here keeps or logs
 * them.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.imaging.format.dicom.seg;

import org.jspecify.annotations.NullMarked;
