/**
 * The command by which the network is trained further on a pool.
 *
 * <p>Forbidden imports: every library but picocli, Jackson and what starts the application.
 */
@NullMarked
package org.precedent.cli.tuning;

import org.jspecify.annotations.NullMarked;
