/**
 * The image encoder of MobileSAM, which gives image-level similarity, and its cost.
 *
 * <p>Forbidden imports: every library but DJL.
 */
@NullMarked
package org.precedent.network.mobilesam;

import org.jspecify.annotations.NullMarked;
