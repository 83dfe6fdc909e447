/**
 * Computed slices of an abdomen that does not exist: what the demonstration and the tests segment
 * where no real data may be shipped. Every patient has an anatomy, every scanner a contrast, so
 * that a support from the right scanner is worth more than any other.
 *
 * <p>Nobody's images went into these; a Dice on them says that the pieces work together, not how
 * good a network is on patients.
 *
 * <p>Forbidden imports: every library but JSpecify; pixels are those of {@code imaging}.
 */
@NullMarked
package org.precedent.phantom;

import org.jspecify.annotations.NullMarked;
