package org.precedent.cli.curate;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.PoolVersions;
import org.precedent.cli.curate.ReviewCommands.Reason;
import org.precedent.curation.Curation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Versions of pools. */
final class VersionCommands {
    private VersionCommands() {}

    /** A command about one pool. */
    abstract static class OfPool extends OutputCommand {
        @Option(names = "--task", required = true, description = "the task")
        String task = "";

        @Option(names = "--pool", description = "the support pool (default: ${DEFAULT-VALUE})")
        String pool = "default";

        /** Prints what became of a pool. */
        final int tell(PoolVersions.Changed changed, boolean dryRun) {
            if (asJson()) {
                printJson(changed);
                commandLine().getOut().flush();
            } else {
                say(
                        "%s%d annotations added, %d removed, %d left out because another one of the"
                                + " same image and label is there; version %d%s",
                        dryRun ? "would be: " : "",
                        changed.added(),
                        changed.removed(),
                        changed.kept(),
                        changed.version(),
                        changed.action() == null
                                ? ""
                                : "; `precedent curate undo "
                                        + changed.action()
                                        + "` takes it back");
            }
            return 0;
        }
    }

    @Command(
            name = "versions",
            mixinStandardHelpOptions = true,
            description = {
                "The versions of a pool, the latest first. Queries ask any of them by its number,",
                "with --pool-version."
            })
    static final class Versions extends OfPool {
        @Mixin private PageOptions page = new PageOptions();

        @Override
        public Integer call() {
            Page<PoolVersions.Version> found =
                    bean(Curation.class).versions(Scope.machine(), task, pool, page.request());
            print(
                    found.rows(),
                    List.of("version", "name", "added", "removed", "who", "when", "why"),
                    row ->
                            List.of(
                                    Integer.toString(row.version()),
                                    text(row.name()),
                                    Integer.toString(row.added()),
                                    Integer.toString(row.removed()),
                                    text(row.actor()),
                                    row.createdAt().toString(),
                                    text(row.note())));
            tellNext(found.next());
            return 0;
        }
    }

    @Command(
            name = "name",
            mixinStandardHelpOptions = true,
            description =
                    "Gives a version of a pool a name, by which the commands of curate know it.",
            footerHeading = "%nExample:%n",
            footer = "  precedent curate name 12 'paper, March' --task wbc")
    static final class NameVersion extends OfPool {
        @Parameters(index = "0", paramLabel = "VERSION", description = "its number or name")
        private String version = "";

        @Parameters(index = "1", paramLabel = "NAME", description = "the new name")
        private String name = "";

        @Override
        public Integer call() {
            bean(Curation.class).nameVersion(Scope.machine(), task, pool, version, name);
            say("version %s is called \"%s\"", version, name);
            return 0;
        }
    }

    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = "What differs between two versions of a pool, by image and label.",
            footerHeading = "%nExample:%n",
            footer = "  precedent curate diff 3 5 --task wbc")
    static final class Diff extends OfPool {
        @Parameters(index = "0", paramLabel = "FROM", description = "its number or name")
        private String from = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TO",
                description = "likewise (default: the current one)")
        private @Nullable String to;

        @Override
        public Integer call() {
            print(
                    bean(Curation.class).diff(Scope.machine(), task, pool, from, to),
                    List.of("image", "label", "change", "before", "after"),
                    row ->
                            List.of(
                                    row.image(),
                                    row.label(),
                                    row.before() == null
                                            ? "added"
                                            : row.after() == null ? "removed" : "replaced",
                                    text(row.before()),
                                    text(row.after())));
            return 0;
        }
    }

    @Command(
            name = "restore",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a pool hold again what it held at a version, as a new version. Review states",
                "stay: what was rejected since does not serve."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate restore 3 --task wbc --reason 'bad import on Tuesday'")
    static final class Restore extends OfPool {
        @Parameters(paramLabel = "VERSION", description = "its number or name")
        private String version = "";

        @Mixin private Reason reason = new Reason();

        @Option(names = "--dry-run", description = "say what would change, and change nothing")
        private boolean dryRun;

        @Override
        public Integer call() {
            return tell(
                    bean(Curation.class).restore(task, pool, version, reason.because(), dryRun),
                    dryRun);
        }
    }

    @Command(
            name = "copy",
            mixinStandardHelpOptions = true,
            description = {
                "Puts what a pool holds into another pool of the task, which is made where it is not",
                "there. No pixels are sent; what the other holds of the same image and label stays."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate copy clinic --task wbc --reason 'reviewed cases'")
    static final class Copy extends OfPool {
        @Parameters(paramLabel = "TO", description = "the other pool")
        private String to = "";

        @Option(
                names = "--pool-version",
                paramLabel = "VERSION",
                description = "of the pool to copy from (default: the current one)")
        private @Nullable String version;

        @Mixin private Reason reason = new Reason();

        @Option(names = "--dry-run", description = "say what would change, and change nothing")
        private boolean dryRun;

        @Override
        public Integer call() {
            return tell(
                    bean(Curation.class).copy(task, pool, version, to, reason.because(), dryRun),
                    dryRun);
        }
    }
}
