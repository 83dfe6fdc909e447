/**
 * In-context inference: native images and masks in, a probability map and a mask of the query's own
 * size out. {@link org.precedent.segmentation.Segmenter} fits everything to the network's square
 * and brings the answer back without a shift; which supports, and their weights, is decided
 * elsewhere. Labels of one query go together.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, ImageIO.
 */
@NullMarked
package org.precedent.segmentation;

import org.jspecify.annotations.NullMarked;
