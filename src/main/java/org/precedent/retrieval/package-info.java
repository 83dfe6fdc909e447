/**
 * Which supports, and how much each counts. A strategy turns a query into candidates; {@link
 * org.precedent.retrieval.Weights} turns similarities into weights that sum to 1.
 *
 * <p>Forbidden imports: Lucene, Hibernate, DJL, JAX-RS.
 */
@NullMarked
package org.precedent.retrieval;

import org.jspecify.annotations.NullMarked;
