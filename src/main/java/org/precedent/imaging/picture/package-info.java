/**
 * Pictures for people: overlays of answers, sheets of attention, legends. What is drawn here is
 * looked at and never computed with.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.imaging.picture;

import org.jspecify.annotations.NullMarked;
