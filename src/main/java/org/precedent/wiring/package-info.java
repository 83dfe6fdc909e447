/**
 * The only room above the capabilities: it makes their plain objects from the configuration.
 *
 * <p>Forbidden imports: Lucene, JAX-RS.
 */
@NullMarked
package org.precedent.wiring;

import org.jspecify.annotations.NullMarked;
