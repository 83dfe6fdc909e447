package org.precedent.cli;

import org.precedent.cli.access.AccessCommands;
import org.precedent.cli.archive.PullCommand;
import org.precedent.cli.archive.PushCommand;
import org.precedent.cli.curate.CurateCommand;
import org.precedent.cli.format.ConvertCommand;
import org.precedent.cli.format.InspectCommand;
import org.precedent.cli.process.Version;
import org.precedent.cli.tuning.AdaptCommand;
import org.precedent.cli.upkeep.BackupCommands;
import org.precedent.cli.upkeep.BlobsCommand;
import org.precedent.cli.upkeep.EraseCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The top of the command line. */
@Command(
        name = "precedent",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Segments a medical image by precedent: finds the annotated images most relevant to it",
            "and hands them, weighted, to a network that segments in context, without training.",
            "Research software, not a medical device."
        },
        footerHeading = "%nStart with:%n",
        footer = {
            "  ./precedent demo          all of it on generated images, with a page to look at",
            "  ./precedent COMMAND -h    what a command does and takes",
            "",
            "Handled by the launcher: `./precedent test` (the test suite), `./precedent bench`"
                    + " (benchmarks)."
        },
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            IngestCommand.class,
            SegmentCommand.class,
            EvaluateCommand.class,
            ResultsCommand.class,
            RetrieveCommand.class,
            CalibrateCommand.class,
            AdaptCommand.class,
            InspectCommand.class,
            ConvertCommand.class,
            PullCommand.class,
            PushCommand.class,
            CurateCommand.class,
            ModelCommand.class,
            IndexCommand.class,
            AccessCommands.Key.class,
            AccessCommands.Audit.class,
            EraseCommand.class,
            BlobsCommand.class,
            BackupCommands.Take.class,
            BackupCommands.Back.class
        })
public final class PrecedentCommand implements Runnable {
    @Spec private CommandSpec spec;

    PrecedentCommand() {
        this.spec = CommandSpec.create();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
