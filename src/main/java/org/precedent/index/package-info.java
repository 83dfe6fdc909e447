/**
 * Vector indexes: projections of the catalogue that can be dropped and rebuilt. An index knows an
 * image by its id, its vector and the pool versions that it supports; it never sees pixels, and a
 * patient only as a key that cannot be read back.
 *
 * <p>Central class: {@link org.precedent.index.ImageIndex}. Lucene document numbers and types do
 * not leave this package.
 *
 * <p>Forbidden imports: Hibernate, DJL, ImageIO, JAX-RS.
 */
@NullMarked
package org.precedent.index;

import org.jspecify.annotations.NullMarked;
