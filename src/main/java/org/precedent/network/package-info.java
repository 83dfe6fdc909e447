/**
 * In-context segmentation networks on DJL. One network is one file that reads top-down beside its
 * paper; the rest of the service sees {@link org.precedent.network.SegmentationNetwork} and float
 * arrays only.
 *
 * <p>Dimensions: {@code B} batch, {@code K} support size, {@code C} channels, {@code H}, {@code W}
 * height and width; in the code of one network also {@code f} features and {@code G} supports that
 * pass together.
 *
 * <p>A {@link org.precedent.network.Torch} is where networks run, one call at a time; a {@link
 * org.precedent.network.StateDict} is what a weights' file holds; {@code Layers} are the operations
 * that networks share; {@link org.precedent.network.ModelCheck} holds a network against the
 * published implementation's answer.
 *
 * <p>Rules of memory: an array attaches to its first argument's manager, and lives until that is
 * closed; the work of one group of supports has a manager of its own. An array made from Java
 * values rests on a Java buffer, so no view of it may outlive it.
 *
 * <p>Forbidden imports: every library but DJL and the pickle reader; {@code NDArray} never leaves
 * this package.
 */
@NullMarked
package org.precedent.network;

import org.jspecify.annotations.NullMarked;
