/**
 * The record: tasks, labels, images, annotations, pools with their versions, answers and the outbox
 * in PostgreSQL, pixels and masks in a content-addressed blob store.
 *
 * <p>Invariants: images, annotation versions and pool versions never change once written; blobs are
 * on disk before the transaction that names them commits; every change that a projection must
 * follow is in the outbox, in the same transaction.
 *
 * <p>Entities and the persistence context do not leave this package: callers see the records of
 * {@link org.precedent.catalog.Catalog}.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS.
 */
@NullMarked
package org.precedent.catalog;

import org.jspecify.annotations.NullMarked;
