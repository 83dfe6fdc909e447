package org.precedent.cli.curate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.catalog.review.Verdicts;
import org.precedent.cli.curate.ReviewCommands.Reason;
import org.precedent.curation.AnswerLoop;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What clients say of answers, and new masks. */
final class LoopCommands {
    private LoopCommands() {}

    /** Where the image of an answer comes from. */
    static final class OriginOptions {
        @Option(names = "--site", description = "of the image (default: as the query said)")
        private @Nullable String site;

        @Option(
                names = "--patient",
                description = "pseudonym of the image's patient (default: as the query said)")
        private @Nullable String patient;

        @Option(names = "--modality", description = "of the image (default: unknown)")
        private @Nullable String modality;

        @Option(
                names = "--pool",
                description = "that takes what becomes of it (default: the one that answered)")
        private @Nullable String pool;

        AnswerLoop.Origin origin() {
            return new AnswerLoop.Origin(site, patient, modality, pool);
        }
    }

    /** What became of a new mask, in a sentence. */
    static String told(Verdicts.Corrected corrected) {
        return "annotation %d, version %d, in %d pools%s, action %d"
                .formatted(
                        corrected.annotationId(),
                        corrected.version(),
                        corrected.pools(),
                        corrected.waiting() == 0
                                ? ""
                                : "; %d pools hold the approved one until you approve this one"
                                        .formatted(corrected.waiting()),
                        corrected.action());
    }

    private static String waits(Verdicts.Recorded recorded, String label) {
        return recorded.waiting().contains(label)
                ? " (it waits: the pool holds an approved one)"
                : "";
    }

    /** A command that prints what became of an answer. */
    abstract static class Judging extends OutputCommand {
        @Parameters(paramLabel = "ANSWER", description = "its id")
        UUID answer = new UUID(0, 0);

        @Mixin private Reason reason = new Reason();

        abstract Verdicts.Recorded judge(AnswerLoop loop, Reason why) throws IOException;

        @Override
        public Integer call() throws IOException {
            Verdicts.Recorded recorded = judge(bean(AnswerLoop.class), reason);
            if (asJson()) {
                printJson(recorded);
                commandLine().getOut().flush();
                return 0;
            }
            say(
                    "%s, action %d%s",
                    recorded.verdict(),
                    recorded.action(),
                    recorded.annotations().entrySet().stream()
                            .map(one ->
                                    "; %s is annotation %d, unreviewed%s, Dice %.3f with the answer"
                                            .formatted(
                                                    one.getKey(),
                                                    one.getValue(),
                                                    waits(recorded, one.getKey()),
                                                    recorded.dice()
                                                            .getOrDefault(one.getKey(), 1.0)))
                            .collect(Collectors.joining()));
            return 0;
        }
    }

    @Command(
            name = "accept",
            mixinStandardHelpOptions = true,
            description = {
                "Holds the masks of a recorded answer for right: each becomes an unreviewed",
                "annotation that knows its answer. A curator approves it with `curate review`."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate accept 0c0e6f3c-... --patient p17 --reason 'looked at it'")
    static final class Accept extends Judging {
        @Option(
                names = "--label",
                description = "only this label's; repeatable (default: all that are not empty)")
        private List<String> labels = new ArrayList<>();

        @Mixin private OriginOptions origin = new OriginOptions();

        @Override
        Verdicts.Recorded judge(AnswerLoop loop, Reason why) {
            return loop.accept(answer, labels, origin.origin(), why.because());
        }
    }

    @Command(
            name = "reject",
            mixinStandardHelpOptions = true,
            description = "Keeps that a recorded answer is wrong, without saying what is right.",
            footerHeading = "%nExample:%n",
            footer = "  precedent curate reject 0c0e6f3c-... --reason 'another organ'")
    static final class Reject extends Judging {
        @Option(names = "--label", description = "only this label; repeatable (default: all)")
        private List<String> labels = new ArrayList<>();

        @Override
        Verdicts.Recorded judge(AnswerLoop loop, Reason why) {
            return loop.reject(answer, labels, why.because());
        }
    }

    @Command(
            name = "correct",
            mixinStandardHelpOptions = true,
            description = {
                "Gives a recorded answer, or an annotation, the masks that are right. Of an answer",
                "they become unreviewed annotations that know it, and the Dice of the answer with",
                "them is kept: `curate curve` shows it week by week. Of an annotation, the new mask",
                "replaces it in every pool that holds it. Where an approved one is held, a mask that",
                "is not approved waits until a curator approves it."
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  precedent curate correct --answer 0c0e6f3c-... --mask nucleus=right.png \\",
                "      --patient p17 --reason 'rim missed'",
                "  precedent curate correct --annotation 17 --mask right.png --state approved \\",
                "      --reason 'shifted by a slice'"
            })
    static final class Correct extends OutputCommand {
        @Option(names = "--answer", paramLabel = "ID", description = "a recorded answer")
        private @Nullable UUID answer;

        @Option(names = "--annotation", paramLabel = "ID", description = "an annotation")
        private @Nullable Long annotation;

        @Option(
                names = "--mask",
                required = true,
                paramLabel = "[LABEL=]FILE",
                description =
                        "the right mask, of the image's size; of an answer with its label, repeatable")
        private List<String> masks = new ArrayList<>();

        @Option(
                names = "--state",
                description = "of an annotation's new mask (default: ${DEFAULT-VALUE})")
        private String state = "unreviewed";

        @Mixin private OriginOptions origin = new OriginOptions();
        @Mixin private Reason reason = new Reason();

        @Override
        public Integer call() throws IOException {
            AnswerLoop loop = bean(AnswerLoop.class);
            if ((answer == null) == (annotation == null)) {
                throw new ParameterException(commandLine(), "either --answer or --annotation");
            }
            Object done =
                    annotation != null
                            ? loop.correctAnnotation(annotation, single(), state, reason.because())
                            : loop.correct(
                                    Objects.requireNonNull(answer),
                                    byLabel(),
                                    origin.origin(),
                                    reason.because());
            if (asJson()) {
                printJson(done);
                commandLine().getOut().flush();
            } else if (done instanceof Verdicts.Corrected corrected) {
                say("%s", told(corrected));
            } else if (done instanceof Verdicts.Recorded recorded) {
                recorded.annotations()
                        .forEach((label, id) ->
                                say(
                                        "%s: annotation %d, unreviewed%s, Dice %.3f with the answer",
                                        label,
                                        id,
                                        waits(recorded, label),
                                        recorded.dice().getOrDefault(label, 1.0)));
            }
            return 0;
        }

        private AnswerLoop.SentMask single() throws IOException {
            if (masks.size() != 1) {
                throw new ParameterException(commandLine(), "one --mask for one annotation");
            }
            return sent(masks.getFirst());
        }

        private Map<String, AnswerLoop.SentMask> byLabel() throws IOException {
            Map<String, AnswerLoop.SentMask> sent = new LinkedHashMap<>();
            for (String mask : masks) {
                int at = mask.indexOf('=');
                if (at < 1) {
                    throw new ParameterException(
                            commandLine(), "--mask " + mask + ": expected LABEL=FILE");
                }
                sent.put(mask.substring(0, at), sent(mask.substring(at + 1)));
            }
            return sent;
        }

        private static AnswerLoop.SentMask sent(String file) throws IOException {
            Path path = Path.of(file);
            return new AnswerLoop.SentMask(
                    String.valueOf(path.getFileName()), Files.readAllBytes(path));
        }
    }

    @Command(
            name = "curve",
            mixinStandardHelpOptions = true,
            description = {
                "How good the answers of a pool were, week by week and label by label: the Dice of",
                "answers with the masks that clients hold for right. A pool that gets better rises."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate curve --task wbc")
    static final class Curve extends VersionCommands.OfPool {
        @Override
        public Integer call() {
            print(
                    bean(AnswerLoop.class).curve(Scope.machine(), task, pool),
                    List.of(
                            "week",
                            "label",
                            "accepted",
                            "corrected",
                            "rejected",
                            "Dice",
                            "corrected"),
                    week ->
                            List.of(
                                    week.week().toString().substring(0, 10),
                                    week.label(),
                                    Integer.toString(week.accepted()),
                                    Integer.toString(week.corrected()),
                                    Integer.toString(week.rejected()),
                                    week.meanDice() == null ? "" : number(week.meanDice()),
                                    week.meanCorrectedDice() == null
                                            ? ""
                                            : number(week.meanCorrectedDice())));
            return 0;
        }
    }
}
