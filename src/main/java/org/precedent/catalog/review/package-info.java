/**
 * What curators and clients read and change in the catalogue: contents of pools, reviews, versions,
 * verdicts on answers. Every change is one transaction that takes the outbox's lock first, as
 * ingest does, leaves an action with its actor, reason and time, and can be undone by another
 * action.
 *
 * <p>Statements are SQL, because they are about sets of rows: the entities of {@code catalog} stay
 * there.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS, ImageIO.
 */
@NullMarked
package org.precedent.catalog.review;

import org.jspecify.annotations.NullMarked;
