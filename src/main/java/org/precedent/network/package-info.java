/**
 * In-context segmentation networks on DJL. One network is one file that reads top-down beside its
 * paper; the rest of the service sees {@link org.precedent.network.SegmentationNetwork} and float
 * arrays only.
 *
 * <p>Dimensions: {@code B} batch, {@code K} support size, {@code C} channels, {@code H}, {@code W}
 * height and width.
 *
 * <p>Forbidden imports: every library but DJL and the pickle reader's opcodes; {@code NDArray}
 * never leaves this package.
 */
@NullMarked
package org.precedent.network;

import org.jspecify.annotations.NullMarked;
