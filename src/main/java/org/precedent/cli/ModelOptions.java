package org.precedent.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.Embedders;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.network.Networks;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.Torch;
import org.precedent.segmentation.Segmenter;
import picocli.CommandLine.Option;

/** Which network answers and which embedder compares, outside the service. */
final class ModelOptions {
    @Option(names = "--network", description = "architecture (default: ${DEFAULT-VALUE})")
    private String network = "universeg";

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            description = "safetensors or PyTorch state dict (default: the shipped ones)")
    private @Nullable Path weights;

    @Option(
            names = "--size",
            paramLabel = "PX",
            description = "side that images are brought to (default: as trained)")
    private @Nullable Integer size;

    @Option(
            names = "--embedder",
            paramLabel = "NAME",
            description = "what compares whole images (default: ${DEFAULT-VALUE})")
    private String embedder = "thumbnail";

    SegmentationNetwork network(Torch torch) {
        return Networks.open(torch, network, weights == null ? shipped(network) : weights);
    }

    Segmenter segmenter(SegmentationNetwork loaded) {
        return new Segmenter(loaded, size == null ? loaded.nativeSize() : size);
    }

    ImageEmbedder embedder() {
        return Embedders.byName(embedder);
    }

    /** Where the weights of a name lie that come with the project. */
    static Path shipped(String name) {
        return Path.of(System.getProperty("precedent.home", "."))
                .resolve("models")
                .resolve(name + ".safetensors");
    }
}
