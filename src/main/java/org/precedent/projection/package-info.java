/**
 * Projections follow the catalogue's outbox: indexes of whole images, locations and objects, and
 * the kept encodings of supports. Each is stamped with the sequence that it reaches, catches up at
 * start, and can be verified, snapshotted, rebuilt, and exchanged for one of another embedding
 * space while it answers.
 *
 * <p>Invariants: a follower never ends before it is closed; an image that cannot be projected holds
 * up no other and is known to the catalogue's quarantine; an index that is gone is made anew while
 * the service runs.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS, ImageIO.
 */
@NullMarked
package org.precedent.projection;

import org.jspecify.annotations.NullMarked;
