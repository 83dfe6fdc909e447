/**
 * Content-addressed bytes: pixels and masks by their SHA-256. A blob is on disk before the
 * transaction that names it commits.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.blob;

import org.jspecify.annotations.NullMarked;
