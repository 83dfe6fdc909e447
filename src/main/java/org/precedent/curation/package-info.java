/**
 * How a pool gets better: lists that say where to look ({@link
 * org.precedent.curation.CurationLists}, computed by {@code curation.ranking}), and what a curator
 * or a client does about it ({@link org.precedent.curation.Curation}, kept by {@code
 * catalog.review}).
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO.
 */
@NullMarked
package org.precedent.curation;

import org.jspecify.annotations.NullMarked;
