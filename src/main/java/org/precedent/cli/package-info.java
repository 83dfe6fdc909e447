/**
 * The command line. Commands that need the catalogue run inside the same application as the HTTP
 * service and call the same classes; the others ({@code evaluate}, {@code model}) start nothing.
 * {@code segment} and {@code retrieve} ask a service that runs on their data directory already.
 *
 * <p>Standard output carries results only; progress, notices and errors go to standard error.
 *
 * <p>Forbidden imports: Hibernate, Lucene, DJL, JAX-RS.
 */
@NullMarked
package org.precedent.cli;

import org.jspecify.annotations.NullMarked;
