/**
 * DICOM files: walked element by element without pixel memory, then their frames decoded to stored
 * samples, with what these mean and where they lie.
 *
 * <p>A {@link org.precedent.imaging.format.dicom.DataSet} holds only the elements of a keep-list
 * ({@link org.precedent.imaging.format.dicom.Tag}); names, dates, private groups, overlays and
 * icons are passed over by their length and never read. Identifiers that are needed to group files
 * live in memory only: what may be kept is a {@link org.precedent.imaging.format.dicom.KeptHeader}.
 *
 * <p>What a segmentation has to say of its images (whose they are, where they lie) is read by a
 * walk of its own, into a {@link org.precedent.imaging.format.dicom.SourceSeries} that lives for
 * one answer.
 *
 * <p>Stored samples are lossless and in the order of the file: frames, rows, columns, colours.
 * Colour is RGB; a palette's indices stay indices.
 *
 * <p>Forbidden imports: every library; codecs are behind {@code imaging.format.codec}.
 */
@NullMarked
package org.precedent.imaging.format.dicom;

import org.jspecify.annotations.NullMarked;
