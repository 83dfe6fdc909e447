package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Outbox;
import org.precedent.cli.service.ProgressBar;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.projection.EncodingProjection;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.IndexVerifier;
import org.precedent.projection.LevelIndexes;
import org.precedent.projection.Snapshots;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The projections against the truth. */
@Command(
        name = "index",
        mixinStandardHelpOptions = true,
        description =
                "The vector indexes: how far they are, make them anew, compare them with the catalogue.",
        subcommands = {
            IndexCommand.Status.class,
            IndexCommand.Rebuild.class,
            IndexCommand.Verify.class,
            IndexCommand.Snapshot.class,
            IndexCommand.Restore.class
        })
final class IndexCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "Missing: status, rebuild, verify, snapshot or restore");
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = {
                "Prints the embedding spaces, the network whose encodings are kept, and how far",
                "indexes and encodings follow the catalogue."
            })
    static final class Status extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
            ImageProjection projector = bean(ImageProjection.class);
            EncodingProjection encodings = bean(EncodingProjection.class);
            long head = bean(Outbox.class).head();
            out.printf("%s: change %d of %d%n", projector.space().id(), projector.reached(), head);
            projector
                    .next()
                    .ifPresent(next ->
                            out.printf(
                                    "%s: change %d of %d, answers when it is complete%n",
                                    next.name(), next.reached(), head));
            for (LevelIndexes.Progress level : bean(LevelIndexes.class).progress()) {
                out.printf("%s: change %d of %d%n", level.name(), level.reached(), head);
            }
            if (encodings.keeps()) {
                out.printf(
                        "encodings %s: change %d of %d%n",
                        encodings.name(), encodings.reached(), head);
            } else {
                out.printf("encodings %s: none are kept, they are the pixels%n", encodings.name());
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
        public Integer call() {
            print(spec, bean(Snapshots.class).restore(from), "restored up to change %d: %s%n");
            return 0;
        }
    }

    private static void print(
            @Nullable CommandSpec spec, List<Snapshots.Snapshot> snapshots, String line) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        snapshots.forEach(one -> out.printf(line, one.sequence(), one.space()));
        out.flush();
    }
}
