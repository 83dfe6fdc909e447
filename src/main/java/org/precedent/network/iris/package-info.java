/**
 * Iris in two and three dimensions: task embeddings, the memory bank, tuning in context, sizes and
 * cost. Supports are combined as the weighted mean of their task embeddings.
 *
 * <p>Forbidden imports: every library but DJL.
 */
@NullMarked
package org.precedent.network.iris;

import org.jspecify.annotations.NullMarked;
