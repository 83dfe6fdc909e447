/**
 * One query from pixels to a recorded answer: decode, embed, find supports and weigh them, segment,
 * record; and what is asked of a recorded answer: replay, attention, influence.
 *
 * <p>Central class: {@link org.precedent.query.QueryService}. A query goes one way: {@code
 * imaging}, {@code embedding}, {@code retrieval} on {@code index}, {@code catalog} and {@code
 * blob}, {@code segmentation} on {@code network}, {@code catalog}.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS, Hibernate.
 */
@NullMarked
package org.precedent.query;

import org.jspecify.annotations.NullMarked;
