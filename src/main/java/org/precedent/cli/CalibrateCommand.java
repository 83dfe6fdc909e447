package org.precedent.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.cli.progress.ProgressBars;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.query.Query;
import org.precedent.tuning.Calibration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lets a pool say how far its answers are to be trusted. */
@Command(
        name = "calibrate",
        header = "A pool learns how far its answers are to be trusted.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Fits, for every label of a pool, what the Dice of an answer is predicted by: images of",
            "the pool ask as if they were new, and are compared with their own masks. From then on",
            "every answer says which Dice to expect, and when the precedent is insufficient and why.",
            "Calibrate again when the pool has grown, or the network's weights have changed.",
            "A label needs 12 images or more that others of the pool can answer."
        },
        footerHeading = "%nExample:%n",
        footer = "  precedent calibrate --task abdomen --pool default --label liver")
final class CalibrateCommand extends ServiceCommand {
    @Spec private @Nullable CommandSpec spec;

    @Option(names = "--task", required = true, description = "the task")
    private String task = "";

    @Option(names = "--pool", description = "the support pool (default: ${DEFAULT-VALUE})")
    private String pool = "default";

    @Option(
            names = "--label",
            description = "a label of the task; repeatable (default: all of them)")
    private List<String> labels = new ArrayList<>();

    @Option(
            names = "--support-size",
            paramLabel = "K",
            description = "of the queries that calibrate (default: ${DEFAULT-VALUE})")
    private int supportSize = Query.DEFAULT_SUPPORTS;

    @Option(
            names = "--strategy",
            description = "how their supports are chosen (default: ${DEFAULT-VALUE})")
    private String strategy = "image";

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "images of each label that ask, at most (default: ${DEFAULT-VALUE})")
    private int images = Calibration.IMAGES;

    @Option(names = "--seed", description = "draws them (default: ${DEFAULT-VALUE})")
    private long seed = Calibration.SEED;

    @Override
    public String besideService() {
        return "calibrating beside it, on the processors that both share; its next answer uses the"
                + " result";
    }

    private Calibration.Settings settings() {
        return new Calibration.Settings(task, pool, labels, supportSize, strategy, images, seed);
    }

    @Override
    public void check() {
        settings(); // what is wrong with them is told before anything starts
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        List<Calibration.Outcome> outcomes;
        try (ProgressBars bars = new ProgressBars(err, "calibrating")) {
            outcomes = bean(Calibration.class).run(settings(), bars);
        }
        boolean all = true;
        for (Calibration.Outcome outcome : outcomes) {
            if (outcome.threshold() == null) {
                all = false;
                out.printf(
                        Locale.ROOT,
                        "%s: not calibrated, %d images could be answered from others; 12 are"
                                + " needed%n",
                        outcome.label(),
                        outcome.images());
            } else {
                out.printf(
                        Locale.ROOT,
                        "%s: %d images of version %d, mean Dice %.3f; %s; insufficient below %.3f;"
                                + " rank correlation of predicted and true Dice %s%n",
                        outcome.label(),
                        outcome.images(),
                        outcome.poolVersion(),
                        outcome.meanDice(),
                        outcome.gate().told(),
                        outcome.threshold(),
                        outcome.rankCorrelation() == null
                                ? "unknown, all alike"
                                : String.format(Locale.ROOT, "%.2f", outcome.rankCorrelation()));
            }
        }
        out.flush();
        return all ? 0 : 1;
    }
}
