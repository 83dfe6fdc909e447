/**
 * Annotated images on their way into the catalogue: decoded under limits, checked against their
 * masks, stored as a whole or refused.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS, Hibernate.
 */
@NullMarked
package org.precedent.ingest;

import org.jspecify.annotations.NullMarked;
