package org.precedent.cli.curate;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.catalog.review.Actions;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.Reviews;
import org.precedent.curation.Curation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reviews, their history, and undo. */
final class ReviewCommands {
    private ReviewCommands() {}

    /** Who and why. */
    static final class Reason {
        @Option(
                names = "--actor",
                paramLabel = "NAME",
                description = "who does it (default: the user of this machine)")
        private @Nullable String actor;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                required = true,
                description = "why, kept with it")
        private String reason = "";

        Because because() {
            return because(actor, reason);
        }

        /** As the options say. */
        static Because because(@Nullable String actor, String reason) {
            return new Because(
                    Scope.machine(),
                    actor == null ? System.getProperty("user.name", "unknown") : actor,
                    reason);
        }
    }

    @Command(
            name = "review",
            mixinStandardHelpOptions = true,
            description = {
                "Brings annotations into a review state: approved ones serve, unreviewed, rejected",
                "and retired ones do not, in no version of any pool, from now on. Which: ids, or a",
                "filter (--task and others), never both. All of them or none, as one action that",
                "`curate undo` takes back. With --dry-run nothing changes and what would is shown."
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  precedent curate review 17 23 --to rejected --reason 'shifted by a slice'",
                "  precedent curate review --task wbc --state unreviewed --author lee \\",
                "      --to approved --reason 'checked by Dr. Lee' --dry-run"
            })
    static final class Review extends OutputCommand {
        @Parameters(paramLabel = "ID", arity = "0..*", description = "ids of annotations")
        private List<Long> ids = new ArrayList<>();

        @Mixin private FilterOptions filter = new FilterOptions();
        @Mixin private Reason reason = new Reason();

        @Option(
                names = "--to",
                paramLabel = "STATE",
                required = true,
                description = "unreviewed, approved, rejected or retired")
        private String to = "";

        @Option(
                names = "--expect",
                paramLabel = "STATE",
                description = "with ids: refuse where one is in another state")
        private @Nullable String expected;

        @Option(names = "--dry-run", description = "show what would change, and change nothing")
        private boolean dryRun;

        @Override
        public Integer call() {
            Set<Long> which = new LinkedHashSet<>(ids);
            Reviews.Outcome outcome =
                    bean(Curation.class)
                            .review(which, filter.words(), to, expected, reason.because(), dryRun);
            if (asJson()) {
                printJson(outcome);
                commandLine().getOut().flush();
                return 0;
            }
            print(
                    outcome.changes(),
                    List.of("annotation", "image", "label", "was", dryRun ? "would be" : "is"),
                    change ->
                            List.of(
                                    Long.toString(change.annotationId()),
                                    change.image(),
                                    change.label(),
                                    change.before().word(),
                                    change.after().word()));
            say(
                    "%d %s, %d were %s already%s",
                    outcome.changes().size(),
                    dryRun ? "would change" : "changed",
                    outcome.unchanged(),
                    to,
                    outcome.action() == null
                            ? ""
                            : "; `precedent curate undo " + outcome.action() + "` takes it back");
            return 0;
        }
    }

    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description = {
                "Who did what, when and why, the latest first: reviews, corrections, verdicts on",
                "answers, restored and copied pools, and undos."
            })
    static final class History extends OutputCommand {
        @Mixin private PageOptions page = new PageOptions();

        @Override
        public Integer call() {
            Page<Actions.Action> found =
                    bean(Curation.class).history(Scope.machine(), page.request());
            print(
                    found.rows(),
                    List.of("action", "what", "who", "when", "state", "changes", "why"),
                    action ->
                            List.of(
                                    Long.toString(action.id()),
                                    action.kind()
                                            + (action.undoes() == null
                                                    ? ""
                                                    : " of " + action.undoes()),
                                    text(action.actor()),
                                    action.createdAt().toString(),
                                    action.inForce() ? "" : "undone",
                                    action.reviews()
                                            + " reviews, "
                                            + action.versions()
                                            + " versions",
                                    action.reason()));
            tellNext(found.next());
            return 0;
        }
    }

    @Command(
            name = "undo",
            mixinStandardHelpOptions = true,
            description = {
                "Takes an action back. An undo is an action too: undone, it does again what it took",
                "back. What somebody changed since is never overwritten; then nothing is changed, and",
                "the refusal says what stands in the way."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate undo 12 --reason 'wrong batch'")
    static final class Undo extends OutputCommand {
        @Parameters(paramLabel = "ACTION", description = "its number in `curate history`")
        private long action;

        @Mixin private Reason reason = new Reason();

        @Override
        public Integer call() {
            long undo = bean(Curation.class).undo(action, reason.because());
            say("action %d took action %d back", undo, action);
            return 0;
        }
    }
}
