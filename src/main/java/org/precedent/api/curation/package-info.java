/**
 * A curator's hands and eyes over HTTP, each bounded by the caller's scope: what there is, reviews
 * and undo, verdicts on answers, versions of pools, lists, pictures.
 *
 * <p>Forbidden imports: Hibernate, Lucene, DJL, ImageIO.
 */
@NullMarked
package org.precedent.api.curation;

import org.jspecify.annotations.NullMarked;
