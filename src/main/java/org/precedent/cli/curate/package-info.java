/**
 * {@code precedent curate}: lists that say where to look, and what to do about it.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO.
 */
@NullMarked
package org.precedent.cli.curate;

import org.jspecify.annotations.NullMarked;
