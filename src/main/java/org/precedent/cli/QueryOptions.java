package org.precedent.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.catalog.Answer.CloseUps;
import org.precedent.cli.process.MultipartForm;
import org.precedent.cli.study.StudyBeside;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.format.VolumeNames;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.query.Query;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What to ask about one image; the same for {@code segment} and {@code retrieve}. */
final class QueryOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Parameters(
            arity = "0..1",
            paramLabel = "IMAGE",
            description =
                    "PNG, BMP, JPEG or TIFF; segment takes studies, too: a volume as NIfTI or NRRD,"
                            + " or a folder of one DICOM series")
    private Path image = Path.of("");

    @Option(names = "--task", required = true, description = "the task")
    private String task = "";

    @Option(
            names = "--label",
            description = "a label of the task; repeatable (default: all of them)")
    private List<String> labels = new ArrayList<>();

    @Option(names = "--pool", description = "the support pool (default: ${DEFAULT-VALUE})")
    private String pool = "default";

    @Option(
            names = "--pool-version",
            paramLabel = "VERSION",
            description =
                    "which version of it, a number or a name given by `curate name`"
                            + " (default: the current one)")
    private @Nullable String poolVersion;

    @Mixin private SupportOptions supports = new SupportOptions();

    @Option(names = "--seed", description = "of the random strategy (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--site", description = "only supports of this site")
    private @Nullable String site;

    @Option(names = "--patient", description = "the patient, never a support of its own query")
    private @Nullable String patient;

    @Option(
            names = "--near-duplicates",
            paramLabel = "leave-out|allow",
            description = {
                "supports that show nearly the image itself (encoded, scaled, brightened or cut",
                "anew): left out and named in the answer, or allowed (default: leave-out)"
            })
    private @Nullable String nearDuplicates;

    /** What has no answer to look at says so. */
    void requireNothingAboutLooks() {
        supports.requireNothingAboutLooks(
                "only with segment, or evaluate --protocol leave-one-out");
    }

    Path image() {
        return image;
    }

    /** Whether the image, or the study, reaches a service as it is; none is refused when asked. */
    boolean canBeSent() {
        if (!isGiven()) {
            return true;
        }
        return isStudy()
                ? StudyBeside.carries(image)
                : MultipartForm.carries(String.valueOf(image.getFileName()));
    }

    /** Refuses a question about nothing. */
    void requireImage() {
        if (!isGiven()) {
            throw new ParameterException(
                    Objects.requireNonNull(command).commandLine(),
                    "Missing required parameter: 'IMAGE'");
        }
    }

    /** Refuses what is wrong whatever the catalogue holds. */
    void check() {
        if (isGiven() && !Files.isReadable(image)) {
            throw unreadable(Files.exists(image) ? "this user may not read it" : "it is not there");
        }
        ofSlices();
    }

    private ServiceException unreadable(String why) {
        return ServiceException.badParameter("IMAGE", image, "cannot be read: " + why);
    }

    /** Whether an image or study on this machine is named. */
    boolean isGiven() {
        return !image.toString().isEmpty();
    }

    /** The same question for a service; what is wrong with it is told before it is sent. */
    MultipartForm form() {
        SentFile sent = sent();
        return form(query(sent)).file("image", sent.name(), sent.bytes());
    }

    /** The same question about every slice of a study, without the study. */
    MultipartForm formOfSlices() {
        return form(ofSlices());
    }

    private MultipartForm form(Query query) {
        MultipartForm form =
                new MultipartForm()
                        .text("task", task)
                        .text("pool", pool)
                        .text("poolVersion", poolVersion)
                        .text("supportSize", query.supportSize())
                        .text("temperature", supports.tau)
                        .text("strategy", supports.strategy)
                        .text("seed", seed)
                        .text("site", site)
                        .text("patient", patient)
                        .text("nearDuplicates", nearDuplicates)
                        .text(
                                "closeUp",
                                supports.closeUps() == CloseUps.POOL
                                        ? null
                                        : supports.closeUps().word());
        labels.forEach(label -> form.text("labels", label));
        return form;
    }

    Query query() {
        return query(sent());
    }

    /** What is asked of every slice of a study. */
    Query ofSlices() {
        return query(new ImageSource.Pixels(name(), new Raster(1, 1, 1, 8, new short[1])));
    }

    String task() {
        return task;
    }

    String pool() {
        return pool;
    }

    /** The file's or folder's own name. */
    String name() {
        return String.valueOf(image.toAbsolutePath().normalize().getFileName());
    }

    /** Whether a volume is asked about, by its name or content, or a folder of DICOM slices. */
    boolean isStudy() {
        return isGiven()
                && (Files.isDirectory(image)
                        || VolumeNames.isVolume(name())
                        || VolumeReader.isVolume(image));
    }

    private SentFile sent() {
        requireImage();
        try {
            return new SentFile(String.valueOf(image.getFileName()), Files.readAllBytes(image));
        } catch (IOException e) {
            throw unreadable(e.getClass().getSimpleName());
        }
    }

    private Query query(ImageSource sent) {
        return new Query(
                sent,
                task,
                labels,
                pool,
                poolVersion,
                supports.number(),
                Query.temperature(supports.tau),
                Query.strategy(supports.strategy),
                seed,
                site,
                patient,
                Query.nearDuplicates(nearDuplicates),
                null,
                supports.closeUps());
    }
}
