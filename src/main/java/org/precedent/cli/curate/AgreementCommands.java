package org.precedent.cli.curate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.catalog.review.Verdicts;
import org.precedent.cli.curate.ReviewCommands.Reason;
import org.precedent.curation.Agreement;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Several annotators of one structure on one image. */
final class AgreementCommands {
    private AgreementCommands() {}

    @Command(
            name = "agreement",
            mixinStandardHelpOptions = true,
            description = {
                "How far the annotators of an image and label agree: Dice and distances of every",
                "two, and how sensitive and specific each is against the truth that STAPLE",
                "(Warfield 2004) estimates from all of them. Rejected and retired masks are left out."
            },
            footerHeading = "%nExample:%n",
            footer = "  precedent curate agreement 17")
    static final class Agree extends OutputCommand {
        @Parameters(
                paramLabel = "ANNOTATION",
                description = "the id of any annotation of the image and label")
        private long annotation;

        @Override
        public Integer call() {
            Agreement.Agreed agreed = bean(Agreement.class).agreement(Scope.machine(), annotation);
            if (asJson()) {
                printJson(agreed);
                commandLine().getOut().flush();
                return 0;
            }
            print(
                    agreed.annotators(),
                    List.of("annotation", "author", "state", "area", "sensitivity", "specificity"),
                    one ->
                            List.of(
                                    Long.toString(one.annotation()),
                                    one.author(),
                                    one.state(),
                                    Integer.toString(one.area()),
                                    number(one.sensitivity()),
                                    number(one.specificity())));
            print(
                    agreed.pairs(),
                    List.of("annotation", "with", "Dice", "HD95 (px)", "mean distance (px)"),
                    pair ->
                            List.of(
                                    Long.toString(pair.first()),
                                    Long.toString(pair.second()),
                                    number(pair.dice()),
                                    distance(pair.hausdorff95()),
                                    distance(pair.averageDistance())));
            say("%s: mean Dice %.3f", agreed.label(), agreed.meanDice());
            return 0;
        }

        private static String distance(@Nullable Double pixels) {
            return pixels == null ? "" : number(pixels);
        }
    }

    @Command(
            name = "consensus",
            mixinStandardHelpOptions = true,
            description = {
                "The mask that the annotators of an image and label share: written to a file to",
                "look at, or taken as a correction, which replaces what is held and can be undone."
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  precedent curate consensus 17 --out shared.png",
                "  precedent curate consensus 17 --method majority --state approved \\",
                "      --reason 'three readers'"
            })
    static final class Share extends OutputCommand {
        @Parameters(
                paramLabel = "ANNOTATION",
                description = "the id of any annotation of the image and label")
        private long annotation;

        @Option(
                names = "--method",
                description =
                        "majority (more than half) or staple (each weighed by how good it is)"
                                + " (default: ${DEFAULT-VALUE})")
        private String method = "staple";

        @Option(
                names = "--state",
                description = "of the new annotation (default: ${DEFAULT-VALUE})")
        private String state = "unreviewed";

        @Option(
                names = "--out",
                paramLabel = "FILE",
                description =
                        "writes the mask as a PNG, 0 outside and 255 inside, and keeps nothing")
        private @Nullable Path out;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                description = "takes it; why, kept with it")
        private @Nullable String reason;

        @Option(
                names = "--actor",
                paramLabel = "NAME",
                description = "who takes it (default: the user of this machine)")
        private @Nullable String actor;

        @Override
        public Integer call() throws IOException {
            Agreement agreement = bean(Agreement.class);
            if ((out == null) == (reason == null)) {
                throw new ParameterException(
                        commandLine(),
                        "either --out FILE to look at it, or --reason TEXT to take it");
            }
            if (out != null) {
                Files.write(out, agreement.consensus(Scope.machine(), annotation, method));
                say("%s", out);
                return 0;
            }
            Verdicts.Corrected taken =
                    agreement.take(
                            annotation,
                            method,
                            state,
                            Reason.because(actor, Objects.requireNonNull(reason)));
            if (asJson()) {
                printJson(taken);
                commandLine().getOut().flush();
                return 0;
            }
            say("%s", LoopCommands.told(taken));
            return 0;
        }
    }
}
