/**
 * The contract of all networks: an {@link org.precedent.network.Episode} of supports and a query
 * goes in, a {@link org.precedent.network.Prediction} comes out. Supports are encoded once where a
 * network allows it ({@link org.precedent.network.SupportEncoding}). The rest of the service sees
 * {@link org.precedent.network.SegmentationNetwork} and float arrays only.
 *
 * <p>Dimensions: {@code B} batch, {@code K} support size, {@code C} channels, {@code H}, {@code W}
 * height and width.
 *
 * <p>Batching and mirroring are networks around another network. One paper's network is one room
 * below this one; {@code network.zoo} knows them all by name.
 *
 * <p>Forbidden imports: every library; {@code NDArray} lives in {@code tensor} and the rooms of the
 * networks.
 */
@NullMarked
package org.precedent.network;

import org.jspecify.annotations.NullMarked;
