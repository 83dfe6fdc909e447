/**
 * What commands do with whole studies.
 *
 * <p>Forbidden imports: every library but picocli and Jackson.
 */
@NullMarked
package org.precedent.cli.study;

import org.jspecify.annotations.NullMarked;
