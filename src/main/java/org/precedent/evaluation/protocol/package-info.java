/**
 * The papers' protocols: leave-one-out, temperature and fusion sweeps, retrieval gain, robustness,
 * confidence; and the lines that they print.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO.
 */
@NullMarked
package org.precedent.evaluation.protocol;

import org.jspecify.annotations.NullMarked;
