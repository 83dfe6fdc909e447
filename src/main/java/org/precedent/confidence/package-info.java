/**
 * How far an answer can be trusted: evidence for and against it, and the Dice that a pool's own
 * questions let one expect. An answer whose prediction falls below the pool's threshold says that
 * its precedent is insufficient, with the reason.
 *
 * <p>Forbidden imports: Lucene, DJL, Hibernate, JAX-RS, ImageIO.
 */
@NullMarked
package org.precedent.confidence;

import org.jspecify.annotations.NullMarked;
