/**
 * UniverSeg (Butoi et al. 2023) with weighted supports, and its cost. The network reads top-down
 * beside the paper.
 *
 * <p>Dimensions: {@code f} features, {@code G} supports that pass together.
 *
 * <p>Forbidden imports: every library but DJL.
 */
@NullMarked
package org.precedent.network.universeg;

import org.jspecify.annotations.NullMarked;
