/**
 * Commands about an archive that speaks DICOMweb, which need neither the catalogue nor a network.
 *
 * <p>Forbidden imports: everything but picocli, {@code dicomweb}, {@code imaging} and the other
 * rooms of the command line that it uses.
 */
@NullMarked
package org.precedent.cli.archive;

import org.jspecify.annotations.NullMarked;
