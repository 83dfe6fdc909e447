/**
 * Projections follow the catalogue's outbox: indexes of whole images, locations and objects, and
 * the kept encodings of supports. Each is stamped with the sequence that it reaches, catches up at
 * start, and can be verified, snapshotted, rebuilt, and exchanged for one of another embedding
 * space while it answers.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS, ImageIO.
 */
@NullMarked
package org.precedent.projection;

import org.jspecify.annotations.NullMarked;
