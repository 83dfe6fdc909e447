/**
 * This process and the service's: which build runs, where standard error goes, where a service
 * listens, the file that it leaves in its data directory, and how a command asks it.
 *
 * <p>Nothing here starts the application or knows a command.
 *
 * <p>Forbidden imports: as in {@code cli}.
 */
@NullMarked
package org.precedent.cli.process;

import org.jspecify.annotations.NullMarked;
