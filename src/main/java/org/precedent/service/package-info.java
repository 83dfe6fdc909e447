/**
 * Use cases that join the capabilities: ingest, retrieve, segment, replay, and keeping the
 * projections up with the catalogue. HTTP and the command line call the same classes.
 *
 * <p>A query goes one way: decode ({@code imaging}), embed ({@code embedding}), search and weigh
 * ({@code retrieval} on {@code index}), load supports ({@code catalog}), segment ({@code
 * segmentation} on {@code network}), record ({@code catalog}). See {@link
 * org.precedent.service.QueryService}.
 *
 * <p>Forbidden imports: Lucene, DJL, JAX-RS.
 */
@NullMarked
package org.precedent.service;

import org.jspecify.annotations.NullMarked;
