/**
 * Whole studies as queries: a volume is asked slice by slice, each slice with supports of its own,
 * and the masks go back to exactly the voxels that the slices were cut from.
 *
 * <p>Terms: a <em>study</em> here is one volume, in one file or one folder of DICOM slices; its
 * answer is a label map on its own grid with a <em>legend</em>, and one recorded answer a slice.
 *
 * <p>Forbidden imports: every library; formats are known to {@code imaging.format}.
 */
@NullMarked
package org.precedent.study;

import org.jspecify.annotations.NullMarked;
