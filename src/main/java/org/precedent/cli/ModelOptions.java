package org.precedent.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.segmentation.Segmenter;
import picocli.CommandLine.Option;

/** Which network answers, outside the service. */
final class ModelOptions {
    @Option(
            names = "--network",
            description =
                    "architecture; NAME+mirror also asks the mirror image and takes the mean"
                            + " (default: ${DEFAULT-VALUE})")
    private String network = Networks.DEFAULT;

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

    /** Opens what answers. */
    Segmenter segmenter(EvaluationModels models) {
        SegmentationNetwork loaded = models.network(new EvaluationModels.Named(network, weights));
        return new Segmenter(loaded, size == null ? loaded.nativeSize() : size);
    }
}
