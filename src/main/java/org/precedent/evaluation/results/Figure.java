package org.precedent.evaluation.results;

import org.precedent.imaging.Raster;

/** A drawn result. */
public sealed interface Figure permits Chart, Scatter {

    /** What is shown, in a few words. */
    String title();

    /** The figure, 8-bit RGB, 1520 pixels wide. */
    Raster draw();
}
