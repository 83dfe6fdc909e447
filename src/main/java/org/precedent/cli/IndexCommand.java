package org.precedent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.api.view.IndexView;
import org.precedent.catalog.Outbox;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.projection.EncodingProjection;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.IndexPlaces;
import org.precedent.projection.IndexVerifier;
import org.precedent.projection.LevelIndexes;
import org.precedent.projection.ProjectionStates;
import org.precedent.projection.Snapshots;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The projections against the truth. */
@Command(
        name = "index",
        header = "The vector indexes: status, rebuild, verify.%n",
        mixinStandardHelpOptions = true,
        description =
                "The vector indexes: how far they are, make them anew, compare them with the catalogue.",
        subcommands = {
            IndexCommand.Status.class,
            IndexCommand.Rebuild.class,
            IndexCommand.Verify.class,
            IndexCommand.Snapshot.class,
            IndexCommand.Restore.class,
            IndexCommand.Solr.class
        })
final class IndexCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "Missing: status, rebuild, verify, snapshot, restore or solr");
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = {
                "Prints the embedding spaces, the network whose encodings are kept, and how far",
                "indexes and encodings follow the catalogue, and which images are left out because",
                "they cannot be projected: these are tried again once a minute, and by a rebuild."
            })
    static final class Status extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public boolean asksRunningService() {
            return true;
        }

        /** What fails is the service's to tell. */
        @Override
        public int ask(RunningService service) {
            return print(service.get("/v1/index"));
        }

        @Override
        public Integer call() {
            ObjectMapper json = bean(ObjectMapper.class);
            return print(json.valueToTree(IndexView.of(bean(ProjectionStates.class))));
        }

        private int print(JsonNode status) {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            boolean keeps = false;
            for (JsonNode one : status.path("projections")) {
                boolean encodings = one.path("kind").asText().equals("encodings");
                keeps |= encodings;
                int left = one.path("quarantined").asInt();
                String failure = one.path("failure").asText("");
                out.printf(
                        "%s%s: change %d of %d%s%s%s%n",
                        encodings ? "encodings " : "",
                        one.path("name").asText(),
                        one.path("reached").asLong(),
                        status.path("committed").asLong(),
                        one.path("kind").asText().equals("next_images")
                                ? ", answers when it is complete"
                                : "",
                        left == 0 ? "" : ", " + left + " images left out",
                        failure.isEmpty() ? "" : ", failing: " + failure);
            }
            if (!keeps) {
                out.println("encodings: none are kept, they are the pixels");
            }
            for (JsonNode one : status.path("quarantine")) {
                out.printf(
                        "left out of %s since %s: image %s: %s%n",
                        one.path("projection").asText(),
                        one.path("since").asText(),
                        one.path("imageId").asText(),
                        one.path("reason").asText());
            }
            out.flush();
            return 0;
        }
    }

    @Command(
            name = "rebuild",
            mixinStandardHelpOptions = true,
            description = {
                "Drops indexes and encodings and projects the whole catalogue again. Stop the service",
                "first: only the process that writes them can do it."
            })
    static final class Rebuild extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public String besideService() {
            return "stop it first, it writes the indexes";
        }

        @Override
        public Integer call() {
            PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
            ImageProjection projector = bean(ImageProjection.class);
            long head = bean(Outbox.class).head();
            try (ProgressBar progress = new ProgressBar(err, "projected", head)) {
                projector.rebuild(progress::reach);
            }
            LevelIndexes levels = bean(LevelIndexes.class);
            for (LevelIndexes.Progress level : levels.progress()) {
                try (ProgressBar progress = new ProgressBar(err, level.name(), head)) {
                    levels.rebuild(level.name(), progress::reach);
                }
            }
            EncodingProjection encodings = bean(EncodingProjection.class);
            if (encodings.keeps()) {
                try (ProgressBar progress = new ProgressBar(err, "encoded", head)) {
                    encodings.rebuild(progress::reach);
                }
            }
            err.printf("rebuilt up to change %d%n", projector.reached());
            err.flush();
            return 0;
        }
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Compares the indexes, the encodings, and the bytes of every image and mask, with the",
                "catalogue; prints each difference. Exit status 0 only when there is none."
            })
    static final class Verify extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            PrintWriter err = spec.commandLine().getErr();
            IndexVerifier verifier = bean(IndexVerifier.class);
            IndexVerifier.Report report;
            try (ProgressBar progress = new ProgressBar(err, "verified", verifier.size())) {
                report = verifier.verify(progress::advance);
            }
            report.differences().forEach(out::println);
            out.printf(
                    "%d images in the catalogue, %d in the index, %d differences%n",
                    report.images(), report.indexed(), report.differences().size());
            out.flush();
            return report.differences().isEmpty() ? 0 : 1;
        }
    }

    @Command(
            name = "snapshot",
            mixinStandardHelpOptions = true,
            description = {
                "Copies every index as it is now, checksums compared, to DIR/CATALOGUE/SPACE; the",
                "service may run. With a backup of database and blobs that is as old or younger, it",
                "saves embedding everything again."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent index snapshot --to /backup/indexes-2026-11-25")
    static final class Snapshot extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Option(names = "--to", paramLabel = "DIR", required = true, description = "made if absent")
        private Path to = Path.of("");

        @Override
        public Integer call() {
            print(spec, bean(Snapshots.class).take(to), "copied up to change %d: %s%n");
            return 0;
        }
    }

    @Command(
            name = "restore",
            mixinStandardHelpOptions = true,
            description = {
                "Puts the indexes of a snapshot in the place of the present ones, then follows the",
                "catalogue from there. Stop the service first. A damaged snapshot, and one that",
                "knows more changes than the catalogue, is refused."
            })
    static final class Restore extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Option(
                names = "--from",
                paramLabel = "DIR",
                required = true,
                description = "what `index snapshot --to` was given")
        private Path from = Path.of("");

        @Override
        public String besideService() {
            return "stop it first, it writes the indexes";
        }

        @Override
        public Integer call() {
            print(spec, bean(Snapshots.class).restore(from), "restored up to change %d: %s%n");
            return 0;
        }
    }

    @Command(
            name = "solr",
            mixinStandardHelpOptions = true,
            description = "The collections of SolrCloud that keep the indexes: setup.",
            subcommands = Solr.Setup.class)
    static final class Solr implements Runnable {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "Missing: setup");
        }

        @Command(
                name = "setup",
                mixinStandardHelpOptions = true,
                description = {
                    "Makes the collections that this configuration needs, with their schema, where",
                    "they are not there yet, and prints each with its shards and replicas. Does",
                    "nothing to those that are there: it can be run again at any time. A service",
                    "makes what is missing by itself when it starts."
                },
                footerHeading = "%nExample:%n",
                footer = {
                    "  export PRECEDENT_INDEX_SOLR_URL=http://solr1:8983/solr,http://solr2:8983/solr",
                    "  export PRECEDENT_INDEX_SOLR_SHARDS=2 PRECEDENT_INDEX_SOLR_REPLICAS=2",
                    "  precedent index solr setup"
                })
        static final class Setup extends ServiceCommand {
            @Spec private @Nullable CommandSpec spec;

            @Override
            public Integer call() {
                PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
                bean(IndexPlaces.class).all().forEach(out::println);
                out.flush();
                return 0;
            }
        }
    }

    private static void print(
            @Nullable CommandSpec spec, List<Snapshots.Snapshot> snapshots, String line) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        snapshots.forEach(one -> out.printf(line, one.sequence(), one.space()));
        out.flush();
    }
}
