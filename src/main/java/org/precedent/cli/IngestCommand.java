package org.precedent.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ReviewState;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Ingested;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskReader;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.folder.Case;
import org.precedent.ingest.folder.DatasetFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Bulk ingest. */
@Command(
        name = "ingest",
        mixinStandardHelpOptions = true,
        description = {
            "Takes a folder of annotated images into a task and a pool. Task, labels and pool are",
            "made if absent. Images that are there already are left alone, so an interrupted run is",
            "continued by running it again. A file that is refused is named with the reason and",
            "skipped; the exit status is then 1."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  precedent ingest scans --task liver",
            "      scans/images/*.png with masks in scans/masks/LABEL/ID.png",
            "  precedent ingest wbc --task wbc --images 'raw/*.bmp' --masks 'raw/*.png' \\",
            "      --label nucleus=255 --label cytoplasm=128"
        })
final class IngestCommand extends ServiceCommand {
    /** Examples of one transaction, and so of one pool version. */
    private static final int BATCH = 32;

    /** A batch of large images is cut here, to bound memory. */
    private static final long BATCH_SAMPLES = 32L << 20;

    @Spec private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "the dataset folder; globs start here")
    private Path folder = Path.of(".");

    @Option(
            names = "--images",
            paramLabel = "GLOB",
            description = "which files are images (default: ${DEFAULT-VALUE})")
    private String images = "images/*";

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

    @Override
    public Integer call() {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        DatasetFolder found = dataset.read(folder, images);
        notices(found, err);
        Catalog catalog = bean(Catalog.class);
        catalog.defineTask(task, found.labels());
        catalog.definePool(task, pool);
        ImageDecoder decoder = new ImageDecoder(bean(Limits.class));
        MaskReader masks = dataset.maskReader();
        Tally tally = new Tally();
        List<Example> batch = new ArrayList<>();
        long samples = 0;
        try (ProgressBar progress = new ProgressBar(err, "ingested", found.cases().size())) {
            for (Case next : found.cases()) {
                try {
                    Raster raster = next.readImage(decoder);
                    Map<String, Mask> read = next.readMasks(decoder, masks, raster);
                    batch.add(
                            new Example(
                                    String.valueOf(next.image().getFileName()),
                                    raster,
                                    Example.Origin.ofImage(modality, site, next.patient()),
                                    read));
                    samples += raster.samples().length;
                } catch (DomainException e) {
                    tally.refused.add(next.id() + ": " + e.getMessage());
                    progress.advance(1);
                }
                if (batch.size() == BATCH || samples > BATCH_SAMPLES) {
                    flush(batch, tally, progress);
                    samples = 0;
                }
            }
            flush(batch, tally, progress);
        }
        tally.refused.forEach(line -> err.println("refused  " + line));
        err.printf(
                "%d images: %d new, %d with new annotations, %d here already, %d refused; pool %s is"
                        + " at version %d%n",
                found.cases().size(),
                tally.newImages,
                tally.newAnnotations,
                tally.known,
                tally.refused.size(),
                pool,
                catalog.pool(catalog.task(task), pool).version());
        err.flush();
        return tally.refused.isEmpty() ? 0 : 1;
    }

    private static final class Tally {
        private int newImages;
        private int newAnnotations;
        private int known;
        private final List<String> refused = new ArrayList<>();
    }

    private void flush(List<Example> batch, Tally tally, ProgressBar progress) {
        if (batch.isEmpty()) {
            return;
        }
        List<Ingested> results =
                bean(IngestService.class)
                        .ingest(
                                batch,
                                new IngestService.Destination(task, pool, author, review),
                                "bulk ingest of "
                                        + folder.toAbsolutePath().normalize().getFileName());
        for (Ingested result : results) {
            if (result.newImage()) {
                tally.newImages++;
            } else if (result.changed()) {
                tally.newAnnotations++;
            } else {
                tally.known++;
            }
        }
        progress.advance(batch.size());
        batch.clear();
    }

    private void notices(DatasetFolder found, PrintWriter err) {
        if (!found.imagesWithoutMask().isEmpty()) {
            err.printf(
                    "%d images have no mask and are skipped, the first: %s%n",
                    found.imagesWithoutMask().size(), found.imagesWithoutMask().getFirst());
        }
        if (!found.masksWithoutImage().isEmpty()) {
            err.printf(
                    "%d masks have no image and are skipped, the first: %s%n",
                    found.masksWithoutImage().size(), found.masksWithoutImage().getFirst());
        }
        if (dataset.patientRegex == null) {
            err.println(
                    "every image is taken as of a patient of its own; --patient-regex tells"
                            + " otherwise");
        }
        err.flush();
    }
}
