package org.precedent.cli;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Outbox;
import org.precedent.service.IndexVerifier;
import org.precedent.service.Projector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The projections against the truth. */
@Command(
        name = "index",
        mixinStandardHelpOptions = true,
        description =
                "The vector index: how far it is, make it anew, compare it with the catalogue.",
        subcommands = {
            IndexCommand.Status.class,
            IndexCommand.Rebuild.class,
            IndexCommand.Verify.class
        })
final class IndexCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "Missing: status, rebuild or verify");
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Prints the embedding space and how far the index follows the catalogue.")
    static final class Status extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Projector projector = bean(Projector.class);
            Objects.requireNonNull(spec)
                    .commandLine()
                    .getOut()
                    .printf(
                            "%s: change %d of %d%n",
                            projector.space().id(), projector.reached(), bean(Outbox.class).head());
            return 0;
        }
    }

    @Command(
            name = "rebuild",
            mixinStandardHelpOptions = true,
            description = {
                "Drops the index and projects the whole catalogue again. Stop the service first:",
                "only the process that writes the index can do it."
            })
    static final class Rebuild extends ServiceCommand {
        @Spec private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
            Projector projector = bean(Projector.class);
            long head = bean(Outbox.class).head();
            try (ProgressBar progress = new ProgressBar(err, "projected", head)) {
                projector.rebuild(progress::reach);
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
                "Compares the index, and the bytes of every image and mask, with the catalogue;",
                "prints each difference. Exit status 0 only when there is none."
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
}
