/**
 * Measures of one answer and of many: Dice, distances of outlines, estimates with their intervals.
 *
 * <p>Conventions: Dice is hard and at the query's own size unless a name says otherwise. Two empty
 * masks overlap fully (Dice and IoU 1) and lie at distance 0; where one of two is empty, the
 * overlap is 0 and the distance the diagonal of the image. Standard deviations are those of a
 * sample (n - 1), intervals are 95% from resampling patients.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.evaluation.metric;

import org.jspecify.annotations.NullMarked;
