package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.AccessException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.access.ViewerConfig;
import org.precedent.catalog.Example;
import org.precedent.catalog.Ingested;
import org.precedent.catalog.Task;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.LabelMasks;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.ingest.folder.AnnotatedVolume;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.Models.Model;

/**
 * Takes the label map that somebody drew in a viewer: each label becomes an unreviewed annotation
 * of the image that it was drawn on, by whoever saved it; of a volume, one of each slice that shows
 * a label and of as many that show none.
 */
@ApplicationScoped
public class LabelKeeper {
    private final Datastore datastore;
    private final Models models;
    private final IngestService ingest;
    private final ViewerLabels labels;
    private final ViewerSegmenter segmenter;
    private final ImageDecoder pictures;
    private final DecodingMemory memory;
    private final @Nullable String task;

    LabelKeeper(
            Datastore datastore,
            Models models,
            IngestService ingest,
            ViewerLabels labels,
            ViewerSegmenter segmenter,
            Limits limits,
            DecodingMemory memory,
            ViewerConfig config) {
        this.datastore = datastore;
        this.models = models;
        this.ingest = ingest;
        this.labels = labels;
        this.segmenter = segmenter;
        this.pictures = new ImageDecoder(limits);
        this.memory = memory;
        this.task = config.task().orElse(null);
    }

    /**
     * A label map as a viewer sends it.
     *
     * @param names by value; empty where the file names its segments itself, or the values are
     *     those of a model
     * @param model whose labels they are; null where the names tell
     * @param info what the viewer keeps with it, a JSON object
     */
    public record Sent(
            String tag,
            SentFile file,
            Map<Integer, String> names,
            @Nullable String model,
            String info) {
        public Sent {
            names = new TreeMap<>(names);
            if (!tag.matches("[A-Za-z0-9_-]{1,64}")) {
                throw ServiceException.badParameter(
                        "tag", tag, "1 to 64 letters, digits, hyphens and underscores");
            }
        }
    }

    /**
     * What became of a label map.
     *
     * @param annotations that it stands for now
     * @param waiting those of them that wait beside approved ones until a curator approves them
     */
    public record Kept(Task task, String pool, List<Long> annotations, int waiting) {}

    /**
     * Keeps a label map; when this returns, it survives a crash.
     *
     * @throws org.precedent.DomainException when anything about it is refused; nothing is stored
     *     then
     */
    public Kept save(Scope scope, Item item, Sent sent) {
        scope.require(Action.INGEST);
        ViewedImage image = datastore.read(item);
        @Nullable Model named = sent.model() == null ? null : models.require(scope, sent.model());
        Map<Integer, String> names = names(scope, sent, named);
        Map<String, BitSet> drawn = read(image, sent.file(), names);
        Model model = named != null ? named : model(scope, drawn.keySet());
        Map<String, BitSet> known = known(model, drawn);
        boolean picture = image instanceof ViewedImage.Picture;
        SliceAxis axis = picture ? SliceAxis.K : segmenter.axis(scope, model, image);
        List<Example> examples =
                image instanceof ViewedImage.Scan scan
                        ? slices(scope, item, scan, axis, known)
                        : List.of(picture(scope, item, (ViewedImage.Picture) image, known));
        List<Ingested> ingested =
                ingest.ingest(
                        scope,
                        examples,
                        new Destination(
                                model.task().name(),
                                model.pool().name(),
                                scope.everywhere() ? scope.name() : scope.author(null),
                                ReviewState.UNREVIEWED),
                        "label " + sent.tag() + " saved in a viewer");
        List<Long> annotations = labels.annotations(model.task().id(), ingested);
        labels.add(
                scope,
                new ViewerLabels.Place(
                        item instanceof Item.Upload,
                        item.row(),
                        model.task().id(),
                        sent.tag(),
                        picture ? -1 : Slicing.of(image.grid(), axis).axis()),
                sent.info(),
                annotations);
        return new Kept(
                model.task(),
                model.pool().name(),
                annotations,
                ingested.stream().mapToInt(Ingested::waiting).sum());
    }

    // ---- whose labels

    private Map<Integer, String> names(Scope scope, Sent sent, @Nullable Model named) {
        if (!sent.names().isEmpty()) {
            return sent.names();
        }
        Model of = named;
        if (of == null && task != null) {
            of = models.require(scope, task);
        }
        if (of == null) {
            List<Model> all = models.list(scope);
            of = all.size() == 1 ? all.getFirst() : null;
        }
        Map<Integer, String> names = new TreeMap<>();
        if (of != null) {
            of.legend().forEach((label, value) -> names.put(value, label));
        }
        return names;
    }

    /** The only model whose task has all the labels, or the one that is configured. */
    private Model model(Scope scope, Set<String> drawn) {
        List<Model> fitting =
                models.list(scope).stream()
                        .filter(model -> drawn.stream().allMatch(label -> has(model, label)))
                        .toList();
        if (task != null) {
            for (Model model : fitting) {
                if (CanonicalNames.same(model.name(), task)) {
                    return model;
                }
            }
        }
        if (fitting.size() == 1) {
            return fitting.getFirst();
        }
        throw ServiceException.badParameter(
                "params.label_info",
                String.join(", ", drawn),
                fitting.isEmpty()
                        ? "labels of one task: no task has all of these; tasks and their labels are in"
                                + " /monailabel/info"
                        : "several tasks have them, "
                                + String.join(", ", fitting.stream().map(Model::name).toList())
                                + ": say which in params.model, or set PRECEDENT_MONAILABEL_TASK");
    }

    private static boolean has(Model model, String label) {
        return model.task().labels().stream()
                .anyMatch(one -> CanonicalNames.same(one.name(), label));
    }

    /** Drawn labels by the task's own names. */
    private static Map<String, BitSet> known(Model model, Map<String, BitSet> drawn) {
        Map<String, BitSet> known = new LinkedHashMap<>();
        drawn.forEach((label, inside) -> {
            String own =
                    model.task().labels().stream()
                            .map(Task.Label::name)
                            .filter(name -> CanonicalNames.same(name, label))
                            .findFirst()
                            .orElseThrow(() ->
                                    ServiceException.badParameter(
                                            "params.label_info",
                                            label,
                                            "task "
                                                    + model.task().name()
                                                    + " has the labels "
                                                    + String.join(
                                                            ", ", model.task().labelNames())));
            if (known.put(own, inside) != null) {
                throw ServiceException.badParameter(
                        "params.label_info", label, "two segments mean this label: join them");
            }
        });
        return known;
    }

    // ---- what was drawn

    /** The labels that hold a voxel; a label that nothing was drawn of says nothing. */
    private Map<String, BitSet> read(ViewedImage image, SentFile file, Map<Integer, String> names) {
        Map<String, BitSet> drawn = new LinkedHashMap<>();
        ImagingException.about(
                "label (part label)",
                Map.of("part", "label"),
                () -> {
                    if (image instanceof ViewedImage.Picture picture
                            && ImageFormat.ofContent(file.bytes()).isPresent()) {
                        drawn.putAll(pixels(picture, file, names));
                    } else {
                        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
                            LabelMasks masks =
                                    converter.read(
                                            file.name(),
                                            file.bytes(),
                                            new MaskConverter.Source(
                                                    image.name(),
                                                    image.grid(),
                                                    null,
                                                    image.study().header()),
                                            new MaskConverter.Naming(names, Set.of()));
                            masks.labels()
                                    .forEach(label -> drawn.put(label.name(), label.inside()));
                        }
                    }
                    drawn.values().removeIf(BitSet::isEmpty);
                    if (drawn.isEmpty()) {
                        throw new ImagingException(
                                Code.MASK_EMPTY,
                                file.name() + ": no label holds a voxel: draw at least one",
                                Map.of(
                                        "file",
                                        file.name(),
                                        "field",
                                        "area",
                                        "value",
                                        0,
                                        "limit",
                                        1),
                                null);
                    }
                    return drawn;
                });
        return drawn;
    }

    private Map<String, BitSet> pixels(
            ViewedImage.Picture picture, SentFile file, Map<Integer, String> names) {
        ImageFormat format = ImageFormat.ofContent(file.bytes()).orElseThrow();
        String typed = file.name() + "." + format.suffixes().get(0);
        Raster map =
                memory.during(
                        () -> pictures.decodeLabels(file.bytes(), typed).raster().canonical());
        Raster image = picture.raster();
        if (map.width() != image.width() || map.height() != image.height()) {
            String size = map.width() + " x " + map.height();
            String expected = image.width() + " x " + image.height();
            throw new ImagingException(
                    Code.MASK_SIZE,
                    file.name() + ": label is " + size + ", its image " + expected + " pixels",
                    Map.of("file", file.name(), "field", "size", "value", size, "limit", expected),
                    null);
        }
        Map<Integer, String> named = new TreeMap<>(names);
        if (names.size() == 1) {
            // A mask of one label is white as often as it has the label's value.
            named.putIfAbsent(255, names.values().iterator().next());
        }
        Map<String, BitSet> drawn = new LinkedHashMap<>();
        for (int i = 0; i < map.width() * map.height(); i++) {
            int value = map.channels() == 1 ? map.samples()[i] & 0xffff : -1;
            String name = named.get(value);
            if (value != 0 && name == null) {
                throw new ImagingException(
                        Code.MASK_VALUE,
                        file.name()
                                + ": label map holds "
                                + (value < 0 ? "colours" : "value " + value)
                                + ", which no label has",
                        Map.of(
                                "file",
                                file.name(),
                                "field",
                                "values",
                                "value",
                                value < 0 ? "colours" : value,
                                "limit",
                                "0 and " + named),
                        null);
            }
            if (name != null) {
                drawn.computeIfAbsent(name, n -> new BitSet()).set(i);
            }
        }
        return drawn;
    }

    // ---- what is stored

    private static Example picture(
            Scope scope, Item item, ViewedImage.Picture picture, Map<String, BitSet> drawn) {
        Raster raster = picture.raster();
        Map<String, Mask> masks = new LinkedHashMap<>();
        drawn.forEach((label, inside) -> {
            boolean[] pixels = new boolean[raster.width() * raster.height()];
            inside.stream().forEach(i -> pixels[i] = true);
            masks.put(label, new Mask(raster.width(), raster.height(), pixels));
        });
        Example.Origin origin =
                switch (item) {
                    case Item.Upload upload ->
                            Example.Origin.ofImage(
                                    picture.modality(), site(scope, upload), picture.patient());
                    case Item.Record one -> {
                        var stored = one.stored();
                        String site = stored.site();
                        String patient = stored.patient();
                        if (site == null || patient == null) {
                            throw AccessException.forbidden(
                                    "image " + item.id() + " is another site's",
                                    "an image of the own site");
                        }
                        yield new Example.Origin(
                                stored.modality(),
                                site,
                                patient,
                                stored.series(),
                                stored.sliceIndex(),
                                stored.spacingMm(),
                                stored.originMm(),
                                stored.direction());
                    }
                };
        return new Example(picture.name(), raster, origin, masks);
    }

    /** Administrators speak for the site that the image was sent at. */
    private static String site(Scope scope, Item.Upload upload) {
        return scope.everywhere() ? upload.image().site() : scope.site(null);
    }

    private static List<Example> slices(
            Scope scope,
            Item item,
            ViewedImage.Scan scan,
            SliceAxis axis,
            Map<String, BitSet> drawn) {
        if (!(item instanceof Item.Upload upload)) {
            throw new IllegalStateException("the catalogue holds no volume whole");
        }
        VolumeSlices slices = new VolumeSlices(scan.study().volume(), axis, scan.modality());
        Slicing slicing = slices.slicing();
        List<Map<String, Mask>> masks = new ArrayList<>();
        boolean[] labelled = new boolean[slices.count()];
        for (int number = 0; number < slices.count(); number++) {
            Map<String, Mask> of = new LinkedHashMap<>();
            for (Map.Entry<String, BitSet> label : drawn.entrySet()) {
                Mask mask = mask(slicing, number, label.getValue());
                labelled[number] |= mask.area() > 0;
                of.put(label.getKey(), mask);
            }
            masks.add(of);
        }
        boolean[] supporting = AnnotatedVolume.supporting(labelled);
        List<Example> examples = new ArrayList<>();
        double[] spacing = slicing.spacingMm();
        boolean spaced = spacing[0] > 0 && spacing[1] > 0 && spacing[2] > 0;
        double @Nullable [] spacingMm = spaced ? spacing : null;
        for (int number = 0; number < slices.count(); number++) {
            if (supporting[number]) {
                examples.add(
                        new Example(
                                shortened(scan.name()) + " slice " + number,
                                slices.slice(number),
                                new Example.Origin(
                                        scan.modality(),
                                        site(scope, upload),
                                        scan.patient(),
                                        upload.image().series(),
                                        number,
                                        spacingMm,
                                        slicing.originMm(number).orElse(null),
                                        slicing.direction().orElse(null)),
                                masks.get(number)));
            }
        }
        return examples;
    }

    /** With the number of the slice, a name is still one that a file can have. */
    private static String shortened(String name) {
        return name.length() > 150 ? name.substring(0, 150) : name;
    }

    private static Mask mask(Slicing slicing, int number, BitSet inside) {
        boolean[] pixels = new boolean[slicing.width() * slicing.height()];
        for (int y = 0; y < slicing.height(); y++) {
            for (int x = 0; x < slicing.width(); x++) {
                pixels[y * slicing.width() + x] = inside.get(slicing.index(number, x, y));
            }
        }
        return new Mask(slicing.width(), slicing.height(), pixels);
    }

    /** The labels of a set of models, each once. */
    public static Set<String> labels(List<Model> models) {
        Set<String> labels = new LinkedHashSet<>();
        models.forEach(model -> labels.addAll(model.task().labelNames()));
        return labels;
    }
}
