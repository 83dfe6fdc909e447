package org.precedent.cli.tuning;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.api.view.AdaptationView;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.tuning.AdaptationJobs;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains the network further on a pool, or says what becomes of such work. */
@Command(
        name = "adapt",
        header = "A pool's own weights: the network is trained further on its images.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Trains the network further on the approved annotations of a pool: one image asks, others",
            "of other patients support it. A quarter of the patients is held back; only where they",
            "gain, and not one of them alone, do the new weights answer, and for this pool only.",
            "It takes 16 patients or more and minutes of time. Whether it pays for your images is",
            "measured without any of this by `evaluate --test-share 0.4 --adapt`.",
            "",
            "A running service does the work in the background, queries first; Ctrl-C ends this",
            "command alone, and the same command shows the work again. Without a service the command",
            "does it by itself, and goes on where it was stopped when it is given again.",
            "",
            "Every answer says which weights gave it (`model.adaptedFrom`), and is replayed with them",
            "whatever answers since. What the pool had been calibrated for are other weights: its",
            "answers are uncalibrated until `precedent calibrate` is run again. An erased patient",
            "takes the weights along that had learnt from it.",
            "",
            "Exit status: 0 when the gate opened, 3 when it stayed closed, 1 when it failed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  precedent adapt --task abdomen --pool default --minutes 10",
            "  precedent adapt --task abdomen --status",
            "  precedent adapt --task abdomen --pause     # later --resume, or --cancel",
            "  precedent adapt --task abdomen --revert    # what answered before answers again"
        })
public final class AdaptCommand extends ServiceCommand {
    private static final int CLOSED = 3;

    /** Each look at a service is a line of its audit. */
    private static final long LOOK_MILLIS = 2000;

    private static final int PARTS = 1000;

    @Option(names = "--task", required = true, description = "the task")
    private String task = "";

    @Option(names = "--pool", description = "the support pool (default: ${DEFAULT-VALUE})")
    private String pool = "default";

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "of training, above 0 and at most 1440 (default: 5)")
    private @Nullable Double minutes;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "of training, instead of minutes: the same weights in every run")
    private @Nullable Integer steps;

    @Option(
            names = "--seed",
            description = "draws the patients held back and episodes (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @ArgGroup private @Nullable Instead instead;

    /** What is done instead of training. */
    static final class Instead {
        @Option(names = "--status", description = "only print the pool's adaptations as JSON")
        boolean status;

        @Option(names = "--pause", description = "let the work wait")
        boolean pause;

        @Option(names = "--resume", description = "let the work go on that waits")
        boolean resume;

        @Option(names = "--cancel", description = "end the work; nothing of it stays")
        boolean cancel;

        @Option(
                names = "--revert",
                description =
                        "take the adaptation in force back: an earlier one, or the network's own"
                                + " weights, answers again")
        boolean revert;
    }

    /** Where adaptations are: a running service, or this process. */
    private interface Jobs {
        JsonNode list() throws JsonProcessingException;

        /** The one that was begun. */
        JsonNode start() throws JsonProcessingException;

        /**
         * @param what pause, resume or cancel
         */
        JsonNode change(String id, String what) throws JsonProcessingException;

        JsonNode revert() throws JsonProcessingException;

        /** Waits until it has ended, or waits itself. */
        JsonNode await(String id, Consumer<JsonNode> progress) throws JsonProcessingException;
    }

    @Override
    public boolean asksRunningService() {
        return true;
    }

    /** Training, which a bar follows. */
    @Override
    public boolean takesLong() {
        return instead == null || instead.resume;
    }

    @Override
    public int ask(RunningService service) throws JsonProcessingException {
        PrintWriter err = commandLine().getErr();
        return run(
                new Asked(service),
                () -> {
                    err.println(
                            "precedent: the service does the work; Ctrl-C ends only this command");
                    err.flush();
                });
    }

    @Override
    public void check() {
        AdaptationJobs.budget(minutes, steps, seed); // what is wrong is told before anything starts
    }

    @Override
    public Integer call() throws JsonProcessingException {
        return run(new Own(bean(AdaptationJobs.class), bean(ObjectMapper.class)), () -> {});
    }

    private int run(Jobs jobs, Runnable before) throws JsonProcessingException {
        AdaptationJobs.budget(minutes, steps, seed); // what is wrong is told before anything else
        if (instead != null && instead.status) {
            print(jobs.list());
            return 0;
        }
        if (instead != null && instead.revert) {
            return revert(jobs);
        }
        JsonNode unfinished = unfinished(jobs);
        if (instead != null) {
            return change(jobs, unfinished);
        }
        before.run();
        if (unfinished == null) {
            return shown(jobs, jobs.start());
        }
        tell(
                "an adaptation of this pool is under way, from step %d: it goes on as it was asked for"
                        .formatted(unfinished.path("steps").asInt()));
        return shown(jobs, jobs.change(id(unfinished), "resume"));
    }

    private static @Nullable JsonNode unfinished(Jobs jobs) throws JsonProcessingException {
        for (JsonNode one : jobs.list()) {
            switch (one.path("state").asText()) {
                case "waiting", "running", "paused" -> {
                    return one;
                }
                default -> {}
            }
        }
        return null;
    }

    private int change(Jobs jobs, @Nullable JsonNode unfinished) throws JsonProcessingException {
        if (unfinished == null) {
            tell("nothing is under way for pool %s of task %s".formatted(pool, task));
            return 1;
        }
        Instead what = instead == null ? new Instead() : instead;
        if (what.resume) {
            return shown(jobs, jobs.change(id(unfinished), "resume"));
        }
        JsonNode now = jobs.change(id(unfinished), what.pause ? "pause" : "cancel");
        say("%s at step %d".formatted(now.path("state").asText(), now.path("steps").asInt()));
        return 0;
    }

    private int revert(Jobs jobs) throws JsonProcessingException {
        JsonNode reverted = jobs.revert();
        if (reverted.path("reverted").isNull()) {
            tell("no adaptation answers for pool %s of task %s".formatted(pool, task));
            return 1;
        }
        JsonNode now = reverted.path("inForce");
        say(
                "adaptation %s is taken back; %s again"
                        .formatted(
                                reverted.at("/reverted/id").asText(),
                                now.isNull()
                                        ? "the network's own weights answer"
                                        : "adaptation " + now.path("id").asText() + " answers"));
        return 0;
    }

    /** Shows the work until it has ended, and what came of it. */
    private int shown(Jobs jobs, JsonNode begun) throws JsonProcessingException {
        JsonNode ended;
        try (ProgressBar bar =
                new ProgressBar(commandLine().getErr(), "adapting", ProgressBar.UNKNOWN)) {
            ended =
                    jobs.await(
                            id(begun),
                            now -> {
                                if (now.path("progress").asDouble() > 0) {
                                    bar.reach(
                                            Math.round(PARTS * now.path("progress").asDouble()),
                                            PARTS);
                                }
                            });
        } catch (CancellationException e) {
            tell("stopped; the same command goes on from there");
            return 1;
        }
        return told(ended);
    }

    private int told(JsonNode ended) {
        String state = ended.path("state").asText();
        if (!state.equals("done")) {
            tell(
                    ended.path("failure").isNull()
                            ? state + " at step " + ended.path("steps").asInt()
                            : "not adapted: " + ended.path("failure").asText());
            return 1;
        }
        JsonNode gate = ended.path("gate");
        boolean open = gate.path("open").asBoolean();
        say(
                String.format(
                        Locale.ROOT,
                        "%s/%s version %d: %d steps in %.0f s; %d patients held back: mean Dice %.3f,"
                                + " was %.3f (gain %+.3f, without the best of them %+.3f); gate %s",
                        ended.path("task").asText(),
                        ended.path("pool").asText(),
                        ended.path("poolVersion").asInt(),
                        ended.path("steps").asInt(),
                        ended.path("seconds").asDouble(),
                        gate.path("patients").asInt(),
                        gate.path("after").asDouble(),
                        gate.path("before").asDouble(),
                        gate.path("gain").asDouble(),
                        gate.path("gainWithoutBest").asDouble(),
                        open
                                ? "open: these weights answer from now on"
                                : "closed: " + gate.path("reason").asText()));
        if (open) {
            tell(
                    "the pool's answers are UNCALIBRATED until `precedent calibrate` is run for these"
                            + " weights");
        }
        return open ? 0 : CLOSED;
    }

    private static String id(JsonNode adaptation) {
        return adaptation.path("id").asText();
    }

    private void say(String line) {
        commandLine().getOut().println(line);
        commandLine().getOut().flush();
    }

    private void tell(String line) {
        commandLine().getErr().println("precedent: " + line);
        commandLine().getErr().flush();
    }

    private void print(JsonNode json) throws JsonProcessingException {
        say(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json));
    }

    /** A running service's. */
    private final class Asked implements Jobs {
        private final RunningService service;
        private final String ofPool;
        private final String path;

        Asked(RunningService service) {
            this.service = service;
            this.ofPool = "/v1/tasks/%s/pools/%s".formatted(encoded(task), encoded(pool));
            this.path = ofPool + "/adaptations";
        }

        private static String encoded(String name) {
            return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        }

        @Override
        public JsonNode list() {
            return service.read(path);
        }

        @Override
        public JsonNode start() {
            ObjectNode body = new ObjectMapper().createObjectNode();
            if (minutes != null) {
                body.put("minutes", minutes);
            }
            if (steps != null) {
                body.put("steps", steps);
            }
            body.put("seed", seed);
            body.put("dryRun", false);
            return service.post(path, body).path("adaptation");
        }

        @Override
        public JsonNode change(String id, String what) {
            return service.post(
                    path + "/" + id + "/" + what, new ObjectMapper().createObjectNode());
        }

        @Override
        public JsonNode revert() {
            return service.post(
                    ofPool + "/adaptation/revert", new ObjectMapper().createObjectNode());
        }

        @Override
        public JsonNode await(String id, Consumer<JsonNode> progress) {
            while (true) {
                JsonNode now = service.get(path + "/" + id);
                progress.accept(now);
                switch (now.path("state").asText()) {
                    case "waiting", "running" -> {}
                    default -> {
                        return now;
                    }
                }
                try {
                    Thread.sleep(LOOK_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return now;
                }
            }
        }
    }

    /** This process's. */
    private final class Own implements Jobs {
        private final AdaptationJobs jobs;
        private final ObjectMapper json;

        Own(AdaptationJobs jobs, ObjectMapper json) {
            this.jobs = jobs;
            this.json = json;
        }

        private JsonNode view(@Nullable Adaptation one) {
            return json.valueToTree(one == null ? null : AdaptationView.of(one));
        }

        @Override
        public JsonNode list() {
            return json.valueToTree(
                    jobs.list(Scope.machine(), task, pool, 100).stream()
                            .map(AdaptationView::of)
                            .toList());
        }

        @Override
        public JsonNode start() {
            return view(
                    jobs.start(
                            Scope.machine(),
                            task,
                            pool,
                            AdaptationJobs.budget(minutes, steps, seed)));
        }

        @Override
        public JsonNode change(String id, String what) {
            return view(
                    switch (what) {
                        case "pause" -> jobs.pause(Scope.machine(), task, pool, id);
                        case "resume" -> jobs.resume(Scope.machine(), task, pool, id);
                        default -> jobs.cancel(Scope.machine(), task, pool, id);
                    });
        }

        @Override
        public JsonNode revert() {
            AdaptationJobs.Reverted reverted = jobs.revert(Scope.machine(), task, pool);
            ObjectNode both = json.createObjectNode();
            both.set("reverted", view(reverted.reverted()));
            both.set("inForce", view(reverted.inForce()));
            return both;
        }

        @Override
        public JsonNode await(String id, Consumer<JsonNode> progress) {
            return view(
                    jobs.await(
                            jobs.find(Scope.machine(), task, pool, id),
                            now -> progress.accept(view(now))));
        }
    }
}
