/**
 * The record of adaptations: networks that were trained further on a pool's own images. A row is
 * first a piece of work (waiting, running, paused), then what came of it.
 *
 * <ul>
 *   <li><em>In force</em> for a pool, a version of it, a network and its weights is the last
 *       adaptation that was made for this version or an earlier one, whose gate is open, and which
 *       was not taken back.
 *   <li>Adapted weights are blobs, named by {@code blob_sha256}. They stay when they are not in
 *       force any more, because recorded answers are computed again with them, and go when anything
 *       that they were fitted to is erased.
 * </ul>
 *
 * <p>Forbidden imports: every library but JPA; statements are SQL.
 */
@NullMarked
package org.precedent.catalog.adaptation;

import org.jspecify.annotations.NullMarked;
