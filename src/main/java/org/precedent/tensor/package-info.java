/**
 * What this project puts on top of DJL: the one thread where libtorch runs, the native library,
 * devices, and the layers that networks share.
 *
 * <p>Dimensions: {@code B} batch, {@code C} channels, {@code H}, {@code W} height and width.
 *
 * <p>A {@link org.precedent.tensor.Torch} is where networks run, one call at a time. Rules of
 * memory: an array attaches to its first argument's manager, and lives until that manager is
 * closed; an array made from Java values rests on a Java buffer, so no view of it may outlive it.
 *
 * <p>Forbidden imports: every library but DJL.
 */
@NullMarked
package org.precedent.tensor;

import org.jspecify.annotations.NullMarked;
