/**
 * Weights as files: safetensors, PyTorch checkpoints, npz archives, and the state dicts that they
 * hold. A file is untrusted: it is walked under limits, and of a pickle nothing but tensors can be
 * built.
 *
 * <p>A {@link org.precedent.weights.StateDict} is what a weights' file holds, by parameter name.
 *
 * <p>Forbidden imports: every library but the pickle reader.
 */
@NullMarked
package org.precedent.weights;

import org.jspecify.annotations.NullMarked;
