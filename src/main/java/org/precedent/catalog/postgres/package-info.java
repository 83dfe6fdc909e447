/**
 * The embedded PostgreSQL: started from Maven artifacts where no external database is named,
 * attached to where it outlived a killed process, and durable.
 *
 * <p>Forbidden imports: every library but those that unpack PostgreSQL's programs.
 */
@NullMarked
package org.precedent.catalog.postgres;

import org.jspecify.annotations.NullMarked;
