/**
 * NRRD volumes, read and written, with the segments that 3D Slicer describes in {@code .seg.nrrd}.
 *
 * <p>The vectors of {@code space directions} are columns, one an axis, in whatever space the file
 * names; they become LPS. Key/value pairs are free text that may name a patient: all but the
 * segments' are dropped.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.imaging.format.nrrd;

import org.jspecify.annotations.NullMarked;
