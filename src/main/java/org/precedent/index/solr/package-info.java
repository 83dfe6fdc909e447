/**
 * The engine of a cluster: vectors in SolrCloud, sharded and replicated, searched over HTTP.
 *
 * <p>Terms: a <em>generation</em> is the number of a batch; documents carry the generations that
 * brought and replaced them, and a search asks for those of one generation, so that it sees whole
 * batches although shards become current one by one. The <em>state</em> is a document that says
 * which generation is visible, the outbox sequence that belongs to it, and who writes.
 *
 * <p>{@link org.precedent.index.solr.SolrEngine} opens everything here; nobody outside knows
 * another class but its configuration. {@code SolrWriter} describes how a batch is written, {@code
 * VersionTokens} how pool versions become terms, {@code Neighbours} how candidates are found that
 * are then compared anew. The schema is {@code solr/schema.xml} among the resources.
 *
 * <p>Invariants: an answer is of all shards or a refusal; nothing is written by whoever lost the
 * lease; values that come from people are never parsed as queries.
 *
 * <p>Forbidden imports: Lucene, Hibernate, DJL, ImageIO, JAX-RS.
 */
@NullMarked
package org.precedent.index.solr;

import org.jspecify.annotations.NullMarked;
