package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.cli.process.ListeningAddress;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.evaluation.Baselines;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageSource;
import org.precedent.ingest.IngestService;
import org.precedent.phantom.Phantoms;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;
import org.precedent.tuning.AdaptationJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The main job, end to end. */
@Command(
        name = "demo",
        header = "The main job end to end, with everything embedded.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the main job end to end: starts the service with everything embedded, ingests a",
            "pool of annotated images, segments held-back cases of other patients, and prints the",
            "Dice of retrieved supports beside that of random ones and of trivial baselines.",
            "Without --images the pool is made of generated phantoms: nothing is downloaded.",
            "Afterwards the service and its page go on running, unless --once is given."
        },
        footerHeading = "%nExample on real images:%n",
        footer = {
            "  precedent demo --images scans/images --masks scans/masks --label liver --once"
        })
final class DemoCommand extends ServiceCommand {
    private static final int PHANTOM_PATIENTS = 48;
    private static final long PHANTOM_SEED = 7;
    private static final int BATCH = 32;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--images",
            paramLabel = "DIR|GLOB",
            description = "real images instead of phantoms: a folder, or a glob")
    private @Nullable String images;

    @Mixin private DatasetOptions dataset = new DatasetOptions();

    @Option(
            names = "--support-size",
            paramLabel = "K",
            description = "supports a query (default: ${DEFAULT-VALUE})")
    private int supportSize = Query.DEFAULT_SUPPORTS;

    @Option(
            names = "--queries",
            paramLabel = "N",
            description = "held-back cases (default: ${DEFAULT-VALUE})")
    private int queries = 12;

    @Option(names = "--seed", description = "of what is held back (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(names = "--once", description = "end the service afterwards")
    private boolean once;

    @Option(names = "--port", description = "HTTP port; 0 takes a free one (default: 8080)")
    private @Nullable Integer port;

    @Override
    public boolean servesHttp() {
        return !once;
    }

    @Override
    public void prepare() {
        if (data == null && System.getenv("PRECEDENT_DATA") == null) {
            // Of its own, so that phantoms never mix with anybody's data.
            data = Path.of(System.getProperty("precedent.home", "."), "data", "demo");
        }
        if (port != null) {
            System.setProperty("quarkus.http.port", port.toString());
        }
        if (!once) {
            ListeningAddress.ofSettings().requireFree();
        }
        System.setProperty("quarkus.log.level", "WARN");
        super.prepare();
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        String task = images == null ? "phantom" : "demo";
        List<EvaluationCase> samples = images == null ? phantoms() : read(images, err);
        List<EvaluationCase> heldBack = holdBack(samples);
        Set<String> patients = new HashSet<>();
        heldBack.forEach(sample -> patients.add(sample.patient()));
        List<EvaluationCase> pool =
                samples.stream().filter(sample -> !patients.contains(sample.patient())).toList();
        List<String> labels =
                samples.stream().flatMap(s -> s.masks().keySet().stream()).distinct().toList();
        String poolName = poolName();
        ingest(task, poolName, labels, pool, err);
        Scores scores = segment(task, poolName, heldBack, err);
        print(scores, labels, pool.size(), heldBack.size(), out);
        if (!once) {
            out.printf(
                    "%nThe service runs at http://localhost:%d (page), /swagger-ui (API); Ctrl-C"
                            + " ends it.%n",
                    ListeningAddress.ofRunning().port());
            out.flush();
            bean(AdaptationJobs.class).work();
            waitForExit();
        }
        return 0;
    }

    /**
     * One pool for each way of holding back, so that no earlier run left a held-back case in it.
     */
    private String poolName() {
        String settings =
                String.join("|", String.valueOf(images), String.valueOf(dataset.masks), "" + seed)
                        + dataset.labels
                        + queries;
        return "demo-" + Sha256.of(settings).substring(0, 8);
    }

    private static List<EvaluationCase> phantoms() {
        return new Phantoms(PHANTOM_SEED)
                .patients(PHANTOM_PATIENTS).stream()
                        .map(p -> new EvaluationCase(p.id(), p.patient(), p.image(), p.masks()))
                        .toList();
    }

    private List<EvaluationCase> read(String where, PrintWriter err) {
        String glob = Files.isDirectory(Path.of(where)) ? where + "/*" : where;
        return dataset.load(dataset.read(Path.of(""), glob, err), err).cases();
    }

    /** Cases of randomly drawn patients, at most one third of all cases. */
    private List<EvaluationCase> holdBack(List<EvaluationCase> samples) {
        List<String> patients =
                new ArrayList<>(
                        samples.stream().map(EvaluationCase::patient).distinct().sorted().toList());
        Collections.shuffle(patients, new Random(seed));
        List<EvaluationCase> held = new ArrayList<>();
        int most = Math.min(queries, samples.size() / 3);
        for (String patient : patients) {
            for (EvaluationCase sample : samples) {
                if (held.size() < most && sample.patient().equals(patient)) {
                    held.add(sample);
                }
            }
        }
        return held;
    }

    private void ingest(
            String task,
            String poolName,
            List<String> labels,
            List<EvaluationCase> pool,
            PrintWriter err) {
        Catalog catalog = bean(Catalog.class);
        catalog.defineTask(Scope.machine(), task, labels);
        catalog.definePool(Scope.machine(), task, poolName);
        IngestService ingest = bean(IngestService.class);
        IngestService.Destination destination =
                new IngestService.Destination(task, poolName, "demo", ReviewState.APPROVED);
        try (ProgressBar progress = new ProgressBar(err, "ingested", pool.size())) {
            for (int from = 0; from < pool.size(); from += BATCH) {
                List<Example> batch =
                        pool.subList(from, Math.min(from + BATCH, pool.size())).stream()
                                .map(DemoCommand::example)
                                .toList();
                ingest.ingest(Scope.machine(), batch, destination, "demo");
                progress.advance(batch.size());
            }
        }
    }

    private static Example example(EvaluationCase sample) {
        return new Example(
                sample.id() + ".png",
                sample.image(),
                Example.Origin.ofImage("demo", "demo", sample.patient()),
                sample.masks());
    }

    /** Dice values by label and method, and milliseconds by stage of the retrieved queries. */
    private record Scores(
            Map<String, Map<String, List<Double>>> dice, Map<String, List<Double>> timingsMs) {
        void add(String label, String method, double value) {
            dice.computeIfAbsent(label, l -> new LinkedHashMap<>())
                    .computeIfAbsent(method, m -> new ArrayList<>())
                    .add(value);
        }
    }

    private Scores segment(
            String task, String poolName, List<EvaluationCase> heldBack, PrintWriter err) {
        Scores scores = new Scores(new LinkedHashMap<>(), new LinkedHashMap<>());
        try (ProgressBar progress = new ProgressBar(err, "segmented", heldBack.size())) {
            for (EvaluationCase sample : heldBack) {
                Answer retrieved = segment(task, poolName, sample, Strategy.IMAGE);
                Answer random = segment(task, poolName, sample, Strategy.RANDOM);
                retrieved
                        .timingsMs()
                        .forEach((stage, ms) ->
                                scores.timingsMs()
                                        .computeIfAbsent(stage, s -> new ArrayList<>())
                                        .add(ms));
                for (Answer.LabelAnswer answer : retrieved.labels()) {
                    score(sample, answer, random.label(answer.label()), scores);
                }
                progress.advance(1);
            }
        }
        return scores;
    }

    private Answer segment(String task, String poolName, EvaluationCase sample, Strategy strategy) {
        return bean(QueryService.class)
                .segment(
                        Scope.machine(),
                        new Query(
                                new ImageSource.Pixels(sample.id() + ".png", sample.image()),
                                task,
                                List.copyOf(sample.masks().keySet()),
                                poolName,
                                null,
                                supportSize,
                                Temperature.UNIFORM,
                                strategy,
                                seed,
                                null,
                                sample.patient()));
    }

    private void score(
            EvaluationCase sample,
            Answer.LabelAnswer retrieved,
            Answer.LabelAnswer random,
            Scores scores) {
        String label = retrieved.label();
        Mask truth = Objects.requireNonNull(sample.masks().get(label));
        List<Baselines.Support> supports =
                retrieved.supports().stream()
                        .map(used ->
                                new Baselines.Support(
                                        raster(used.support().pixelsSha256()),
                                        mask(used.support().maskSha256()),
                                        used.weight()))
                        .toList();
        Raster image = sample.image();
        scores.add(label, "retrieved", Dice.hard(mask(retrieved.maskSha256()), truth));
        scores.add(label, "random", Dice.hard(mask(random.maskSha256()), truth));
        scores.add(label, "mean mask", Dice.hard(Baselines.meanMask(image, supports), truth));
        scores.add(
                label,
                "nearest mask",
                Dice.hard(Baselines.nearestMask(image, supports.getFirst()), truth));
        scores.add(label, "grey level", Dice.hard(Baselines.greyLevel(image, supports), truth));
    }

    private void print(
            Scores scores, List<String> labels, int pool, int heldBack, PrintWriter out) {
        out.printf(
                "%nMean Dice of %d held-back cases (of patients that are not in the pool) from at most"
                        + " %d supports of %d:%n%n",
                heldBack, supportSize, pool);
        out.printf(
                "%-16s %3s  %10s %10s   | %10s %12s %10s%n",
                "label", "n", "retrieved", "random", "mean mask", "nearest mask", "grey level");
        for (String label : labels) {
            Map<String, List<Double>> dice = scores.dice().get(label);
            if (dice == null) {
                continue;
            }
            out.printf(
                    Locale.ROOT,
                    "%-16s %3d  %10.3f %10.3f   | %10.3f %12.3f %10.3f%n",
                    label,
                    Objects.requireNonNull(dice.get("retrieved")).size(),
                    mean(dice.get("retrieved")),
                    mean(dice.get("random")),
                    mean(dice.get("mean mask")),
                    mean(dice.get("nearest mask")),
                    mean(dice.get("grey level")));
        }
        out.printf("%nMean milliseconds of a query, all its labels, by stage:%n");
        // Not every query has every stage: only some encode supports on the spot.
        int queries = scores.timingsMs().values().stream().mapToInt(List::size).max().orElse(1);
        scores.timingsMs()
                .forEach((stage, ms) ->
                        out.printf(
                                Locale.ROOT,
                                "  %-12s %8.1f%n",
                                stage,
                                mean(ms) * ms.size() / queries));
        out.flush();
    }

    private static double mean(@Nullable List<Double> values) {
        return Objects.requireNonNull(values).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(bean(BlobStore.class).get(sha256));
    }

    private Mask mask(String sha256) {
        return Mask.fromRaster(raster(sha256));
    }
}
