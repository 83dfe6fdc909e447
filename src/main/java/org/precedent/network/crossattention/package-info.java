/**
 * In-context segmentation by cross-attention: encoder, decoder, the attention upsampler, sizes and
 * cost. Weights enter as {@code log w_k} on the attention logits of support k.
 *
 * <p>Forbidden imports: every library but DJL.
 */
@NullMarked
package org.precedent.network.crossattention;

import org.jspecify.annotations.NullMarked;
