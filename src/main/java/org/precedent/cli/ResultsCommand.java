package org.precedent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.results.Figure;
import org.precedent.evaluation.results.ResultsCache;
import org.precedent.evaluation.results.ResultsPage;
import org.precedent.evaluation.results.ResultsPlan;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.folder.DatasetFolder;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.segmentation.Segmenter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The results page. */
@Command(
        name = "results",
        header = "Measures all networks and writes the results page.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Measures every network that has weights here on every dataset of a folder, and writes",
            "the results page with its figures: the papers' tables with ours beside, and what falls",
            "short. What was measured is kept: an interrupted run goes on where it stopped, and only",
            "what changed (weights, settings) is measured again."
        })
final class ResultsCommand implements Callable<Integer> {
    /** Datasets whose file names begin with the patient. */
    private static final Set<String> BY_PATIENT = Set.of("curvas_ct", "hvsmr", "liver_ct");

    private static final String PATIENT = "^(\\d+)_";

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--datasets",
            paramLabel = "DIR",
            description =
                    "of NAME/images/*.png and NAME/masks/LABEL/*.png (default: ${DEFAULT-VALUE})")
    private Path datasets = Path.of("../shared/data/evaluation");

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "gets results.md and results/*.png (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("docs");

    @Option(
            names = "--cache",
            paramLabel = "FILE",
            description = "what was measured (default: ${DEFAULT-VALUE})")
    private Path cacheFile = Path.of("target/results/lines.jsonl");

    @Option(
            names = "--network",
            paramLabel = "NAME",
            description = "repeatable (default: all that have weights here)")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--section",
            paramLabel = "NAME",
            description =
                    "repeatable: sizes, levels, temperature, gain, robustness, confidence,"
                            + " goals, paper (default: all)")
    private List<String> sections = new ArrayList<>();

    @Option(
            names = "--queries",
            description =
                    "of every task; half of them with falsified masks (default: ${DEFAULT-VALUE})")
    private int queries = 4;

    @Option(names = "--pools", description = "of the retrieval gain (default: ${DEFAULT-VALUE})")
    private int pools = 3;

    @Option(
            names = "--goal-queries",
            description = "of white blood cells against the goals (default: ${DEFAULT-VALUE})")
    private int goalQueries = 30;

    @Option(
            names = "--paper-queries",
            description = "of white blood cells with all supports (default: ${DEFAULT-VALUE})")
    private int paperQueries = 8;

    @Option(names = "--quick", description = "one query everywhere: does it run at all")
    private boolean quick;

    @Option(names = "--seed", description = "of everything (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Mixin private ComparisonOptions comparison = new ComparisonOptions();

    @Override
    public Integer call() {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        ResultsPlan.Budget budget =
                quick
                        ? new ResultsPlan.Budget(1, 1, 1, 2, seed)
                        : new ResultsPlan.Budget(queries, pools, goalQueries, paperQueries, seed);
        List<String> measured = names.isEmpty() ? withWeights() : names;
        Map<String, EvaluationCases> cases = new LinkedHashMap<>();
        folders()
                .forEach(folder ->
                        cases.put(String.valueOf(folder.getFileName()), read(folder, err)));
        ResultsCache cache = new ResultsCache(cacheFile);
        List<ResultsPage.Network> networks = new ArrayList<>();
        List<Map<String, Object>> lines = new ArrayList<>();
        try (EvaluationModels models = comparison.open("cpu", err)) {
            for (String name : measured) {
                EvaluationModels.Named named = new EvaluationModels.Named(name, null);
                SegmentationNetwork network = models.network(named);
                networks.add(
                        new ResultsPage.Network(
                                name, network.weightsSha256(), models.parameters(named)));
                cases.forEach((dataset, of) -> {
                    EvaluationSetup bench =
                            models.bench(of, new Segmenter(network), PixelSpacing.PIXELS);
                    lines.addAll(measure(bench, dataset, budget, cache, models.spaces(), err));
                });
            }
        }
        ResultsPage page = new ResultsPage(networks, budget, lines, command());
        write(out.resolve("results.md"), page.markdown().getBytes(StandardCharsets.UTF_8));
        for (Map.Entry<String, Figure> chart : page.charts().entrySet()) {
            write(
                    out.resolve("results").resolve(chart.getKey() + ".png"),
                    PngWriter.png(chart.getValue().draw()));
        }
        err.println("wrote " + out.resolve("results.md"));
        err.flush();
        return 0;
    }

    private List<Map<String, Object>> measure(
            EvaluationSetup bench,
            String dataset,
            ResultsPlan.Budget budget,
            ResultsCache cache,
            String spaces,
            PrintWriter err) {
        ResultsPlan all = new ResultsPlan(bench, dataset, budget);
        List<ResultsPlan.Cell> cells =
                bench.cases().labels().stream()
                        .flatMap(label -> all.of(label).stream())
                        .filter(cell -> sections.isEmpty() || sections.contains(cell.section()))
                        .toList();
        List<Map<String, Object>> lines = new ArrayList<>();
        String model = bench.model().get("network") + " on " + dataset;
        try (ProgressBar progress = new ProgressBar(err, model, cells.size())) {
            for (ResultsPlan.Cell cell : cells) {
                String key = all.identity(cell, spaces);
                lines.addAll(cache.get(key).orElseGet(() -> cache.put(key, cell.work().get())));
                progress.advance(1);
            }
        }
        return lines;
    }

    private static List<String> withWeights() {
        WeightsLibrary library = ModelCommand.library(ServiceCommand.dataDirectory());
        List<String> names = new ArrayList<>(List.of(Networks.DEFAULT));
        names.addAll(Networks.segmenting());
        names.removeIf(name -> !hasWeights(library, name));
        return names;
    }

    /** False as well where there are several: such a network has to be named. */
    private static boolean hasWeights(WeightsLibrary library, String network) {
        try {
            library.find(network);
            return true;
        } catch (NetworkException e) {
            return false;
        }
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        if (Files.isDirectory(datasets)) {
            try (DirectoryStream<Path> all =
                    Files.newDirectoryStream(
                            datasets, d -> Files.isDirectory(d.resolve("masks")))) {
                all.forEach(folders::add);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list " + datasets, e);
            }
        }
        if (folders.isEmpty()) {
            throw ServiceException.badParameter(
                    "--datasets", datasets, "a folder of datasets, each with images/ and masks/");
        }
        folders.sort(null);
        return folders;
    }

    private static EvaluationCases read(Path folder, PrintWriter err) {
        DatasetOptions dataset = new DatasetOptions();
        dataset.masks = folder.resolve("masks").toString();
        if (BY_PATIENT.contains(String.valueOf(folder.getFileName()))) {
            dataset.patientRegex = PATIENT;
        }
        DatasetFolder found = dataset.read(Path.of(""), folder.resolve("images/*") + "", err);
        return EvaluationCases.of(dataset.load(found, err).cases());
    }

    /** The command that gives this page, whatever was kept. */
    private String command() {
        StringBuilder command = new StringBuilder("./precedent results");
        names.forEach(name -> command.append(" --network ").append(name));
        sections.forEach(section -> command.append(" --section ").append(section));
        if (quick) {
            command.append(" --quick");
        } else {
            command.append(" --queries ").append(queries);
            command.append(" --pools ").append(pools);
            command.append(" --goal-queries ").append(goalQueries);
            command.append(" --paper-queries ").append(paperQueries);
        }
        return command.append(" --seed ").append(seed).append(comparison.words()).toString();
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.write(file, bytes);
        } catch (IOException e) {
            throw ServiceException.badParameter("--out", file, "cannot be written: " + e);
        }
    }
}
