/**
 * How good the answers are: {@link org.precedent.evaluation.Dice}, what trivial methods reach on
 * the same supports ({@link org.precedent.evaluation.Baselines}), and the papers' protocols ({@link
 * org.precedent.evaluation.LeaveOneOut}).
 *
 * <p>Conventions: hard Dice at the query's own size unless a name says otherwise; a query without
 * the label is not scored at all, so no mean ever holds an empty truth; means are over queries,
 * standard deviations are those of a sample (n - 1).
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO.
 */
@NullMarked
package org.precedent.evaluation;

import org.jspecify.annotations.NullMarked;
