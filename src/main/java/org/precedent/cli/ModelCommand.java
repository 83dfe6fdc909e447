package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.network.Architecture;
import org.precedent.network.Architecture.CostModel;
import org.precedent.network.Model;
import org.precedent.network.zoo.DeviceCheck;
import org.precedent.network.zoo.ModelCheck;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.tensor.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Weights. */
@Command(
        name = "model",
        header = "Networks and their weights.%n",
        mixinStandardHelpOptions = true,
        description = "Networks and their weights.",
        subcommands = {
            ModelCommand.ListModels.class,
            ModelCommand.Import.class,
            ModelCommand.Check.class,
            ModelCommand.Flops.class
        })
final class ModelCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "Missing: list, import, check or flops");
    }

    private static boolean segments(Architecture architecture) {
        return architecture.role() == Architecture.Role.SEGMENTATION;
    }

    /** The weights of this installation. */
    static WeightsLibrary library(Path data) {
        return new WeightsLibrary(
                Path.of(System.getProperty("precedent.home", "."), "models"),
                data.resolve("models"));
    }

    /** Where imported weights lie. */
    private static final class Data {
        @Option(
                names = "--data",
                paramLabel = "DIR",
                description =
                        "imported weights are in its models/ (default: data/ beside the launcher,"
                                + " or PRECEDENT_DATA)")
        private @Nullable Path directory;

        WeightsLibrary library() {
            return ModelCommand.library(
                    directory != null ? directory : ServiceCommand.dataDirectory());
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = {
                "Prints every network and encoder with the weights that are here, shipped or",
                "imported: parameters, SHA-256, bytes, native side in pixels, file and card."
            })
    static final class ListModels implements Callable<Integer> {
        @Spec private @Nullable CommandSpec spec;
        @Mixin private Data data = new Data();

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            List<WeightsLibrary.Entry> entries = data.library().list();
            for (Architecture network : Networks.all()) {
                List<WeightsLibrary.Entry> own =
                        entries.stream().filter(e -> e.network().equals(network)).toList();
                own.forEach(entry -> print(out, entry));
                if (own.isEmpty()) {
                    out.printf(
                            "%-16s no weights: `precedent model import FILE --network %s`%n",
                            network.name(), network.name());
                }
            }
            out.flush();
            return 0;
        }
    }

    private static void print(PrintWriter out, WeightsLibrary.Entry entry) {
        out.printf(
                Locale.ROOT,
                "%-16s %s  %d parameters  sha256 %s  %d bytes  %d px  %s  card %s%n",
                entry.network().name(),
                entry.shipped() ? "shipped" : "imported",
                entry.parameters(),
                entry.sha256(),
                entry.bytes(),
                entry.network().nativeSize(),
                entry.file(),
                entry.card().map(Path::toString).orElse("none"));
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description = {
                "Takes weights in: checks that names and shapes are the network's and keeps them as",
                "safetensors in the data directory's models/. A refused file leaves nothing behind."
            })
    static final class Import implements Callable<Integer> {
        @Spec private @Nullable CommandSpec spec;
        @Mixin private Data data = new Data();

        @Parameters(
                paramLabel = "FILE",
                description = "safetensors, or a PyTorch state dict (.pt, .pth)")
        private Path file = Path.of("");

        @Option(
                names = "--network",
                required = true,
                description = "whose weights they are, e.g. universeg; see `model list`")
        private String network = "";

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            try (Torch torch = Torch.start(Torch.Threads.ofCores())) {
                WeightsLibrary.Entry entry = data.library().importFile(torch, network, file);
                print(out, entry);
                if (segments(entry.network())) {
                    out.printf(
                            "serve with it: PRECEDENT_NETWORK_NAME=%s"
                                    + " PRECEDENT_NETWORK_WEIGHTS=%s%n",
                            network, entry.file());
                }
            }
            out.flush();
            return 0;
        }
    }

    @Command(
            name = "flops",
            mixinStandardHelpOptions = true,
            description = {
                "Prints what one query costs with its supports encoded: floating point operations",
                "here and of the network as its authors describe it (a multiply-add counts as two),",
                "and the memory of arrays alive at once. Without --weights: in the configuration",
                "that its authors published."
            })
    static final class Flops implements Callable<Integer> {
        @Spec private @Nullable CommandSpec spec;

        @Option(names = "--network", required = true, description = "e.g. universeg")
        private String network = "";

        @Option(names = "--weights", paramLabel = "FILE", description = "count these instead")
        private @Nullable Path weights;

        @Option(
                names = "--k",
                split = ",",
                description = "supports of each label (default: ${DEFAULT-VALUE})")
        private List<Integer> supports = List.of(1, 16, 64);

        @Option(
                names = "--size",
                split = ",",
                paramLabel = "PX",
                description = "sides in pixels (default: ${DEFAULT-VALUE})")
        private List<Integer> sizes = List.of(128, 256, 512);

        @Option(
                names = "--labels",
                paramLabel = "N",
                description = "labels asked for at once (default: ${DEFAULT-VALUE})")
        private int labels = 1;

        @Override
        public Integer call() {
            CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
            requirePositive(commandLine, "--k", supports);
            requirePositive(commandLine, "--size", sizes);
            requirePositive(commandLine, "--labels", List.of(labels));
            Architecture architecture = Networks.architecture(network);
            if (weights == null) {
                print(commandLine.getOut(), architecture, architecture.published());
                return 0;
            }
            try (Torch torch = Torch.start(Torch.Threads.ofCores());
                    Model model = Networks.load(torch, network, weights)) {
                print(commandLine.getOut(), architecture, model::cost);
            }
            return 0;
        }

        private void print(PrintWriter out, Architecture architecture, CostModel costs) {
            boolean segments = segments(architecture);
            out.printf(
                    "%-16s %6s %5s %6s %14s %18s %14s%n",
                    "network", "px", "K", "labels", "GFLOP", "as published", "working MB");
            // An encoder knows one size, and neither supports nor labels.
            for (int size : segments ? sizes : List.of(architecture.nativeSize())) {
                for (int k : segments ? supports : List.of(1)) {
                    Model.Cost cost = costs.cost(k, size, size, segments ? labels : 1);
                    out.printf(
                            Locale.ROOT,
                            "%-16s %6d %5s %6s %14.3f %18.3f %14.1f%n",
                            architecture.name(),
                            size,
                            segments ? k : "-",
                            segments ? labels : "-",
                            cost.flops() / 1e9,
                            cost.flopsAsPublished() / 1e9,
                            cost.workingBytes() / 1e6);
                }
            }
            out.flush();
        }

        private static void requirePositive(
                CommandLine commandLine, String option, List<Integer> values) {
            for (int value : values) {
                if (value < 1) {
                    throw new ParameterException(
                            commandLine, option + " is " + value + ", must be 1 or more");
                }
            }
        }
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Runs a network on a stored case and compares its logits with the case's. Exit",
                "status 0 only when the largest error is within 1e-4 of the largest logit.",
                "A case is an .npz with query [1,1,H,W], support_images and support_labels",
                "[1,K,1,H,W], weights [K] and logits [1,1,H,W]. That of an encoder holds",
                "image_rgb_SIDE [1,H,W,3] of 0 to 255 and embedding [1,C,h,w], stored in half",
                "precision: the largest error must be within 5e-3 of the largest feature.",
                "",
                "With --device cuda and no case: runs every network and encoder that has weights",
                "here, or the one named, on the CPU and on the CUDA device and compares the two;",
                "the largest error must be within 1e-3 of the largest value."
            })
    static final class Check implements Callable<Integer> {
        @Spec private @Nullable CommandSpec spec;
        @Mixin private Data data = new Data();
        @Mixin private ModelOptions.DeviceOption device = new ModelOptions.DeviceOption();

        @Option(names = "--network", description = "e.g. universeg")
        private @Nullable String network;

        @Option(
                names = "--weights",
                paramLabel = "FILE",
                description =
                        "safetensors, or a PyTorch state dict (default: the shipped or imported"
                                + " ones)")
        private @Nullable Path weights;

        @Option(names = "--case", paramLabel = "FILE", description = "the .npz")
        private @Nullable Path referenceCase;

        @Override
        public Integer call() {
            CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
            PrintWriter out = commandLine.getOut();
            boolean ok;
            if (referenceCase != null && network != null) {
                try (Torch torch = device.start()) {
                    ok =
                            print(
                                    out,
                                    network,
                                    ModelCheck.run(torch, network, file(network), referenceCase));
                }
            } else if (referenceCase == null && device.processor() == Torch.Processor.CUDA) {
                ok = againstTheCpu(out);
            } else {
                throw new ParameterException(
                        commandLine, "Missing: --network and --case, or --device cuda");
            }
            out.flush();
            return ok ? 0 : 1;
        }

        private Path file(String name) {
            return weights != null ? weights : data.library().find(name);
        }

        private boolean againstTheCpu(PrintWriter out) {
            boolean ok = true;
            // The device first: where there is none, that is all there is to say.
            try (Torch cuda = device.start();
                    Torch cpu = Torch.start(Torch.Threads.ofCores())) {
                for (String name : network != null ? List.of(network) : withWeights()) {
                    ok &= print(out, name, DeviceCheck.run(cpu, cuda, name, file(name)));
                }
            }
            return ok;
        }

        private List<String> withWeights() {
            return data.library().list().stream()
                    .map(entry -> entry.network().name())
                    .distinct()
                    .toList();
        }

        private static boolean print(PrintWriter out, String name, ModelCheck check) {
            out.printf(
                    Locale.ROOT,
                    "%-16s max_abs_error %.6g  largest_%s %.6g  tolerance %.6g  %s%n",
                    name,
                    check.maxAbsError(),
                    segments(Networks.architecture(name)) ? "logit" : "feature",
                    check.largestLogit(),
                    check.tolerance(),
                    check.passed() ? "ok" : "FAILED");
            return check.passed();
        }
    }
}
