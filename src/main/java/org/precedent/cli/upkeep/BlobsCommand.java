package org.precedent.cli.upkeep;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.erasure.BlobCollection;
import org.precedent.erasure.BlobScrub;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Stored bytes: remove what nothing names, check what there is. */
@Command(
        name = "blobs",
        header = "Stored bytes: collect, verify.%n",
        mixinStandardHelpOptions = true,
        description = "Stored bytes: remove those that nothing names, check those that are named.",
        subcommands = {BlobsCommand.Collect.class, BlobsCommand.Verify.class})
public final class BlobsCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "Missing: collect or verify");
    }

    @Command(
            name = "collect",
            mixinStandardHelpOptions = true,
            description = {
                "Removes stored bytes that nothing in the catalogue names: what a refused or killed",
                "ingest left behind. Safe beside a running service; what was written within the last",
                "hour stays."
            })
    static final class Collect extends ServiceCommand {
        @Option(names = "--dry-run", description = "only count")
        private boolean dryRun;

        @Override
        public Integer call() {
            var err = commandLine().getErr();
            long[] told = {System.nanoTime()};
            BlobCollection.Collected done =
                    bean(BlobCollection.class)
                            .collect(
                                    dryRun,
                                    looked -> {
                                        if (System.nanoTime() - told[0] > 1_000_000_000L) {
                                            told[0] = System.nanoTime();
                                            err.printf("precedent: looked at %d%n", looked);
                                            err.flush();
                                        }
                                    });
            var out = commandLine().getOut();
            out.printf(
                    "%d stored files: %s %d (%d bytes) that nothing names; %d are too new to tell%n",
                    done.looked(),
                    dryRun ? "would remove" : "removed",
                    done.collected(),
                    done.bytes(),
                    done.recent());
            out.flush();
            return 0;
        }
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Reads everything that the catalogue names and compares it with its hash. Exit status",
                "1 where anything is missing or damaged; each is a line."
            })
    static final class Verify extends ServiceCommand {
        @Override
        public Integer call() {
            var out = commandLine().getOut();
            var err = commandLine().getErr();
            long[] told = {System.nanoTime()};
            BlobScrub.Report report =
                    bean(BlobScrub.class)
                            .scrub(done -> {
                                if (System.nanoTime() - told[0] > 1_000_000_000L) {
                                    told[0] = System.nanoTime();
                                    err.printf("precedent: %d checked%n", done);
                                    err.flush();
                                }
                            });
            report.damaged().forEach(out::println);
            out.printf("%d checked, %d damaged%n", report.checked(), report.damaged().size());
            out.flush();
            return report.damaged().isEmpty() ? 0 : 1;
        }
    }
}
