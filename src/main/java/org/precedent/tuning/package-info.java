/**
 * What a pool chooses for itself from its own images, by leave-one-out: temperature, shares of the
 * levels, confidence. A choice belongs to one pool version, one network and one space, and is never
 * used beyond them.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS, ImageIO.
 */
@NullMarked
package org.precedent.tuning;

import org.jspecify.annotations.NullMarked;
