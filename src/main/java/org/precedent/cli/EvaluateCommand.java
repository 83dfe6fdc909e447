package org.precedent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.dataset.DatasetFolder;
import org.precedent.embedding.Embedders;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.LabelResult;
import org.precedent.evaluation.LeaveOneOut;
import org.precedent.network.Networks;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.Torch;
import org.precedent.segmentation.Segmenter;
import org.precedent.service.Query;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The papers' protocols on a dataset folder, without a service. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = {
            "Leave-one-out on a folder of annotated images: each query is segmented from supports",
            "among the others, never itself, its patient, or an image with the same pixels.",
            "Prints one JSON line a label: hard Dice (mean, standard deviation) at the images' own",
            "size and at the network's, seconds a query, and the Dice of three trivial baselines",
            "from the same supports: mean_mask (their mean mask, cut at one half), nearest_mask (the",
            "most similar support's mask, copied), grey_level (foreground share of each grey level).",
            "The same seed gives the same figures, and the same queries for every setting."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  precedent evaluate --images 'wbc1/images/*.png' --masks wbc1/masks \\",
            "      --label nucleus --label cytoplasm --support-size 16 --strategy image --queries 30"
        })
final class EvaluateCommand implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Option(names = "--images", paramLabel = "GLOB", required = true, description = "the images")
    private String images = "";

    @Mixin private DatasetOptions dataset = new DatasetOptions();

    @Option(
            names = "--support-size",
            paramLabel = "K",
            description = "supports a query (default: ${DEFAULT-VALUE})")
    private int supportSize = Query.DEFAULT_SUPPORTS;

    @Option(
            names = "--strategy",
            description = "random or image: the most similar ones (default: ${DEFAULT-VALUE})")
    private String strategy = "image";

    @Option(
            names = "--tau",
            paramLabel = "TAU|uniform",
            description = "temperature of the weights (default: ${DEFAULT-VALUE})")
    private String tau = "uniform";

    @Option(
            names = "--queries",
            paramLabel = "N",
            description = "at most this many a label, drawn by the seed (default: all)")
    private int queries = Integer.MAX_VALUE;

    @Option(names = "--seed", description = "of queries and supports (default: ${DEFAULT-VALUE})")
    private long seed = 1;

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

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        DatasetFolder folder = dataset.read(Path.of(""), images);
        List<EvaluationCase> cases = dataset.load(folder, err);
        Path file =
                weights != null
                        ? weights
                        : ModelCommand.library(ServiceCommand.dataDirectory()).find(network);
        ObjectMapper json = new ObjectMapper();
        ImageEmbedder embedder = Embedders.byName("thumbnail");
        try (Torch torch = Torch.start(Torch.Threads.ofCores());
                SegmentationNetwork loaded = Networks.open(torch, network, file)) {
            int side = size == null ? loaded.nativeSize() : size;
            LeaveOneOut protocol =
                    new LeaveOneOut(embedder, new Segmenter(loaded, side), System::nanoTime);
            LeaveOneOut.Settings settings =
                    new LeaveOneOut.Settings(
                            supportSize,
                            Query.strategy(strategy),
                            Query.temperature(tau),
                            queries,
                            seed);
            for (String label : folder.labels()) {
                long total =
                        Math.min(
                                queries,
                                cases.stream().filter(c -> c.masks().containsKey(label)).count());
                LabelResult result;
                try (ProgressBar progress = new ProgressBar(err, label, total)) {
                    result =
                            protocol.run(
                                            cases,
                                            List.of(label),
                                            settings,
                                            (l, done, all, query) -> progress.advance(1))
                                    .getFirst();
                }
                out.println(json.writeValueAsString(line(result, loaded, embedder.space().id())));
                out.flush();
            }
        }
        return 0;
    }

    private Map<String, Object> line(
            LabelResult result, SegmentationNetwork loaded, String embeddingSpace) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("label", result.label());
        line.put("dice_mean", rounded(result.diceMean()));
        line.put("dice_sd", rounded(result.diceSd()));
        line.put("n", result.n());
        line.put("seconds_per_query", rounded(result.secondsPerQuery()));
        Map<String, Double> baselines = new LinkedHashMap<>();
        result.baselines().forEach((name, dice) -> baselines.put(name, rounded(dice)));
        line.put("baselines", baselines);
        line.put("dice_mean_at_network_size", rounded(result.diceMeanAtSide()));
        line.put("network_size", result.side());
        line.put("without_label", result.withoutLabel());
        line.put("strategy", strategy);
        line.put("support_size", supportSize);
        line.put("tau", tau);
        line.put("seed", seed);
        line.put("network", loaded.name());
        line.put("weights_sha256", loaded.weightsSha256());
        line.put("embedding_space", embeddingSpace);
        return line;
    }

    private static double rounded(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.5f", value));
    }
}
