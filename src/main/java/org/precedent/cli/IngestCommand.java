package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Ingested;
import org.precedent.catalog.LabelNames;
import org.precedent.catalog.Names;
import org.precedent.catalog.SamePixels;
import org.precedent.cli.progress.ProgressBar;
import org.precedent.cli.service.ServiceCommand;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.VolumeExamples;
import org.precedent.ingest.folder.AnnotatedVolume;
import org.precedent.ingest.folder.Case;
import org.precedent.ingest.folder.DatasetFolder;
import org.precedent.ingest.folder.MaskTally;
import org.precedent.ingest.folder.RefusedFile;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Bulk ingest. */
@Command(
        name = "ingest",
        header = "Takes annotated images into a task and a pool.%n",
        mixinStandardHelpOptions = true,
        description = {
            "Takes a folder of annotated images into a task and a pool. Task, labels and pool are",
            "made if absent. Images that are there already are left alone, so an interrupted run"
                    + " is",
            "continued by running it again. Links are followed, each file is read once; hidden"
                    + " files",
            "and what systems leave behind (__MACOSX, Thumbs.db, desktop.ini) are passed over."
                    + " Every",
            "other file that is not taken, and every image without a mask, mask without an image"
                    + " and",
            "file that is refused, is a line of the report, with the reason; nothing else is lost.",
            "",
            "Volumes are taken slice by slice: NIfTI (.nii, .nii.gz), NRRD (.nrrd, .seg.nrrd) and",
            "folders of one DICOM series each, with masks as NIfTI or NRRD of the same name. A"
                    + " mask",
            "must lie on the volume's grid; one whose axes are only exchanged or turned round is"
                    + " read",
            "in the volume's order. Each slice is an image of the volume's patient, with its"
                    + " series,",
            "number, spacing and place, and with every label: one that it does not show is known"
                    + " to",
            "be absent, which keeps queries from finding the structure beyond its ends. Of slices",
            "without any label as many are taken as have one, evenly spread. Samples are kept as"
                    + " they",
            "were stored."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:everything was taken, now or before",
            "1:nothing was done: the folder, or what was asked, cannot be taken as it is",
            "2:a mistake in the command line",
            "3:some files are not taken; the report says which and why"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  precedent ingest scans --task liver",
            "      scans/images/*.png with masks in scans/masks/LABEL/ID.png",
            "  precedent ingest wbc --task wbc --images 'raw/*.bmp' --masks 'raw/*.png' \\",
            "      --label nucleus=255 --label cytoplasm=128",
            "  precedent ingest hippocampus --task hippocampus --images 'images/*.nii.gz' \\",
            "      --masks 'labels/*.nii.gz' --label anterior=1 --label posterior=2 --modality MR"
        })
final class IngestCommand extends ServiceCommand {
    /** Examples of one transaction, and so of one pool version. */
    private static final int BATCH = 32;

    /** Exit status where the report has lines. */
    static final int NOT_ALL_TAKEN = 3;

    /** Lines of one kind on the screen; the report has all. */
    private static final int MOST_TOLD = 20;

    /** A batch of large images is cut here, to bound memory. */
    private static final long BATCH_SAMPLES = 32L << 20;

    @Spec private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "DIR|GLOB",
            description =
                    "the dataset folder, where globs start; or which files are images, from here")
    private Path folder = Path.of(".");

    @Option(
            names = "--images",
            paramLabel = "GLOB",
            description = "which files are images (default: " + DatasetOptions.IMAGES + ")")
    private @Nullable String images;

    @Mixin private DatasetOptions dataset = new DatasetOptions();

    @Option(names = "--task", required = true, description = "the task they are examples of")
    private String task = "";

    @Option(names = "--pool", description = "the support pool (default: ${DEFAULT-VALUE})")
    private String pool = "default";

    @Option(names = "--site", description = "where they come from (default: ${DEFAULT-VALUE})")
    private String site = "unknown";

    @Option(names = "--modality", description = "e.g. CT (default: ${DEFAULT-VALUE})")
    private String modality = "unknown";

    @Option(names = "--author", description = "who annotated (default: ${DEFAULT-VALUE})")
    private String author = "unknown";

    @Option(
            names = "--review",
            description = "review state: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private ReviewState review = ReviewState.APPROVED;

    @Option(
            names = "--same-pixels",
            description = {
                "an image whose pixels the pool holds already as of another patient or site, as"
                        + " after",
                "another --patient-regex: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})"
            })
    private SamePixels.Policy samePixels = SamePixels.Policy.REFUSE;

    @Option(
            names = "--burnt-in",
            paramLabel = "refused|allowed",
            description = {
                "DICOM files that say, or do not deny, that annotations are burnt into their pixels:",
                "refused, or allowed, by which you assert that they are clean; the audit keeps that"
            })
    private @Nullable String burntIn;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "where the files that are not taken are listed, a JSON line each: path, reason,"
                            + " message (default: "
                            + IngestReport.NAME
                            + " in the data directory)")
    private @Nullable Path report;

    /** What {@link #check} found, for the same command when the application runs. */
    private @Nullable DatasetFolder found;

    @Override
    public String besideService() {
        return "the images are taken in beside it, and it finds them without a restart";
    }

    /** Looks at the folder, too: what is wrong with it is told at once. */
    @Override
    public void check() {
        checkWords();
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        found = look(err);
        notices(found, err);
    }

    /** What the catalogue would refuse, before a file is read or anything starts. */
    private void checkWords() {
        Names.requireName("task", task);
        Names.requireName("pool", pool);
        Names.requireText("site", site);
        Names.requireText("modality", modality);
        Names.requireText("author", author);
        BurntIn.of("--burnt-in", burntIn);
    }

    private DatasetFolder look(PrintWriter err) {
        DatasetFolder found = dataset.readAt(folder, images, LabelNames::refusal, err);
        for (String label : found.labels()) {
            // One that was asked for by name is not passed over.
            LabelNames.refusal(label)
                    .ifPresent(why -> {
                        throw ServiceException.badParameter("--label", label, why);
                    });
        }
        return found;
    }

    @Override
    public Integer call() {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        DatasetFolder taken = found;
        if (taken == null) {
            taken = look(err);
            notices(taken, err);
        }
        Path file = report == null ? dataDirectory().resolve(IngestReport.NAME) : report;
        try (IngestReport lines = new IngestReport(file)) {
            taken.notTaken()
                    .forEach(one -> lines.add(one.path(), one.reason().word(), one.message()));
            Tally tally = ingest(taken, lines, err);
            summary(taken, tally, lines, err);
            return lines.size() == 0 ? 0 : NOT_ALL_TAKEN;
        }
    }

    private Tally ingest(DatasetFolder found, IngestReport lines, PrintWriter err) {
        Catalog catalog = bean(Catalog.class);
        catalog.defineTask(Scope.machine(), task, found.labels());
        catalog.definePool(Scope.machine(), task, pool);
        ImageDecoder decoder = new ImageDecoder(bean(Limits.class));
        MaskReader masks = dataset.maskReader();
        Tally tally = new Tally(dataset.maskTally());
        List<Example> batch = new ArrayList<>();
        Map<Example, Case> cases = new IdentityHashMap<>();
        long samples = 0;
        AnnotatedVolume.Cut cut = dataset.cut(modality);
        BurntIn pixels = BurntIn.of("--burnt-in", burntIn);
        if (pixels == BurntIn.ALLOWED) {
            bean(AuditTrail.class)
                    .record(
                            Scope.machine(),
                            BurntIn.audited(),
                            "ingest into " + task + "/" + pool,
                            List.of(),
                            "asserted");
        }
        try (VolumeReader volumes = new VolumeReader(Limits.VOLUMES, pixels);
                ProgressBar progress = new ProgressBar(err, "ingested", found.cases().size())) {
            for (Case next : found.cases()) {
                if (next.isVolume()) {
                    flush(batch, cases, lines, tally, progress);
                    samples = 0;
                    try {
                        ingest(
                                next.readVolume(volumes, masks, cut),
                                next,
                                patient(next, volumes),
                                new Told(lines, tally));
                    } catch (DomainException e) {
                        refuse(next, e, tally, lines);
                    }
                    progress.advance(1);
                    continue;
                }
                try {
                    Raster raster = next.readImage(decoder);
                    List<MaskReading> read = next.readMasks(decoder, masks, raster);
                    Example example =
                            new Example(
                                    String.valueOf(next.image().getFileName()),
                                    raster,
                                    Example.Origin.ofImage(modality, site, next.patient()),
                                    MaskReading.masks(read));
                    batch.add(example);
                    cases.put(example, next);
                    tally.masks.add(read);
                    samples += raster.samples().length;
                } catch (DomainException e) {
                    refuse(next, e, tally, lines);
                    progress.advance(1);
                }
                if (batch.size() == BATCH || samples > BATCH_SAMPLES) {
                    flush(batch, cases, lines, tally, progress);
                    samples = 0;
                }
            }
            flush(batch, cases, lines, tally, progress);
        }
        return tally;
    }

    /** Who is told what becomes of a case. */
    private record Told(IngestReport lines, Tally tally) {}

    /** The pseudonym that a DICOM header gives, unless the name was to tell. */
    private String patient(Case of, VolumeReader volumes) {
        return dataset.patientRegex != null
                ? of.patient()
                : volumes.patient(of.image(), bean(DataSecrets.class).key(Purpose.PSEUDONYMS))
                        .orElse(of.patient());
    }

    /** Takes the slices of one volume that have a label, batch by batch. */
    private void ingest(AnnotatedVolume volume, Case of, String patient, Told told) {
        IngestReport lines = told.lines();
        Tally tally = told.tally();
        VolumeExamples examples =
                new VolumeExamples(
                        volume, of, new VolumeExamples.Identity(modality, site, patient));
        List<MaskReading> readings = new ArrayList<>();
        if (examples.check(readings::addAll) == 0) {
            tally.unlabelled.add(of.image() + ": no slice has any of the labels");
            lines.add(of.image(), "no-label", "no slice has any of the labels: nothing is taken");
            return;
        }
        tally.masks.add(readings);
        List<Example> batch = new ArrayList<>();
        Map<Example, Case> cases = new IdentityHashMap<>();
        long[] samples = {0};
        examples.forEach(example -> {
            batch.add(example);
            cases.put(example, of);
            samples[0] += example.image().samples().length;
            if (batch.size() == BATCH || samples[0] > BATCH_SAMPLES) {
                tally.slices += store(batch, cases, lines, tally);
                samples[0] = 0;
            }
        });
        tally.slices += store(batch, cases, lines, tally);
        tally.volumes++;
    }

    /** An image is stored with all its masks or not at all. */
    private static void refuse(Case of, DomainException e, Tally tally, IngestReport lines) {
        Path culprit = e instanceof RefusedFile refused ? refused.path() : of.image();
        String reason = e.code().name().toLowerCase(Locale.ROOT).replace('_', '-');
        String message = String.valueOf(e.getMessage());
        tally.refused.add(culprit + ": " + message);
        lines.add(culprit, reason, message);
        for (Path other : of.files()) {
            if (!other.equals(culprit)) {
                lines.add(
                        other,
                        "refused-with",
                        "is not stored without " + culprit + ", which is refused");
            }
        }
    }

    private void summary(DatasetFolder found, Tally tally, IngestReport lines, PrintWriter err) {
        Catalog catalog = bean(Catalog.class);
        told(tally.refused, "refused  ", err);
        if (tally.samePixels > 0) {
            err.printf(
                    "%d images are in pool %s already, as of another patient or site, and were left"
                            + " as they are. If their patients were wrong before, ingest into another"
                            + " --pool and ask that one; --same-pixels allow keeps both%n",
                    tally.samePixels, pool);
        }
        if (tally.allowed > 0) {
            err.printf(
                    "%d images have the same pixels as others that are said to be of another"
                            + " patient or site%n",
                    tally.allowed);
        }
        if (tally.waiting > 0) {
            err.printf(
                    "%d masks wait beside approved ones of the same images, which keep their places"
                            + " in pool %s until a curator approves the new ones: curate annotations"
                            + " --task %s --pool %s --state unreviewed%n",
                    tally.waiting, pool, task, pool);
        }
        told(tally.unlabelled, "nothing taken of  ", err);
        tally.masks.lines().forEach(err::println);
        if (tally.volumes > 0) {
            err.printf(
                    "%d volumes: %d slices, each an image of the volume's patient%n",
                    tally.volumes, tally.slices);
        }
        err.printf(
                "%d images: %d new, %d with new annotations, %d here already, %d refused; pool %s"
                        + " is at version %d%n",
                found.cases().size() - tally.volumes + tally.slices,
                tally.newImages,
                tally.newAnnotations,
                tally.known,
                tally.refused.size(),
                pool,
                catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), pool).version());
        if (found.passedOver().total() > 0) {
            err.printf("%d passed over: %s%n", found.passedOver().total(), found.passedOver());
        }
        err.printf(
                lines.size() == 0
                        ? "every file was taken (report: %2$s)%n"
                        : "%d files are not taken; which and why: %s%n",
                lines.size(),
                lines.file());
        err.flush();
    }

    /** The first of many lines, and how many more the report has. */
    private static void told(List<String> lines, String start, PrintWriter err) {
        lines.stream().limit(MOST_TOLD).forEach(line -> err.println(start + line));
        if (lines.size() > MOST_TOLD) {
            err.printf("%s%d more: see the report%n", start, lines.size() - MOST_TOLD);
        }
    }

    private static final class Tally {
        private int volumes;
        private int slices;
        private final List<String> unlabelled = new ArrayList<>();
        private int newImages;
        private int newAnnotations;
        private int known;
        private int samePixels;
        private int allowed;
        private int waiting;
        private final List<String> refused = new ArrayList<>();
        private final MaskTally masks;

        Tally(MaskTally masks) {
            this.masks = masks;
        }
    }

    private void flush(
            List<Example> batch,
            Map<Example, Case> cases,
            IngestReport lines,
            Tally tally,
            ProgressBar progress) {
        progress.advance(store(batch, cases, lines, tally));
    }

    /** Stores a batch, counts what became of it, and empties it. */
    private int store(
            List<Example> batch, Map<Example, Case> cases, IngestReport lines, Tally tally) {
        int size = batch.size();
        if (size == 0) {
            return 0;
        }
        List<Ingested> results =
                bean(IngestService.class)
                        .ingestOthers(
                                Scope.machine(),
                                batch,
                                new IngestService.Destination(
                                        task, pool, author, review, samePixels),
                                "bulk ingest of "
                                        + folder.toAbsolutePath().normalize().getFileName(),
                                (example, refusal) -> {
                                    tally.samePixels++;
                                    refuse(
                                            Objects.requireNonNull(cases.get(example)),
                                            refusal,
                                            tally,
                                            lines);
                                });
        for (Ingested result : results) {
            tally.allowed += result.samePixels() == null ? 0 : 1;
            tally.waiting += result.waiting();
            if (result.newImage()) {
                tally.newImages++;
            } else if (result.changed()) {
                tally.newAnnotations++;
            } else {
                tally.known++;
            }
        }
        batch.clear();
        cases.clear();
        return size;
    }

    private void notices(DatasetFolder found, PrintWriter err) {
        err.printf(
                "%s: %d images with masks of %s%n",
                folder, found.cases().size(), String.join(", ", found.labels()));
        told(
                found.notTaken().stream().map(one -> one.path() + " " + one.message()).toList(),
                "not taken  ",
                err);
        if (dataset.patientRegex == null) {
            err.println(
                    "every image, and every volume that is no DICOM, is taken as of a patient of"
                            + " its own; --patient-regex tells otherwise");
        }
        err.flush();
    }
}
