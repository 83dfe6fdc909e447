/**
 * Vectors that stand for an image, a location in it, or an object, and the spaces they live in.
 * Vectors of different spaces are never compared.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS.
 */
@NullMarked
package org.precedent.embedding;

import org.jspecify.annotations.NullMarked;
