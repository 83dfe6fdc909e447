/**
 * Vector indexes: projections of the catalogue that can be dropped and rebuilt. An index knows an
 * image by its id, its vector and the pool versions that it supports; it never sees pixels, and a
 * patient only as a key that cannot be read back.
 *
 * <p>Terms: a <em>membership</em> is one annotation in one pool, from the version that added it up
 * to the one that removed it; a <em>scan</em> compares every eligible vector with the query and is
 * exact; a <em>walk</em> follows the HNSW graph and is not, so it collects more candidates than
 * asked for; <em>candidates</em> are compared once more, in a fixed order of summation, before they
 * are ranked.
 *
 * <p>Central classes: {@link org.precedent.index.ImageSearch} reads, {@link
 * org.precedent.index.ImageIndex} also writes. {@link org.precedent.index.LuceneImageIndex} is the
 * durable one; its files are described in {@code index/README.md}. {@link
 * org.precedent.index.LuceneImageSearch} reads the same files from another process. {@link
 * org.precedent.index.ExactImageIndex} lives in memory and is what the others are tested against.
 *
 * <p>Invariants: a batch is visible and durable as a whole, with the outbox sequence it reached; a
 * search returns min(k, eligible) hits under any filter; vectors of different spaces never share an
 * index. Lucene document numbers and types do not leave this package.
 *
 * <p>Forbidden imports: Hibernate, DJL, ImageIO, JAX-RS.
 */
@NullMarked
package org.precedent.index;

import org.jspecify.annotations.NullMarked;
