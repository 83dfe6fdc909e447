package org.precedent.imaging.format;

import org.precedent.imaging.Raster;

/**
 * A decoded mask or label map, before anybody says what its values mean.
 *
 * @param name of the file, fit for messages
 * @param raster its colours, a palette's too: grey where all that occur are grey, else RGB
 * @param colourTable whether the colours come from a palette that is no grey ramp; two greys of
 *     such a palette are two colours that somebody chose, not measured values
 * @param lossy whether the file's format changes values, so that neighbouring ones mean nothing
 */
public record MaskFile(String name, Raster raster, boolean colourTable, boolean lossy) {}
