/**
 * Whole studies as queries: a volume is asked slice by slice, each slice with supports of its own,
 * and the masks go back to exactly the voxels that the slices were cut from.
 *
 * <p>Terms: a <em>study</em> here is one volume, in one file or one folder of DICOM slices; its
 * answer is a label map on its own grid with a <em>legend</em>, and one recorded answer a slice. A
 * study that is sent over HTTP is a {@link org.precedent.study.StudyJob job}: a row, its files in a
 * folder of the data directory, and a row for each slice that is answered. What viewers change in
 * the segmentation of a study {@link org.precedent.study.StudyCorrections corrects} its slices'
 * answers.
 *
 * <p>Invariants: a job is acknowledged once its files and its row are on the disk. Whoever segments
 * it holds a lock on its row while a slice is answered, so that none is recorded of a study that is
 * erased. A result is never stored: it is made of the slices' recorded answers and of the files
 * that were sent, so that what names a patient is nowhere but in these files, and goes with them.
 *
 * <p>Forbidden imports: every library but the framework's configuration and log; formats are known
 * to {@code imaging.format}.
 */
@NullMarked
package org.precedent.study;

import org.jspecify.annotations.NullMarked;
