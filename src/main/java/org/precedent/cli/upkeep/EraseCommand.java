package org.precedent.cli.upkeep;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.erasure.Erasure;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Erases a patient, an image or an answer. */
@Command(
        name = "erase",
        header = "Erases a patient, an image or an answer for good.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Erases a patient, an image or an answer: retired at once for every version of every",
            "pool, gone from catalogue, stored bytes, indexes and kept encodings. A keyed hash keeps",
            "a repeated ingest or a restored backup from bringing it back. There is no undo, and",
            "nothing is asked: try --dry-run first."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  precedent erase --patient p17 --site north --reason 'consent withdrawn' --dry-run",
            "  precedent erase --image 0c0e6f3c-... --reason 'a name is burnt in'"
        })
public final class EraseCommand extends ServiceCommand {
    @ArgGroup(exclusive = true, multiplicity = "1")
    private Wanted wanted = new Wanted();

    /** What is to be erased. */
    static final class Wanted {
        @Option(
                names = "--patient",
                paramLabel = "ID",
                description = "a pseudonym: all images, and all answers to queries of the patient")
        @Nullable String patient;

        @Option(names = "--image", paramLabel = "ID", description = "one image")
        @Nullable UUID image;

        @Option(names = "--answer", paramLabel = "ID", description = "one recorded answer")
        @Nullable UUID answer;
    }

    @Option(names = "--site", description = "of the patient (default: every site)")
    private @Nullable String site;

    @Option(names = "--reason", required = true, description = "why, kept with the numbers")
    private String reason = "";

    @Option(names = "--dry-run", description = "only say what would be erased")
    private boolean dryRun;

    @Override
    public boolean asksRunningService() {
        return true;
    }

    @Override
    public int ask(RunningService service) {
        ObjectNode body = new ObjectMapper().createObjectNode();
        body.put(
                "what",
                wanted.patient != null ? "patient" : wanted.image != null ? "image" : "answer");
        body.put(
                "id",
                wanted.patient != null
                        ? wanted.patient
                        : String.valueOf(wanted.image != null ? wanted.image : wanted.answer));
        if (site != null) {
            body.put("site", site);
        }
        body.put("reason", reason);
        body.put("dryRun", dryRun);
        ObjectNode erased = service.post("/v1/erasures", body);
        tell(
                new Erasure.Erased(
                        dryRun,
                        erased.path("images").asInt(),
                        erased.path("annotations").asInt(),
                        erased.path("answers").asInt(),
                        erased.path("answersLeft").asInt(),
                        erased.path("adaptations").asInt(),
                        erased.path("blobs").asInt()));
        return 0;
    }

    @Override
    public Integer call() {
        Erasure.Subject subject =
                wanted.patient != null
                        ? new Erasure.Subject.Patient(wanted.patient, site)
                        : wanted.image != null
                                ? new Erasure.Subject.Image(wanted.image)
                                : new Erasure.Subject.Answer(Objects.requireNonNull(wanted.answer));
        tell(bean(Erasure.class).erase(Scope.machine(), subject, reason, dryRun));
        return 0;
    }

    private void tell(Erasure.Erased erased) {
        var out = commandLine().getOut();
        out.printf(
                "%s %d images, %d annotations, %d answers; %d other answers rested on them and %s be"
                        + " replayed; %d stored files%n",
                erased.dryRun() ? "would erase" : "erased",
                erased.images(),
                erased.annotations(),
                erased.answers(),
                erased.answersLeft(),
                erased.dryRun() ? "could not" : "cannot",
                erased.blobs());
        if (erased.adaptations() > 0) {
            out.printf(
                    "%d adaptations had learnt from it: their weights %s withdrawn, and their answers %s"
                            + " be replayed%n",
                    erased.adaptations(),
                    erased.dryRun() ? "would be" : "are",
                    erased.dryRun() ? "could not" : "cannot");
        }
        out.flush();
    }
}
