package org.precedent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.network.ModelCheck;
import org.precedent.network.Networks;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Weights. */
@Command(
        name = "model",
        mixinStandardHelpOptions = true,
        description = "Networks and their weights.",
        subcommands = {ModelCommand.ListModels.class, ModelCommand.Check.class})
final class ModelCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "Missing: list or check");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Prints the shipped weights: network, SHA-256, size, cost of a query.")
    static final class ListModels implements Callable<Integer> {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws IOException {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            Path models = Path.of(System.getProperty("precedent.home", "."), "models");
            try (Torch torch = Torch.start(Torch.Threads.ofCores());
                    DirectoryStream<Path> files =
                            Files.newDirectoryStream(models, "*.safetensors")) {
                for (Path file : files) {
                    String name = String.valueOf(file.getFileName()).replace(".safetensors", "");
                    try (SegmentationNetwork network = Networks.open(torch, name, file)) {
                        int side = network.nativeSize();
                        SegmentationNetwork.Cost cost = network.cost(16, side, side, 1);
                        out.printf(
                                Locale.ROOT,
                                "%s  sha256 %s  %d px  %.1f GFLOP a query at K = 16 (%.1f as"
                                        + " published)  card models/%s.md%n",
                                name,
                                network.weightsSha256(),
                                side,
                                cost.flops() / 1e9,
                                cost.flopsAsPublished() / 1e9,
                                name);
                    }
                }
            }
            out.flush();
            return 0;
        }
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Runs a network on a stored case and compares its logits with the case's. Exit",
                "status 0 only when the largest error is within 1e-4 of the largest logit.",
                "A case is an .npz with query [1,1,H,W], support_images and support_labels",
                "[1,K,1,H,W], weights [K] and logits [1,1,H,W]."
            })
    static final class Check implements Callable<Integer> {
        @Spec private @Nullable CommandSpec spec;

        @Option(names = "--network", required = true, description = "architecture, e.g. universeg")
        private String network = "";

        @Option(
                names = "--weights",
                required = true,
                description = "safetensors, or a PyTorch state dict (.pt)")
        private Path weights = Path.of("");

        @Option(names = "--case", required = true, description = "the .npz")
        private Path referenceCase = Path.of("");

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            try (Torch torch = Torch.start(Torch.Threads.ofCores())) {
                ModelCheck check = ModelCheck.run(torch, network, weights, referenceCase);
                out.printf(
                        Locale.ROOT,
                        "max_abs_error %.6g  largest_logit %.6g  tolerance %.6g  %s%n",
                        check.maxAbsError(),
                        check.largestLogit(),
                        check.tolerance(),
                        check.passed() ? "ok" : "FAILED");
                out.flush();
                return check.passed() ? 0 : 1;
            }
        }
    }
}
