/**
 * Which supports, and how much each counts. A strategy turns a query into candidates; {@link
 * org.precedent.retrieval.Weights} turns similarities into weights that sum to 1.
 *
 * <p>Central class: {@link org.precedent.retrieval.SupportSearch}, the way from a query's pixels to
 * its supports that the service and evaluations share. {@link
 * org.precedent.retrieval.SupportRetriever} returns a {@link org.precedent.retrieval.SupportSet} or
 * refuses with the condition that nothing meets; it never relaxes a filter to find more.
 *
 * <p>Forbidden imports: Lucene, Hibernate, DJL, JAX-RS.
 */
@NullMarked
package org.precedent.retrieval;

import org.jspecify.annotations.NullMarked;
