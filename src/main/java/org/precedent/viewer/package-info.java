/**
 * What medical viewers bring: images ahead of any annotation, and label maps that people drew on
 * them. An image is kept without its header until nobody uses it any more; a label map becomes
 * unreviewed annotations of whoever saved it, one a label and slice.
 *
 * <p>Terms: an <em>upload</em> is an image that a viewer sent; a <em>session</em> is one that only
 * its owner knows, for an hour; a <em>model</em> is a task, or {@code TASK/POOL}; a <em>tag</em>
 * names a label map of an image, and {@code final} is the one that counts.
 *
 * <p>Forbidden imports: Hibernate, JAX-RS, Lucene, DJL, ImageIO. Statements are plain JDBC.
 */
@NullMarked
package org.precedent.viewer;

import org.jspecify.annotations.NullMarked;
