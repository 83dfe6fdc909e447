/**
 * The HTTP edge: resources, the shapes of requests and answers, and the one place that turns
 * refusals into RFC 9457 problems.
 *
 * <p>Forbidden imports: Hibernate, Lucene, DJL, ImageIO.
 */
@NullMarked
package org.precedent.api;

import org.jspecify.annotations.NullMarked;
