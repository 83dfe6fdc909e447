package org.precedent.network.zoo;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.precedent.network.Architecture;
import org.precedent.network.Model;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.tensor.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Latency and peak memory of every network with weights here over K and image size, with the
 * operations beside. Each setting has a process of its own, so that its peak is its own; settings
 * whose working memory is more than half of the machine's are left out, and said so.
 */
@Command(name = "bench networks", mixinStandardHelpOptions = true)
public final class NetworkBenchmarks implements Callable<Integer> {
    @Option(names = "--network", split = ",", description = "only these (default: all)")
    private List<String> only = List.of();

    @Option(
            names = "--weights",
            paramLabel = "NAME=FILE",
            description = "of a network (default: the shipped or imported ones)")
    private Map<String, Path> weights = new LinkedHashMap<>();

    @Option(names = "--k", split = ",", description = "supports (default: ${DEFAULT-VALUE})")
    private List<Integer> supports = List.of(1, 16, 64, 256);

    @Option(names = "--size", split = ",", description = "pixels (default: ${DEFAULT-VALUE})")
    private List<Integer> sizes = List.of(128, 256, 512);

    @Option(names = "--forks", description = "processes a setting (default: ${DEFAULT-VALUE})")
    private int forks = 1;

    @Option(names = "--repeats", description = "in each process (default: ${DEFAULT-VALUE})")
    private int repeats = 3;

    private final PrintStream out = System.out;

    /** Of one network over K and sizes. */
    private record Setting(int k, int side) {}

    public static void main(String... args) {
        System.exit(new CommandLine(new NetworkBenchmarks()).execute(args));
    }

    @Override
    public Integer call() throws IOException, RunnerException {
        Path home = Path.of(System.getProperty("precedent.home", "."));
        WeightsLibrary library =
                new WeightsLibrary(home.resolve("models"), home.resolve("data/models"));
        for (Architecture network : Networks.all()) {
            String name = network.name();
            boolean volumes = network.role() == Architecture.Role.VOLUMES;
            if (volumes || (!only.isEmpty() && !only.contains(name))) {
                continue;
            }
            Path file = weights.get(name);
            try {
                file = file == null ? library.find(name) : file;
            } catch (NetworkException e) {
                out.printf("%n%s is left out: %s%n", name, e.getMessage());
                continue;
            }
            out.printf(
                    "%n%s, %s, two threads; each line: best and mean of %d runs in %d process(es)%n",
                    name, file.getFileName(), repeats, forks);
            if (network.role() == Architecture.Role.IMAGE_ENCODER) {
                encoding(network, file, network.nativeSize());
            } else {
                segmentation(network, file);
            }
        }
        return 0;
    }

    private void segmentation(Architecture network, Path file) throws IOException, RunnerException {
        Map<Setting, Model.Cost> costs = new LinkedHashMap<>();
        boolean cachesSupports;
        long memory = memory() / 2;
        try (Torch torch = Torch.start(new Torch.Threads(2, 1));
                SegmentationNetwork model = Networks.open(torch, network.name(), file)) {
            cachesSupports = model.cachesSupports();
            for (int side : sizes) {
                for (int k : supports) {
                    Model.Cost cost = model.cost(k, side, side, 1);
                    if (side % model.sizeMultiple() != 0) {
                        out.printf("%5d px: no multiple of %d%n", side, model.sizeMultiple());
                    } else if (cost.workingBytes() > memory) {
                        out.printf(
                                Locale.ROOT,
                                "K %4d %5d px: %.1f GB to work with, more than half of what is"
                                        + " here%n",
                                k,
                                side,
                                cost.workingBytes() / 1e9);
                    } else {
                        costs.put(new Setting(k, side), cost);
                    }
                }
            }
        }
        Path peaks = Files.createTempDirectory("peaks");
        for (Map.Entry<Setting, Model.Cost> setting : costs.entrySet()) {
            measure(network, file, setting.getKey(), setting.getValue(), peaks);
        }
        if (cachesSupports) {
            for (int side : sizes) {
                encoding(network, file, side);
            }
        }
    }

    private void measure(
            Architecture network, Path file, Setting setting, Model.Cost cost, Path peaks)
            throws IOException, RunnerException {
        RunResult result =
                run(
                        options(SegmentationBenchmark.class, network, setting.side())
                                .param("k", Integer.toString(setting.k()))
                                .jvmArgsAppend(flags(network, file, peaks)));
        Path peak = peaks.resolve(network.name() + " " + setting.k() + " " + setting.side());
        double best = result.getPrimaryResult().getStatistics().getMin();
        out.printf(
                Locale.ROOT,
                "segment  K %4d %5d px  best %9.1f  mean %9.1f ms  %9.1f GFLOP (%9.1f as published)"
                        + "  %6.1f GFLOP/s  process's peak %7.0f MB (arrays %7.0f)%n",
                setting.k(),
                setting.side(),
                best,
                result.getPrimaryResult().getScore(),
                cost.flops() / 1e9,
                cost.flopsAsPublished() / 1e9,
                cost.flops() / best / 1e6,
                Double.parseDouble(Files.readString(peak)),
                cost.workingBytes() / 1e6);
    }

    private void encoding(Architecture network, Path file, int side) throws RunnerException {
        RunResult result =
                run(
                        options(EncodingBenchmark.class, network, side)
                                .jvmArgsAppend(flags(network, file, Path.of("."))));
        out.printf(
                Locale.ROOT,
                "encode   one image %4d px  best %9.1f  mean %9.1f ms%n",
                side,
                result.getPrimaryResult().getStatistics().getMin(),
                result.getPrimaryResult().getScore());
    }

    private ChainedOptionsBuilder options(Class<?> benchmark, Architecture network, int side) {
        return new OptionsBuilder()
                .include(benchmark.getName())
                .param("network", network.name())
                .param("side", Integer.toString(side))
                .forks(forks)
                .warmupIterations(1)
                .measurementIterations(repeats)
                .verbosity(VerboseMode.SILENT);
    }

    private static String[] flags(Architecture network, Path file, Path peaks) {
        return new String[] {
            "-Xmx3g",
            "--enable-native-access=ALL-UNNAMED",
            BenchedNetwork.weightsFlag(network.name(), file),
            "-D" + SegmentationBenchmark.PEAKS + "=" + peaks
        };
    }

    private static RunResult run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).runSingle();
    }

    private static long memory() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
    }
}
