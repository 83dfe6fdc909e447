/**
 * Scans as they were stored: samples of any type with what they mean, on a grid that knows where it
 * lies.
 *
 * <p>Terms: a <em>stored</em> sample is the number in the file; its <em>value</em> is what a {@link
 * org.precedent.imaging.volume.Rescale} makes of it (Hounsfield units, for example); pictures and
 * networks see values that were mapped to a range of their own. The three are never mixed.
 *
 * <p>A {@link org.precedent.imaging.volume.Grid} counts voxels (i, j, k), i fastest in memory. The
 * world is LPS in millimetres everywhere in here, as in DICOM: +x to the patient's left, +y to the
 * back, +z to the head. Formats that count otherwise are turned when they are read and written;
 * arrays are never flipped, only the affine changes.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.imaging.volume;

import org.jspecify.annotations.NullMarked;
