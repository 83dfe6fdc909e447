package org.precedent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.adaptation.PoolAdaptation;
import org.precedent.cli.progress.ProgressBars;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.protocol.CurationCheck;
import org.precedent.evaluation.protocol.SupportSize;
import org.precedent.evaluation.protocol.TemperatureCurve;
import org.precedent.evaluation.results.EvaluationCharts;
import org.precedent.evaluation.results.Figure;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.folder.DatasetFolder;
import org.precedent.ingest.folder.NotTaken;
import org.precedent.network.VolumeNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.query.Query;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;
import org.precedent.tensor.Torch;
import org.precedent.tuning.ChoiceObserver;
import org.precedent.tuning.PoolQuestions;
import org.precedent.tuning.SharesChoice;
import org.precedent.tuning.TemperatureChoice;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The papers' protocols on a dataset folder, without a service; and the choice of a pool's
 * temperature, with it.
 */
@Command(
        name = "evaluate",
        header = "Measures a network on annotated images.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Measures a network on a folder of annotated images. Each query is segmented from",
            "supports among the others, never itself, its patient, or an image that shows the same",
            "thing. Prints JSON lines: Dice hard and soft, IoU, distances of the outlines, each",
            "beside the Dice of three trivial baselines from the same supports: mean_mask (their",
            "mean mask, cut at one half), nearest_mask (the most similar support's mask, copied),",
            "grey_level (foreground share of each grey level). Intervals are 95%%, over patients.",
            "The same seed gives the same figures, and the same queries for every setting.",
            "A query that has fewer than K supports is answered from those that there are, which",
            "standard error says, and on every line supports and support_size; a label none of",
            "whose images has a support is named with the reason, and the others go on.",
            "Volumes (NIfTI, NRRD, folders of DICOM slices) are answered slice by slice; --queries",
            "counts volumes, and dice_volume_mean is the Dice of all voxels of a volume, slices",
            "without the label included; the other figures are those of its slices with it.",
            "",
            "Protocols:",
            "  leave-one-out   one line a label",
            "  temperature     tau swept from 1e-5 to 100, chosen on half of the queries and",
            "                  reported on the others beside uniform; with --support-size full",
            "                  also random sets of K_large and K_small",
            "  support-size    K = 1, 2, 4 ... 64, as far as there are supports",
            "  retrieval-gain  generic (fixed random) sets against retrieved ones, fresh pools",
            "  levels          the ways of retrieving compared with random supports; fused by the",
            "                  shares that up to 12 images choose which are no queries",
            "  robustness      wrong, shuffled and empty masks; absent and other targets",
            "  confidence      predicted against true Dice: 60%% of a label's patients are the"
                    + " pool,",
            "                  whose images calibrate the prediction; the others ask",
            "  curation        whether a curator's lists find what is planted: wrong masks,"
                    + " copies,",
            "                  and with --foreign images of other sets; what answers gain without the",
            "                  worst annotations, by annotating what is next, and over 20 days of",
            "                  corrected answers; one line a list and seed",
            "",
            "With --test-share some patients ask and the others are the pool. With --adapt beside",
            "it the network is first trained further on that pool, and a line says dice_mean (of",
            "what the gate lets answer), dice_mean_unadapted, dice_mean_adapted, seconds, gate."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:every label was measured on every image that has a mask of it",
            "1:nothing was measured",
            "2:a mistake in the command line",
            "3:a label was not measured, or an image was left out; standard error says why"
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  precedent evaluate --images 'wbc1/images/*.png' --masks wbc1/masks \\",
            "      --label nucleus --label cytoplasm --support-size 16 --strategy image --queries"
                    + " 30",
            "  precedent evaluate --images 'images/*.nii.gz' --masks 'labels/*.nii.gz' \\",
            "      --label anterior=1 --label posterior=2 --queries 10"
        })
final class EvaluateCommand extends ServiceCommand {
    /** Enough to tell temperatures apart; every one is answered at 14 of them. */
    private static final int QUERIES_OF_A_POOL = 64;

    /** Pairs of one picture that are named; how many more there are is said. */
    private static final int TOLD = 20;

    /** The protocol that plants faults; it has no figure. */
    private static final String CURATION = "curation";

    @Spec private @Nullable CommandSpec spec;

    @Option(names = "--images", paramLabel = "GLOB", description = "the images")
    private @Nullable String images;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "with --choose-tau, instead of --images: a task of the catalogue, whose pool"
                            + " keeps the temperature; queries use it from then on")
    private @Nullable String task;

    @Option(
            names = "--pool",
            paramLabel = "POOL",
            description = "of --task (default: ${DEFAULT-VALUE})")
    private String pool = "default";

    @Mixin private DatasetOptions dataset = new DatasetOptions();
    @Mixin private SupportOptions supports = new SupportOptions();
    @Mixin private ModelOptions model = new ModelOptions();
    @Mixin private ComparisonOptions comparison = new ComparisonOptions();
    @Mixin private HeldOutRun.Options heldOut = new HeldOutRun.Options();

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            description = "what is measured (default: ${DEFAULT-VALUE})")
    private String protocol = "leave-one-out";

    @Option(
            names = "--choose-tau",
            description =
                    "instead of a protocol: which temperature the queries together choose by"
                            + " leave-one-out, and what it gains on queries that did not choose"
                            + " it; of a --task with --strategy fused first, and in the same way,"
                            + " which shares of the levels")
    private boolean chooseTau;

    @Option(
            names = "--queries",
            paramLabel = "N",
            description =
                    "at most this many a label, drawn by the seed (default: all; "
                            + QUERIES_OF_A_POOL
                            + " of a pool)")
    private @Nullable Integer queries;

    @Option(
            names = "--foreign",
            paramLabel = "FILE",
            arity = "1..*",
            description = "with --protocol curation: images of other sets, planted as outliers")
    private List<Path> foreign = new ArrayList<>();

    @Option(
            names = "--repeats",
            paramLabel = "N",
            description =
                    "how often random sets, or pools, are drawn (default: 3 for K_large and"
                            + " K_small, 10 pools, else 1)")
    private @Nullable Integer repeats;

    @Option(
            names = "--pool-size",
            paramLabel = "N",
            description =
                    "of retrieval-gain (default: the smaller of 150 and 60%% of a label's images)")
    private int poolSize;

    @Option(names = "--seed", description = "of queries and supports (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(
            names = "--spacing-mm",
            paramLabel = "X[,Y]",
            description = "pixel spacing, for distances in mm (default: distances in pixels)")
    private @Nullable String spacing;

    @Option(
            names = "--propagate",
            paramLabel = "N",
            description = {
                "of volumes: N slices with the label are given, as if annotated. Between them they",
                "support the others beside the pool, each answer its neighbour, as far as a reverse",
                "check agrees; beyond them the pool answers until nothing is left; all is consistent",
                "along the axis. Figures are of the slices not given (default: ${DEFAULT-VALUE})"
            })
    private int propagate;

    @Option(
            names = "--modality",
            description =
                    "of volumes whose files do not say it, e.g. CT, which decides their range of"
                            + " values (default: ${DEFAULT-VALUE})")
    private String modality = "unknown";

    @Option(names = "--plot", paramLabel = "FILE", description = "the figure, a PNG")
    private @Nullable Path plot;

    /** Whether every label was measured, on every image that has a mask. */
    private boolean complete = true;

    @Override
    public boolean needsService() {
        return task != null && chooseTau;
    }

    @Override
    public Integer call() {
        CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
        if (task != null && !chooseTau) {
            throw new ParameterException(commandLine, "--task is for --choose-tau");
        }
        @Nullable Figure figure;
        if (task != null) {
            figure = choosePoolTemperature(task, commandLine.getErr());
        } else if (images != null) {
            figure = evaluate(images, commandLine.getErr());
        } else {
            throw new ParameterException(commandLine, "Missing required option: '--images=GLOB'");
        }
        if (plot != null && figure != null) {
            write(plot, PngWriter.png(figure.draw()));
        }
        return complete ? 0 : IngestCommand.NOT_ALL_TAKEN;
    }

    private Figure choosePoolTemperature(String ofTask, PrintWriter err) {
        supports.requireOneLook("only with --images");
        PoolQuestions.Settings settings =
                new PoolQuestions.Settings(
                        ofTask,
                        pool,
                        dataset.labels,
                        supports.number(),
                        supports.strategy == null ? "image" : supports.strategy,
                        queries == null ? QUERIES_OF_A_POOL : queries,
                        seed);
        try (ChoiceOutput output = new ChoiceOutput(err)) {
            if (Query.strategy(settings.strategy()) == Strategy.FUSED) {
                // First, because a temperature divides the scores that the shares give.
                bean(SharesChoice.class).run(settings, output);
            }
            TemperatureCurve curve = bean(TemperatureChoice.class).run(settings, output);
            return EvaluationCharts.temperatures(Map.of(pool, curve), seed);
        }
    }

    /** Prints a choice: bars and remarks to standard error, outcomes as JSON lines. */
    private final class ChoiceOutput implements ChoiceObserver, AutoCloseable {
        private final PrintWriter err;
        private final ProgressBars bars;

        ChoiceOutput(PrintWriter err) {
            this.err = err;
            this.bars = new ProgressBars(err, "choosing");
        }

        @Override
        public void step(String label, long done, long total) {
            bars.step(label, done, total);
        }

        @Override
        public void unsupported(String label, int images) {
            bars.close();
            err.println(label + ": " + images + " images have no support but their patient's");
            err.flush();
        }

        @Override
        public void outcome(Map<String, Object> line) {
            bars.close();
            print(line);
        }

        @Override
        public void close() {
            bars.close();
        }
    }

    private @Nullable Figure evaluate(String glob, PrintWriter err) {
        EvaluationRun.Settings settings = settings();
        heldOut.check(chooseTau ? "choose-tau" : protocol, settings);
        boolean curve = heldOut.testShare == null && !protocol.equals(CURATION);
        if (plot != null && (!curve || model.volumeWeights().isPresent())) {
            throw ServiceException.badParameter(
                    "--plot",
                    plot,
                    "not with --test-share, --protocol curation or volumes at once");
        }
        if (heldOut.adapt) {
            PoolAdaptation.requireAdaptable(model.named().name());
        }
        Optional<Path> volumeWeights = model.volumeWeights();
        DatasetFolder folder = dataset.read(Path.of(""), glob, err);
        tellNotTaken(folder, err);
        DatasetOptions.Loaded loaded = dataset.load(folder, modality, err);
        EvaluationCases cases = EvaluationCases.of(loaded.cases());
        tellTwins(cases, err);
        if (volumeWeights.isPresent()) {
            wholeVolumes(volumeWeights.get(), cases, folder.labels(), settings, err);
            complete &= loaded.refused() == 0;
            return null;
        }
        try (EvaluationModels models = comparison.open(device == null ? "cpu" : device, err)) {
            if (protocol.equals(CURATION)) {
                return curation(models, cases, folder.labels(), loaded.refused(), err);
            }
            EvaluationSetup bench = models.bench(cases, model.segmenter(models), pixelSpacing());
            if (heldOut.testShare != null) {
                @Nullable PoolAdaptation adaptation =
                        heldOut.adapt ? models.adaptation(model.named()) : null;
                HeldOutRun run =
                        new HeldOutRun(
                                bench,
                                adaptation,
                                weights ->
                                        models.bench(
                                                cases,
                                                model.segmenter(models, weights),
                                                pixelSpacing()),
                                heldOut,
                                settings,
                                this::print,
                                err);
                run.run(folder.labels());
                complete = loaded.refused() == 0 && run.unmeasured() == 0;
                return null;
            }
            EvaluationRun run = new EvaluationRun(bench, settings, this::print, err);
            Figure figure =
                    chooseTau
                            ? run.chooseTau(folder.labels())
                            : run.protocol(protocol, folder.labels());
            complete = loaded.refused() == 0 && run.unmeasured == 0;
            return figure;
        }
    }

    private void wholeVolumes(
            Path weights,
            EvaluationCases cases,
            List<String> labels,
            EvaluationRun.Settings settings,
            PrintWriter err) {
        String name = model.named().name();
        boolean plain = protocol.equals("leave-one-out") && !chooseTau;
        if (!plain || heldOut.testShare != null || settings.propagate() > 0) {
            throw ServiceException.badParameter(
                    "--network",
                    name,
                    "with --protocol leave-one-out alone: it segments whole volumes at once");
        }
        if (cases.cases().stream().anyMatch(one -> one.slice() == null)) {
            throw ServiceException.badParameter("--network", name, "volumes, and no pictures");
        }
        try (Torch torch = ModelOptions.DeviceOption.start(device == null ? "cpu" : device);
                VolumeNetwork network = Networks.openVolumes(torch, name, weights)) {
            complete = VolumeRun.whole(network, cases, labels, settings, this::print, err) == 0;
        }
    }

    private @Nullable Figure curation(
            EvaluationModels models,
            EvaluationCases cases,
            List<String> labels,
            int refused,
            PrintWriter err) {
        new CurationRun(
                        new CurationCheck(
                                cases,
                                model.segmenter(models),
                                models.embedder(),
                                supports.number()),
                        queries == null ? Integer.MAX_VALUE : queries,
                        seed,
                        repeats == null ? 1 : repeats,
                        foreign)
                .run(labels, this::print, err);
        complete = refused == 0;
        return null;
    }

    private EvaluationRun.Settings settings() {
        if (heldOut.testShare != null || !protocol.equals("leave-one-out")) {
            supports.requireOneLook("only with leave-one-out, without --test-share");
        }
        SupportSize size = supports.size();
        String strategy =
                supports.strategy != null ? supports.strategy : size.isDrawn() ? "random" : "image";
        if (!protocol.equals(CURATION)) {
            EvaluationRun.requireProtocol(protocol);
        }
        String tau = supports.tau == null ? "uniform" : supports.tau;
        Temperature temperature = Query.temperature(tau);
        if (temperature == null) {
            throw ServiceException.badParameter(
                    "--tau", tau, "uniform or a number: a folder has no pool");
        }
        return new EvaluationRun.Settings(
                size,
                strategy,
                temperature,
                queries == null ? Integer.MAX_VALUE : queries,
                seed,
                repeats == null ? 0 : repeats,
                poolSize,
                propagate(),
                supports.closeUp);
    }

    private int propagate() {
        if (propagate < 0 || (propagate > 0 && !protocol.equals("leave-one-out"))) {
            throw ServiceException.badParameter(
                    "--propagate", propagate, "0 or more, with --protocol leave-one-out");
        }
        return propagate;
    }

    private void print(Map<String, Object> line) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try {
            out.println(new ObjectMapper().writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        out.flush();
    }

    private static void tellNotTaken(DatasetFolder folder, PrintWriter err) {
        if (!folder.notTaken().isEmpty()) {
            NotTaken first = folder.notTaken().getFirst();
            err.printf(
                    "%d images with masks; %d files beside them are not taken, the first: %s %s%n",
                    folder.cases().size(), folder.notTaken().size(), first.path(), first.message());
            err.flush();
        }
    }

    private static void tellTwins(EvaluationCases cases, PrintWriter err) {
        String twins = cases.twins().named(TOLD);
        if (!twins.isEmpty()) {
            err.println("never supports of each other, because they show the same thing: " + twins);
            err.flush();
        }
    }

    private PixelSpacing pixelSpacing() {
        if (spacing == null) {
            return PixelSpacing.PIXELS;
        }
        List<String> parts = List.of(spacing.split(",", -1));
        try {
            double x = Double.parseDouble(parts.getFirst());
            double y = parts.size() == 1 ? x : Double.parseDouble(parts.get(1));
            if (parts.size() <= 2) {
                return PixelSpacing.ofMm(x, y);
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter(
                "--spacing-mm", spacing, "one or two numbers above 0, e.g. 0.7 or 0.7,0.8");
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.write(file, bytes);
        } catch (IOException e) {
            throw ServiceException.badParameter("--plot", file, "cannot be written: " + e);
        }
    }
}
