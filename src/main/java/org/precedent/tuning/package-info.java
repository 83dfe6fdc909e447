/**
 * What a pool chooses for itself from its own images, by leave-one-out: temperature, shares of the
 * levels, confidence. A choice is kept as a {@link org.precedent.catalog.PoolSetting}: it belongs
 * to one network and one space, and is in force from the pool version that chose on. How queries
 * use it, {@code query} and {@code confidence} know.
 *
 * <p>The classes run inside the application and print nothing: whoever starts a choice watches it
 * through {@link org.precedent.evaluation.Progress} or {@link org.precedent.tuning.ChoiceObserver}.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS, ImageIO.
 */
@NullMarked
package org.precedent.tuning;

import org.jspecify.annotations.NullMarked;
