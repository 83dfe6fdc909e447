/**
 * What every command that needs the catalogue has in common: how it is prepared and started, where
 * its data lie, and how it shows long work.
 *
 * <p>Forbidden imports: Lucene, Hibernate, JAX-RS, DJL, ImageIO.
 */
@NullMarked
package org.precedent.cli.service;

import org.jspecify.annotations.NullMarked;
