/**
 * The contract of vector indexes: projections of the catalogue that can be dropped and rebuilt. An
 * index knows an image by its id, its vector and the pool versions that it supports; it never sees
 * pixels, and a patient only as a key that cannot be read back.
 *
 * <p>Terms: a <em>membership</em> is one annotation in one pool, from the version that added it up
 * to the one that removed it; a <em>scan</em> compares every eligible vector with the query and is
 * exact; a <em>walk</em> follows a graph and is not, so it collects more candidates than asked for.
 *
 * <p>Central classes: an {@link org.precedent.index.IndexEngine} is the only way to an index, by
 * the {@link org.precedent.index.IndexHome} of its space. {@link org.precedent.index.ImageSearch}
 * and {@link org.precedent.index.LocationSearch} read, {@link org.precedent.index.ImageIndex} and
 * {@link org.precedent.index.LocationIndex} also write. One room an engine: {@code index.lucene} is
 * the durable one, {@code index.solr} asks a SolrCloud, {@code index.exact} lives in memory and is
 * what the others are tested against. An engine may be on another machine: it is sent filters, not
 * lists of images, joins locations with the images that pass by itself, is waited for by its
 * sequence, and is compared with the catalogue page by page.
 *
 * <p>Invariants: a batch is visible and durable as a whole, with the outbox sequence it reached; a
 * search returns min(k, eligible) hits under any filter; vectors of different spaces never share an
 * index.
 *
 * <p>Forbidden imports: Lucene but for its vector arithmetic, Hibernate, DJL, ImageIO, JAX-RS.
 */
@NullMarked
package org.precedent.index;

import org.jspecify.annotations.NullMarked;
