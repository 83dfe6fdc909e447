package org.precedent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.api.view.AnswerView;
import org.precedent.catalog.Answer;
import org.precedent.cli.process.RunningService;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.cli.study.StudyBeside;
import org.precedent.cli.study.StudyOptions;
import org.precedent.cli.study.StudyRun;
import org.precedent.imaging.format.BurntIn;
import org.precedent.query.AnswerPictures;
import org.precedent.query.InfluenceService;
import org.precedent.query.QueryService;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;
import org.precedent.study.StudyArchive;
import org.precedent.study.StudyService;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One query. */
@Command(
        name = "segment",
        header = "Segments an image: masks, overlay, supports.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Segments one image by precedent. Writes, beside each other in the output folder,",
            "NAME.LABEL.mask.png, NAME.LABEL.probabilities.png (16 bit) and NAME.overlay.png, and",
            "prints the answer with its supports and weights as JSON.",
            "",
            "A study (NIfTI, NRRD, or a folder of one DICOM series) is segmented slice by slice,"
                    + " each",
            "slice with supports of its own. One label map on exactly the study's grid is written,",
            "NAME.labels.nii.gz, .seg.nrrd or a PNG a slice (--as), and NAME.labels.json: which"
                    + " value",
            "is which label, how much of it there is, which slices' answers are recorded under"
                    + " which",
            "ids, and which are not to be trusted.",
            "",
            "With --study UID a study of the archive is fetched and segmented, and with --push its",
            "segmentation stored there, where viewers find it."
        })
final class SegmentCommand extends ServiceCommand {
    @Spec private @Nullable CommandSpec spec;
    @Mixin private QueryOptions options = new QueryOptions();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "output folder, made if absent (default: the current one)")
    private Path out = Path.of("");

    @Option(
            names = "--influence",
            description = {
                "also print what each mask would be without each of its supports: Dice with the",
                "mask printed, influence = 1 - Dice, change of area; one pass a support"
            })
    private boolean influence;

    @Mixin private StudyOptions study = new StudyOptions();

    @Override
    public boolean asksRunningService() {
        study.check(options.isGiven());
        return study.archived().isPresent() || options.canBeSent();
    }

    @Override
    public void check() {
        if (study.archived().isEmpty()) {
            options.requireImage();
        }
        options.check();
    }

    @Override
    public boolean takesLong() {
        return study.archived().isPresent() || options.isStudy();
    }

    @Override
    public int ask(RunningService service) throws IOException {
        Optional<StudyArchive.Wanted> archived = study.archived();
        if (archived.isPresent()) {
            requireNoInfluence();
            print(
                    new StudyBeside(service, study)
                            .segment(
                                    archived.get(),
                                    options.formOfSlices(),
                                    out,
                                    commandLine().getErr()));
            return 0;
        }
        options.requireImage();
        if (options.isStudy()) {
            requireNoInfluence();
            print(
                    new StudyBeside(service, study)
                            .segment(
                                    options.image(),
                                    options.name(),
                                    options.formOfSlices(),
                                    out,
                                    commandLine().getErr()));
            return 0;
        }
        study.requireNone();
        ObjectNode answer = service.post("/v1/segmentations", options.form());
        Outputs files = new Outputs();
        Files.createDirectories(out.toAbsolutePath());
        // The links become files, each where its link was.
        for (JsonNode node : answer.path("labels")) {
            ObjectNode label = (ObjectNode) node;
            String name = label.path("label").asText();
            fetch(service, label, "mask", files.mask(name));
            fetch(service, label, "probabilities", files.probabilities(name));
        }
        fetch(service, answer, "overlay", files.overlay());
        if (influence) {
            String id = answer.path("id").asText();
            answer.set(
                    "influence",
                    service.get("/v1/segmentations/" + id + "/influence").path("labels"));
        }
        print(answer, new ObjectMapper());
        return 0;
    }

    private static void fetch(RunningService service, ObjectNode of, String link, String file)
            throws IOException {
        Files.write(Path.of(file), service.bytes(of.path(link).asText()));
        of.put(link, file);
    }

    @Override
    public Integer call() throws IOException {
        study.check(options.isGiven());
        Optional<StudyArchive.Wanted> archived = study.archived();
        if (archived.isPresent()) {
            return segmentArchived(archived.get());
        }
        if (options.isStudy()) {
            return segmentStudy();
        }
        study.requireNone();
        Answer answer = bean(QueryService.class).segment(Scope.machine(), options.query());
        AnswerPictures pictures = bean(AnswerPictures.class);
        Files.createDirectories(out.toAbsolutePath());
        Outputs files = new Outputs();
        for (Answer.LabelAnswer label : answer.labels()) {
            Files.write(Path.of(files.mask(label.label())), pictures.mask(answer, label.label()));
            Files.write(
                    Path.of(files.probabilities(label.label())),
                    pictures.probabilities(answer, label.label()));
        }
        Files.write(Path.of(files.overlay()), pictures.overlay(answer));
        ObjectMapper json = bean(ObjectMapper.class);
        ObjectNode printed = json.valueToTree(AnswerView.of(answer, files));
        if (influence) {
            printed.set(
                    "influence",
                    json.valueToTree(
                            bean(InfluenceService.class)
                                    .influence(Scope.machine(), answer.id(), null, null)
                                    .labels()));
        }
        print(printed, json);
        return 0;
    }

    private int segmentStudy() throws IOException {
        print(
                segment(
                        StudyRun.Source.of(
                                options.image(),
                                options.name(),
                                bean(DataSecrets.class).key(Purpose.PSEUDONYMS))));
        return 0;
    }

    /** Fetches a study for as long as it is segmented. */
    private int segmentArchived(StudyArchive.Wanted wanted) throws IOException {
        StudyArchive archive = bean(StudyArchive.class);
        StudyArchive.Chosen series = archive.choose(Scope.machine(), wanted);
        Path folder = Files.createTempDirectory("precedent-study");
        // A patient's files do not stay where somebody stops the command.
        Thread end = new Thread(() -> remove(folder), "remove-study");
        Runtime.getRuntime().addShutdownHook(end);
        try {
            archive.pull(series, folder);
            byte[] key = bean(DataSecrets.class).key(Purpose.PSEUDONYMS);
            ObjectNode answer =
                    segment(
                            new StudyRun.Source(
                                    folder, "study", wanted.study(), series.name(key), key));
            if (study.push()) {
                archive.push(Path.of(answer.path("segmentation").asText()));
                answer.put("archive", "stored");
            }
            print(answer);
        } finally {
            remove(folder);
            try {
                Runtime.getRuntime().removeShutdownHook(end);
            } catch (IllegalStateException e) {
                // the process ends, and the hook finds nothing
            }
        }
        return 0;
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (NoSuchFileException e) {
            // it is gone
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + folder, e);
        }
    }

    private ObjectNode segment(StudyRun.Source source) throws IOException {
        requireNoInfluence();
        if (study.burntIn() == BurntIn.ALLOWED) {
            bean(AuditTrail.class)
                    .record(
                            Scope.machine(),
                            BurntIn.audited(),
                            "segment with " + options.task() + "/" + options.pool(),
                            List.of(),
                            "asserted");
        }
        StudyRun run =
                new StudyRun(
                        bean(StudyService.class), bean(ObjectMapper.class), Scope.machine(), study);
        return run.segment(source, options.ofSlices(), out, commandLine().getErr());
    }

    private void requireNoInfluence() {
        if (influence) {
            throw ServiceException.badParameter(
                    "--influence", "true", "an image: ask a slice's answer by its id");
        }
    }

    private void print(ObjectNode study) throws JsonProcessingException {
        commandLine()
                .getOut()
                .println(
                        new ObjectMapper()
                                .writerWithDefaultPrettyPrinter()
                                .writeValueAsString(study));
    }

    private void print(ObjectNode answer, ObjectMapper json) throws JsonProcessingException {
        Objects.requireNonNull(spec)
                .commandLine()
                .getOut()
                .println(json.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
        for (JsonNode label : answer.path("labels")) {
            caution(label.path("confidence"))
                    .ifPresent(caution ->
                            commandLine()
                                    .getErr()
                                    .println(label.path("label").asText() + ": " + caution));
        }
    }

    /**
     * What somebody who only looks at the mask must know; empty where nothing speaks against it.
     */
    private static Optional<String> caution(JsonNode confidence) {
        if (confidence.path("insufficientPrecedent").asBoolean()) {
            return Optional.of("INSUFFICIENT PRECEDENT: " + confidence.path("reason").asText());
        }
        return confidence.path("calibrated").asBoolean()
                ? Optional.empty()
                : Optional.of(
                        "UNCALIBRATED: how good this mask is is not known (`precedent calibrate`)");
    }

    /** File names from the image's name. */
    private final class Outputs implements AnswerView.Links {
        private final String stem = stem(String.valueOf(options.image().getFileName()));

        @Override
        public String overlay() {
            return out.resolve(stem + ".overlay.png").toString();
        }

        @Override
        public String mask(String label) {
            return out.resolve(stem + "." + label + ".mask.png").toString();
        }

        @Override
        public String probabilities(String label) {
            return out.resolve(stem + "." + label + ".probabilities.png").toString();
        }

        private static String stem(String name) {
            int dot = name.lastIndexOf('.');
            return dot > 0 ? name.substring(0, dot) : name;
        }
    }
}
