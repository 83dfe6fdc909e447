/**
 * Commands of whoever keeps the service: what is erased, collected, backed up and restored.
 *
 * <p>Forbidden imports: every library but picocli, Jackson and what starts the application.
 */
@NullMarked
package org.precedent.cli.upkeep;

import org.jspecify.annotations.NullMarked;
