package org.precedent.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.segmentation.Segmenter;
import org.precedent.tensor.Torch;
import picocli.CommandLine.Option;

/** Which network answers, outside the service. */
final class ModelOptions {
    @Option(
            names = "--network",
            description =
                    "architecture; NAME+mirror also asks the mirror image and takes the mean; iris3d"
                            + " segments volumes at once (default: ${DEFAULT-VALUE})")
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

    /** Which network, with its weights. */
    EvaluationModels.Named named() {
        return new EvaluationModels.Named(network, weights);
    }

    /**
     * The weights of a network of volumes, before anything is read; empty where another kind of
     * network answers.
     *
     * @throws org.precedent.network.NetworkException when there are none, and how to import some
     */
    Optional<Path> volumeWeights() {
        if (!Networks.ofVolumes().contains(network)) {
            return Optional.empty();
        }
        return Optional.of(
                weights != null
                        ? weights
                        : ModelCommand.library(ServiceCommand.dataDirectory()).find(network));
    }

    /** Opens what answers. */
    Segmenter segmenter(EvaluationModels models) {
        return segmenter(models, named());
    }

    /** Opens it with other weights. */
    Segmenter segmenter(EvaluationModels models, Path otherWeights) {
        return segmenter(models, new EvaluationModels.Named(network, otherWeights));
    }

    private Segmenter segmenter(EvaluationModels models, EvaluationModels.Named named) {
        SegmentationNetwork loaded = models.network(named);
        return new Segmenter(loaded, size == null ? loaded.nativeSize() : size);
    }

    /** Where networks run, outside the service. */
    static final class DeviceOption {
        @Option(names = "--device", description = "cpu, or cuda (default: ${DEFAULT-VALUE})")
        private String device = "cpu";

        Torch.Processor processor() {
            return Torch.Processor.of(device);
        }

        /** Loads libtorch; the caller closes it. */
        Torch start() {
            return start(device);
        }

        /** Loads libtorch for a device by its name; the caller closes it. */
        static Torch start(String device) {
            return Torch.start(Torch.Threads.ofCores(), Torch.Processor.of(device));
        }
    }
}
