/**
 * The exact engine: everything in memory, every eligible vector compared. Tests and evaluation hold
 * the other engines against it.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.index.exact;

import org.jspecify.annotations.NullMarked;
