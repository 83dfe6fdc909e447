/**
 * The results page: what is measured ({@code ResultsPlan}), the goals that it is held against
 * ({@code GoalTable}), its sections and charts.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO.
 */
@NullMarked
package org.precedent.evaluation.results;

import org.jspecify.annotations.NullMarked;
