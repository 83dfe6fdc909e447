/**
 * Commands about files of images, which need neither the catalogue nor a network and start at once.
 *
 * <p>Forbidden imports: everything but picocli, Jackson's streams, {@code cli.process} and {@code
 * imaging}.
 */
@NullMarked
package org.precedent.cli.format;

import org.jspecify.annotations.NullMarked;
