/**
 * The embedded PostgreSQL: started from Maven artifacts where no external database is named,
 * attached to where it outlived a killed process, and durable.
 *
 * <p>Forbidden imports: every library but the launcher of PostgreSQL.
 */
@NullMarked
package org.precedent.catalog.postgres;

import org.jspecify.annotations.NullMarked;
