/**
 * NIfTI-1 and NIfTI-2 volumes, read and written: {@code .nii}, gzipped or not, and pairs of header
 * and image.
 *
 * <p>A file counts in RAS: its affine is turned to LPS when it is read and back when it is written.
 * Texts and extensions of a header may name a patient; they are neither kept nor written.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.imaging.format.nifti;

import org.jspecify.annotations.NullMarked;
