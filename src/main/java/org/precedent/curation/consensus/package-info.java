/**
 * One mask from those of several annotators, as plain algorithms.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO, the catalogue.
 */
@NullMarked
package org.precedent.curation.consensus;

import org.jspecify.annotations.NullMarked;
