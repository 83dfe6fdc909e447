package org.precedent.segmentation;

import java.nio.file.Path;

/**
 * Where the weights of the configured network are.
 *
 * @param file safetensors or a PyTorch checkpoint
 */
public record NetworkWeights(Path file) {}
