package org.precedent.ingest;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ReviewState;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Ingested;
import org.precedent.catalog.Intake;
import org.precedent.catalog.SamePixels;
import org.precedent.catalog.Task;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.MaskValue;
import org.precedent.projection.EncodingProjection;
import org.precedent.projection.ImageProjection;

/**
 * Takes annotated images in. Everything about an example is checked before any of it is stored;
 * once a call returns, it survives a crash.
 */
@ApplicationScoped
public class IngestService {
    private final Catalog catalog;
    private final Intake intake;
    private final ImageProjection projector;
    private final EncodingProjection encodings;
    private final ImageDecoder decoder;
    private final DecodingMemory memory;

    IngestService(
            Catalog catalog,
            Intake intake,
            ImageProjection projector,
            EncodingProjection encodings,
            Limits limits,
            DecodingMemory memory) {
        this.catalog = catalog;
        this.intake = intake;
        this.projector = projector;
        this.encodings = encodings;
        this.decoder = new ImageDecoder(limits);
        this.memory = memory;
    }

    /** A file as it was sent. */
    public record SentFile(String name, byte[] bytes) implements ImageSource {
        @Override
        public Raster decode(ImageDecoder decoder) {
            return decoder.decode(bytes, name);
        }
    }

    /** A mask file of several labels, each with its own value. */
    public record SentLabelMap(SentFile file, Map<String, MaskValue> values) {}

    /**
     * An annotated image as it was sent.
     *
     * @param masks label to mask file
     * @param labelMap further labels in one file, or null
     * @param reader knows which values mean unknown
     */
    public record Upload(
            SentFile image,
            Map<String, SentFile> masks,
            @Nullable SentLabelMap labelMap,
            MaskReader reader,
            Example.Origin origin) {}

    /** What became of an annotated image, and how its masks were read, one reading a file. */
    public record Taken(Ingested ingested, List<MaskReading> masks) {
        public Taken {
            masks = List.copyOf(masks);
        }
    }

    /**
     * Into which pool of which task, by whom, in which review state.
     *
     * @param samePixels what becomes of pixels that the pool holds as of another patient or site
     */
    public record Destination(
            String task,
            String pool,
            String author,
            ReviewState state,
            SamePixels.Policy samePixels) {
        /** Where the same pixels of another patient or site are refused. */
        public Destination(String task, String pool, String author, ReviewState state) {
            this(task, pool, author, state, SamePixels.Policy.REFUSE);
        }
    }

    /**
     * Decodes, checks and stores one annotated image.
     *
     * @throws org.precedent.DomainException when anything about it is refused; nothing is stored
     *     then
     */
    public Taken ingest(Scope scope, Upload upload, Destination destination) {
        scope.require(Action.INGEST);
        return memory.during(() -> weighed(scope, upload, destination));
    }

    private Taken weighed(Scope scope, Upload upload, Destination destination) {
        Task task = catalog.task(scope, destination.task());
        catalog.pool(scope, task, destination.pool());
        catalog.labels(task, upload.masks().keySet());
        if (upload.labelMap() != null) {
            catalog.labels(task, upload.labelMap().values().keySet());
        }
        Decoded decoded = decode(upload);
        Example example = decoded.example();
        List<Ingested> ingested =
                ingest(scope, List.of(example), destination, "ingest of an image");
        return new Taken(ingested.getFirst(), decoded.masks());
    }

    /**
     * Stores examples that were read and checked already, as one transaction and one pool version.
     *
     * @param note why, kept with the pool version
     */
    public List<Ingested> ingest(
            Scope scope, List<Example> examples, Destination destination, String note) {
        List<Ingested> results =
                intake.ingest(
                        scope,
                        intake.stage(scope, examples, destination.author()),
                        destination.task(),
                        destination.pool(),
                        destination.state(),
                        note,
                        destination.samePixels());
        projector.wake();
        encodings.wake();
        return results;
    }

    /**
     * As {@link #ingest(Scope, List, Destination, String)}, but leaves out the examples whose
     * pixels the pool holds as of another patient or site, where the destination refuses them.
     *
     * @param refused told each of them, in order
     * @return one entry for each of the others, in order
     */
    public List<Ingested> ingestOthers(
            Scope scope,
            List<Example> examples,
            Destination destination,
            String note,
            BiConsumer<Example, DomainException> refused) {
        if (destination.samePixels() == SamePixels.Policy.ALLOW) {
            return ingest(scope, examples, destination, note);
        }
        List<Optional<Ingested>> results =
                intake.ingestOthers(
                        scope,
                        intake.stage(scope, examples, destination.author()),
                        destination.task(),
                        destination.pool(),
                        destination.state(),
                        note,
                        refused::accept);
        projector.wake();
        encodings.wake();
        return results.stream().flatMap(Optional::stream).toList();
    }

    private record Decoded(Example example, List<MaskReading> masks) {}

    private Decoded decode(Upload upload) {
        SentFile file = upload.image();
        Raster image =
                ImagingException.about(
                        "image (part image)",
                        Map.of("part", "image"),
                        () -> decoder.decode(file.bytes(), file.name()));
        MaskReader reader = upload.reader();
        List<MaskReading> masks = new ArrayList<>();
        upload.masks()
                .forEach((label, mask) ->
                        masks.add(
                                ImagingException.about(
                                        "mask of label " + label + " (part mask." + label + ")",
                                        Map.of("part", "mask." + label, "label", label),
                                        () ->
                                                reader.mask(
                                                        decoder.decodeLabels(
                                                                mask.bytes(), mask.name()),
                                                        label,
                                                        image))));
        if (upload.labelMap() != null) {
            SentFile map = upload.labelMap().file();
            Map<String, MaskValue> values = upload.labelMap().values();
            masks.add(
                    ImagingException.about(
                            "label map (part labelmap)",
                            Map.of("part", "labelmap"),
                            () ->
                                    reader.labels(
                                            decoder.decodeLabels(map.bytes(), map.name()),
                                            image,
                                            values)));
        }
        Example example =
                new Example(file.name(), image, upload.origin(), MaskReading.masks(masks));
        return new Decoded(example, masks);
    }
}
