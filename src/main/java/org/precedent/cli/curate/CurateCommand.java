package org.precedent.cli.curate;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A curator's eyes and hands. */
@Command(
        name = "curate",
        header = "Reviews, versions, duplicates, suspects, what next.%n",
        mixinStandardHelpOptions = true,
        description = {
            "What a pool holds decides what is answered. These commands say where to look first,",
            "and change what serves; every change has an actor and a reason and can be undone."
        },
        footerHeading = "%nA curator's morning:%n",
        footer = {
            "  precedent curate suspects --task wbc --label nucleus     masks that are probably wrong",
            "  precedent curate duplicates --task wbc                   pictures that are there twice",
            "  precedent curate review 17 --to rejected --reason 'half of it is missing'",
            "  precedent curate answers --of 17                         what it may have spoilt",
            "  precedent curate undo 3 --reason 'it was right'          if it was a mistake"
        },
        subcommands = {
            RankingCommands.DuplicatesOf.class,
            RankingCommands.SuspectsOf.class,
            RankingCommands.OutliersOf.class,
            RankingCommands.WorthOf.class,
            RankingCommands.GapsOf.class,
            RankingCommands.NextOf.class,
            NeighbourCommands.SimilarTo.class,
            NeighbourCommands.LeaveOneOut.class,
            BrowseCommands.Annotations.class,
            BrowseCommands.Images.class,
            BrowseCommands.AnswersOf.class,
            ReviewCommands.Review.class,
            AgreementCommands.Agree.class,
            AgreementCommands.Share.class,
            LoopCommands.Correct.class,
            LoopCommands.Accept.class,
            LoopCommands.Reject.class,
            LoopCommands.Curve.class,
            BrowseCommands.Again.class,
            VersionCommands.Versions.class,
            VersionCommands.NameVersion.class,
            VersionCommands.Diff.class,
            VersionCommands.Restore.class,
            VersionCommands.Copy.class,
            PolicyCommand.class,
            ReviewCommands.History.class,
            ReviewCommands.Undo.class
        })
public final class CurateCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "Missing: what to do");
    }
}
