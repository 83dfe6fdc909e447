package org.precedent.cli.curate;

import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.catalog.review.Browsing;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.Verdicts;
import org.precedent.curation.AnswerLoop;
import org.precedent.curation.Curation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What there is. */
final class BrowseCommands {
    private BrowseCommands() {}

    @Command(
            name = "annotations",
            mixinStandardHelpOptions = true,
            description = "Annotations, the latest first.",
            footerHeading = "%nExample:%n",
            footer = "  precedent curate annotations --task wbc --label nucleus --state unreviewed")
    static final class Annotations extends OutputCommand {
        @Mixin private FilterOptions filter = new FilterOptions();
        @Mixin private PageOptions page = new PageOptions();

        @Override
        public Integer call() {
            Page<Browsing.AnnotationRow> found =
                    bean(Curation.class)
                            .annotations(Scope.machine(), filter.words(), page.request());
            print(
                    found.rows(),
                    List.of(
                            "annotation",
                            "image",
                            "task",
                            "label",
                            "version",
                            "state",
                            "author",
                            "site",
                            "modality",
                            "made",
                            "from answer"),
                    row ->
                            List.of(
                                    Long.toString(row.id()),
                                    row.image(),
                                    row.task(),
                                    row.label(),
                                    Integer.toString(row.version()),
                                    row.state().word(),
                                    text(row.author()),
                                    text(row.site()),
                                    row.modality(),
                                    row.createdAt().toString(),
                                    text(row.fromAnswer())));
            tellNext(found.next());
            return 0;
        }
    }

    @Command(
            name = "images",
            mixinStandardHelpOptions = true,
            description = "Images that have an annotation which passes the filter.",
            footerHeading = "%nExample:%n",
            footer = "  precedent curate images --task wbc --site north --json")
    static final class Images extends OutputCommand {
        @Mixin private FilterOptions filter = new FilterOptions();
        @Mixin private PageOptions page = new PageOptions();

        @Override
        public Integer call() {
            Page<Browsing.ImageRow> found =
                    bean(Curation.class).images(Scope.machine(), filter.words(), page.request());
            print(
                    found.rows(),
                    List.of("image", "id", "site", "patient", "modality", "size", "annotations"),
                    row ->
                            List.of(
                                    row.name(),
                                    row.id().toString(),
                                    text(row.site()),
                                    text(row.patient()),
                                    row.modality(),
                                    row.width() + " x " + row.height(),
                                    Integer.toString(row.annotations())));
            tellNext(found.next());
            return 0;
        }
    }

    @Command(
            name = "answers",
            mixinStandardHelpOptions = true,
            description = {
                "Recorded answers, the latest first; with --of those that an annotation took part",
                "in, with its weight: what a wrong mask may have spoilt. `curate again` asks them",
                "again."
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  precedent curate answers --task wbc --verdict none",
                "  precedent curate answers --of 17"
            })
    static final class AnswersOf extends OutputCommand {
        @Mixin private FilterOptions filter = new FilterOptions();
        @Mixin private PageOptions page = new PageOptions();

        @Option(
                names = "--verdict",
                description = "accepted, corrected, rejected, or none by any client yet")
        private @Nullable String verdict;

        @Option(
                names = "--flagged",
                description = "only those that say that there is no sufficient precedent")
        private boolean flagged;

        @Option(
                names = "--of",
                paramLabel = "ANNOTATION",
                description = "instead of a filter: those that this annotation took part in")
        private @Nullable Long of;

        @Override
        public Integer call() {
            if (of != null) {
                return parts(of);
            }
            Page<Browsing.AnswerRow> found =
                    bean(Curation.class)
                            .answers(
                                    Scope.machine(),
                                    filter.words(),
                                    verdict,
                                    flagged,
                                    page.request());
            print(
                    found.rows(),
                    List.of(
                            "answer", "query", "task", "pool", "version", "when", "flagged",
                            "verdict"),
                    row ->
                            List.of(
                                    row.id().toString(),
                                    row.query(),
                                    row.task(),
                                    row.pool(),
                                    Integer.toString(row.poolVersion()),
                                    row.createdAt().toString(),
                                    row.flagged() ? "flagged" : "",
                                    text(row.verdict())));
            tellNext(found.next());
            return 0;
        }

        private int parts(long annotation) {
            Page<Verdicts.Part> found =
                    bean(AnswerLoop.class).answersOf(Scope.machine(), annotation, page.request());
            print(
                    found.rows(),
                    List.of("answer", "query", "label", "weight", "rank", "version", "when"),
                    row ->
                            List.of(
                                    row.answer().toString(),
                                    row.query(),
                                    row.label(),
                                    number(row.weight()),
                                    Integer.toString(row.rank()),
                                    row.pool() + " " + row.poolVersion(),
                                    row.createdAt().toString()));
            tellNext(found.next());
            return 0;
        }
    }

    @Command(
            name = "again",
            mixinStandardHelpOptions = true,
            description = {
                "Asks a recorded query again of the pool as it is now, and compares: what has a",
                "withdrawn or corrected annotation changed? The new answer is recorded too."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate again 0c0e6f3c-5d0a-4c0c-9f5e-0b1d8f3a7a11")
    static final class Again extends OutputCommand {
        @Parameters(paramLabel = "ANSWER", description = "its id")
        private UUID answer = new UUID(0, 0);

        @Override
        public Integer call() {
            AnswerLoop.Again again = bean(AnswerLoop.class).askAgain(Scope.machine(), answer);
            if (asJson()) {
                printJson(again);
            } else {
                print(
                        again.labels(),
                        List.of(
                                "label",
                                "Dice with then",
                                "area then",
                                "area now",
                                "supports kept"),
                        row ->
                                List.of(
                                        row.label(),
                                        number(row.dice()),
                                        Integer.toString(row.areaThen()),
                                        Integer.toString(row.areaNow()),
                                        String.format(
                                                Locale.ROOT,
                                                "%d of %d",
                                                row.supportsKept(),
                                                row.supportsThen())));
                say("answer %s, of version %d", again.now(), again.versionNow());
            }
            commandLine().getOut().flush();
            return 0;
        }
    }
}
