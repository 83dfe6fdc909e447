package org.precedent.segmentation;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.zoo.Networks;

/** The network that answers. */
@ConfigMapping(prefix = "precedent.network")
public interface NetworkConfig {
    /**
     * Which one, by a name that {@code precedent model list} prints; {@code NAME+mirror} also asks
     * it the mirror image and takes the mean of both answers.
     */
    @WithDefault(Networks.DEFAULT)
    String name();

    /**
     * Its weights: safetensors or a PyTorch state dict. Default: the shipped ones, else those that
     * were imported.
     */
    Optional<Path> weights();

    /**
     * Weights of the network of whole volumes ({@code iris3d}), which studies may ask for. Default:
     * the only ones that were imported.
     */
    Optional<Path> volumeWeights();

    /** Side in pixels that images are brought to, a multiple of 8; default: as trained. */
    Optional<Integer> size();

    /** Threads of one forward pass; 0: one a processor. */
    @WithDefault("0")
    int threads();

    /** Queries that may wait for the network; one more is answered 503. */
    @WithDefault("32")
    int queue();

    /** Waiting queries that pass together at most, where the network gains from it. */
    @WithDefault("8")
    int batch();

    /**
     * Memory that the network may work with; a query that needs more is refused. Default: half of
     * the machine's on the CPU, no limit on a CUDA device.
     */
    Optional<MemorySize> memory();

    /** The side in pixels in force for a network. */
    default int side(SegmentationNetwork network) {
        return size().orElse(network.nativeSize());
    }
}
