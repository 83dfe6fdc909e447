/**
 * What keeps a pool good: so far, which of its images show nearly the same picture.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.curation;

import org.jspecify.annotations.NullMarked;
