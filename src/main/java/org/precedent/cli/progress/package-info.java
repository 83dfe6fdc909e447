/**
 * How a command shows on standard error that work goes on, how far it is and how long it will take.
 *
 * <p>Forbidden imports: as in {@code cli}.
 */
@NullMarked
package org.precedent.cli.progress;

import org.jspecify.annotations.NullMarked;
