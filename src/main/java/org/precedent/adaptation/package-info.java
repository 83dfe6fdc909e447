/**
 * Adaptation of the cross-attention network to a pool: it is trained further, on the pool's own
 * annotated images, by episodes in which one image asks and others of other patients support it.
 *
 * <ul>
 *   <li>An <em>episode</em> is one query, its known mask, and {@link
 *       org.precedent.adaptation.AdaptationRecipe#supports} supports.
 *   <li>The <em>gate</em>: a quarter of the pool's patients takes no part in training. Only when
 *       their images are answered better than before, and not by one patient alone, may the adapted
 *       weights answer.
 *   <li>Adapted weights belong to their pool and to the weights they came from. They harm others.
 * </ul>
 *
 * <p>For one seed and a number of steps the result is the same to the bit, however many cores there
 * are. A budget of minutes gives as many steps as there is time for.
 *
 * <p>Forbidden imports: the catalogue, DJL.
 */
@NullMarked
package org.precedent.adaptation;

import org.jspecify.annotations.NullMarked;
