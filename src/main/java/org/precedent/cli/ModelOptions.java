package org.precedent.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.Embedders;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.network.Networks;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.Torch;
import org.precedent.network.WeightsLibrary;
import org.precedent.segmentation.Segmenter;
import picocli.CommandLine.Option;

/** Which network answers and which embedder compares, outside the service. */
final class ModelOptions {
    @Option(names = "--network", description = "architecture (default: ${DEFAULT-VALUE})")
    private String network = "universeg";

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            description =
                    "safetensors or PyTorch state dict (default: the shipped or imported ones)")
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

    @Option(
            names = "--embedder-weights",
            paramLabel = "FILE",
            description = "of an embedder that needs any (default: the shipped or imported ones)")
    private @Nullable Path embedderWeights;

    SegmentationNetwork network(Torch torch) {
        return Networks.open(torch, network, weights == null ? library().find(network) : weights);
    }

    Segmenter segmenter(SegmentationNetwork loaded) {
        return new Segmenter(loaded, size == null ? loaded.nativeSize() : size);
    }

    ImageEmbedder embedder(Torch torch) {
        return embedder(torch, embedder, embedderWeights);
    }

    /** An embedder with its own weights where none are named. */
    static ImageEmbedder embedder(Torch torch, String name, @Nullable Path weights) {
        Path file =
                weights != null
                        ? weights
                        : Embedders.network(name).map(library()::find).orElse(null);
        return Embedders.open(torch, name, file);
    }

    private static WeightsLibrary library() {
        return ModelCommand.library(ServiceCommand.dataDirectory());
    }
}
