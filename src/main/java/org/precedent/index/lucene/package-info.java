/**
 * The embedded engine: Lucene HNSW with exact filters. Its files are described in {@code
 * index/README.md}.
 *
 * <p>{@link org.precedent.index.lucene.LuceneEngine} opens everything here; nobody outside knows
 * another class but its configuration. {@link org.precedent.index.lucene.LuceneImageIndex} and
 * {@link org.precedent.index.lucene.LuceneLocationIndex} write; {@link
 * org.precedent.index.lucene.LuceneImageSearch} and {@link
 * org.precedent.index.lucene.LuceneLocationSearch} read the same files from another process.
 * Candidates of a walk are compared once more, in a fixed order of summation, before they are
 * ranked. Lucene document numbers and types do not leave this package.
 *
 * <p>Forbidden imports: Hibernate, DJL, ImageIO, JAX-RS.
 */
@NullMarked
package org.precedent.index.lucene;

import org.jspecify.annotations.NullMarked;
