/**
 * Answers and supports as clients see them, in JSON over HTTP and on the command line.
 *
 * <p>Forbidden imports: Hibernate, Lucene, DJL, ImageIO, JAX-RS.
 */
@NullMarked
package org.precedent.api.view;

import org.jspecify.annotations.NullMarked;
