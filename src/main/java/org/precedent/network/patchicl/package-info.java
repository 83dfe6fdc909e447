/**
 * PatchICL: levels of patches from coarse to fine, of which only informative ones are processed;
 * sizes and cost. Weights enter as {@code log w_k} on the attention logits of support k's patches.
 *
 * <p>Forbidden imports: every library but DJL.
 */
@NullMarked
package org.precedent.network.patchicl;

import org.jspecify.annotations.NullMarked;
