/**
 * Backup and restore: a consistent copy of the truth, taken while the service runs, and back.
 *
 * <p>A backup is a directory: {@code tables/NAME.copy}, every table as of one moment of the
 * database; {@code blobs/}, a blob store that holds all that these name; {@code secrets/}, where
 * they were asked for; and {@code manifest.json}, written last, without which it is none. Indexes
 * are not in it: they are projected again.
 *
 * <p>Forbidden imports: every library but Jackson and the database's driver.
 */
@NullMarked
package org.precedent.backup;

import org.jspecify.annotations.NullMarked;
