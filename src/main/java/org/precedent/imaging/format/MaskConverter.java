package org.precedent.imaging.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.LabelMasks.Label;
import org.precedent.imaging.format.VolumeReader.Kind;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomImage;
import org.precedent.imaging.format.dicom.SegmentMasks;
import org.precedent.imaging.format.dicom.SegmentMasks.SegmentMask;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.format.dicom.seg.CodedSegment;
import org.precedent.imaging.format.dicom.seg.Making;
import org.precedent.imaging.format.dicom.seg.SegmentationWriter;
import org.precedent.imaging.format.nifti.NiftiHeader;
import org.precedent.imaging.format.nifti.NiftiImage;
import org.precedent.imaging.format.nifti.NiftiReader;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.format.nrrd.NrrdImage;
import org.precedent.imaging.format.nrrd.NrrdReader;
import org.precedent.imaging.format.nrrd.NrrdWriter;
import org.precedent.imaging.format.nrrd.Segment;
import org.precedent.imaging.volume.AlignedLabels;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Meaning;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/**
 * Masks of volumes from any format to any other, on the grid of the image that they belong to.
 * Voxels may be stored in another order there, never at another place.
 */
public final class MaskConverter implements AutoCloseable {
    private static final int MOST_VALUE = 0xffff;

    private final VolumeReader volumes;

    public MaskConverter(Limits limits) {
        this(new VolumeReader(limits));
    }

    /**
     * @param volumes reads the files; closed with this one
     */
    public MaskConverter(VolumeReader volumes) {
        this.volumes = volumes;
    }

    /**
     * The image that masks belong to.
     *
     * @param name for messages
     * @param series where it is DICOM, else null
     * @param header where it is NIfTI, else null
     */
    public record Source(
            String name, Grid grid, @Nullable SourceSeries series, @Nullable NiftiHeader header) {}

    /**
     * Which values of a mask are what.
     *
     * @param labels names by value; empty where the file names its segments itself
     * @param dropped values that are to be background
     */
    public record Naming(Map<Integer, String> labels, Set<Integer> dropped) {
        public Naming {
            labels = new TreeMap<>(labels);
            dropped = Set.copyOf(dropped);
        }
    }

    /**
     * Reads where an image lies; its samples only where its format demands it.
     *
     * @param path a file, or a folder of one DICOM series
     * @throws ImagingException when it cannot be read correctly
     */
    public Source source(Path path) {
        String name = Reading.shown(path.toString());
        if (Files.isDirectory(path)) {
            List<DicomFile> files = volumes.walkSeries(path);
            Reading about = new Reading(name, new byte[0], Limits.VOLUMES);
            SourceSeries series =
                    VolumeReader.guarded(about, "DICOM series", () -> SourceSeries.of(files));
            return new Source(name, series.grid(), series, null);
        }
        Reading reading = volumes.open(path);
        Kind kind = known(reading);
        return VolumeReader.guarded(
                reading,
                kind.name(),
                () ->
                        switch (kind) {
                            case DICOM -> {
                                DicomFile file = volumes.dicomReader().walk(reading);
                                SourceSeries series = SourceSeries.of(List.of(file));
                                yield new Source(name, series.grid(), series, null);
                            }
                            case NIFTI -> {
                                NiftiHeader header = NiftiReader.header(reading);
                                yield new Source(name, NiftiReader.grid(header), null, header);
                            }
                            case NRRD ->
                                    new Source(
                                            name, volumes.nrrd(reading, path).grid(), null, null);
                        });
    }

    private static Kind known(Reading reading) {
        Kind kind = VolumeReader.kind(reading.bytes());
        if (kind == null) {
            throw VolumeReader.unknown(reading);
        }
        return kind;
    }

    /**
     * Reads masks onto a source's grid.
     *
     * @param path a label map as NIfTI or NRRD, segments as {@code .seg.nrrd} or DICOM
     * @throws ImagingException when the file lies on another grid, and how it differs; when it
     *     holds values that nobody named
     */
    public LabelMasks read(Path path, Source source, Naming naming) {
        Reading reading = volumes.open(path);
        Kind kind = known(reading);
        return VolumeReader.guarded(
                reading,
                kind.name(),
                () ->
                        switch (kind) {
                            case DICOM -> segments(reading, source, naming);
                            case NIFTI -> map(reading, volumes.read(path), source, naming);
                            case NRRD -> nrrd(reading, volumes.nrrd(reading, path), source, naming);
                        });
    }

    /**
     * As {@link #read(Path, Source, Naming)}, of a file that was sent.
     *
     * @param name for messages
     */
    public LabelMasks read(String name, byte[] bytes, Source source, Naming naming) {
        Reading reading = new Reading(Reading.shown(name), bytes, Limits.VOLUMES);
        Kind kind = known(reading);
        return VolumeReader.guarded(
                reading,
                kind.name(),
                () ->
                        switch (kind) {
                            case DICOM -> segments(reading, source, naming);
                            case NIFTI -> {
                                NiftiImage image = NiftiReader.read(reading, null);
                                if (image.header().volumes() != 1) {
                                    throw layers(reading, image.header().volumes());
                                }
                                yield map(reading, image.volume(0), source, naming);
                            }
                            case NRRD ->
                                    nrrd(
                                            reading,
                                            NrrdReader.read(reading, beside -> null),
                                            source,
                                            naming);
                        });
    }

    /**
     * The segments of a DICOM segmentation on the grid of its image, as a label map of their
     * numbers.
     *
     * @param image a DICOM file, or a folder of one series
     * @throws ImagingException as {@link #read}, and when segments overlap
     */
    public ScannedVolume labelMap(Path segmentation, Path image) {
        LabelMasks masks = read(segmentation, source(image), new Naming(Map.of(), Set.of()));
        return new ScannedVolume(masks.grid(), 1, masks.map(), Meaning.PLAIN, masks.notes());
    }

    private LabelMasks segments(Reading reading, Source source, Naming naming) {
        SourceSeries series = source.series();
        if (series == null) {
            throw reading.refuse(
                    Code.GRID,
                    "is a DICOM segmentation, whose frames are slices of a DICOM series, and "
                            + source.name()
                            + " is none",
                    "source",
                    source.name(),
                    "a DICOM file or the folder of a series");
        }
        DicomImage image = volumes.dicomReader().read(reading);
        Map<Integer, BitSet> masks = new LinkedHashMap<>();
        Map<Integer, String> names = new LinkedHashMap<>();
        for (SegmentMask segment : SegmentMasks.of(image, series)) {
            masks.put(segment.number(), segment.inside());
            names.put(segment.number(), segment.label());
        }
        return named(reading, source.grid(), masks, names, naming, image.notes());
    }

    private LabelMasks nrrd(Reading reading, NrrdImage image, Source source, Naming naming) {
        if (image.segments().isEmpty()) {
            if (image.volumes() != 1 || image.components() != 1) {
                throw layers(reading, Math.max(image.volumes(), image.components()));
            }
            return map(reading, image.volume(0), source, naming);
        }
        Map<Integer, BitSet> masks = new LinkedHashMap<>();
        Map<Integer, String> names = new LinkedHashMap<>();
        boolean layered = image.components() > 1;
        for (int i = 0; i < image.segments().size(); i++) {
            Segment segment = image.segments().get(i);
            // Values may repeat from layer to layer: there, segments are told by their order.
            int value = layered ? i + 1 : segment.value();
            ScannedVolume mask =
                    new ScannedVolume(
                            image.grid(), 1, image.mask(segment), Meaning.PLAIN, List.of());
            masks.put(value, values(reading, mask, source).getOrDefault(1, new BitSet()));
            names.put(value, segment.name().isBlank() ? segment.id() : segment.name());
        }
        return named(reading, source.grid(), masks, names, naming, image.notes());
    }

    private LabelMasks map(Reading reading, ScannedVolume volume, Source source, Naming naming) {
        if (volume.components() != 1) {
            throw layers(reading, volume.components());
        }
        Map<Integer, BitSet> masks = values(reading, volume, source);
        List<String> notes = new ArrayList<>(volume.notes());
        if (source.grid().affine().isEmpty() || volume.grid().affine().isEmpty()) {
            notes.add(
                    "the image or the mask does not say how the patient lay: voxels of the same index"
                            + " are taken to belong together");
        }
        return named(reading, source.grid(), masks, Map.of(), naming, notes);
    }

    private static ImagingException layers(Reading reading, int layers) {
        return reading.refuse(
                Code.MASK_VALUE,
                "holds " + layers + " values a voxel, and a label map has one",
                "components",
                layers,
                1);
    }

    /** A mask of every value but 0, on the source's grid. */
    private static Map<Integer, BitSet> values(
            Reading reading, ScannedVolume volume, Source source) {
        AlignedLabels labels = AlignedLabels.of(source.grid(), volume, reading.file());
        Grid grid = source.grid();
        Map<Integer, BitSet> masks = new TreeMap<>();
        int[] voxel = new int[3];
        int at = 0;
        for (voxel[2] = 0; voxel[2] < grid.size(2); voxel[2]++) {
            for (voxel[1] = 0; voxel[1] < grid.size(1); voxel[1]++) {
                for (voxel[0] = 0; voxel[0] < grid.size(0); voxel[0]++, at++) {
                    double value = labels.value(voxel, 0);
                    if (value == 0) {
                        continue;
                    }
                    if (value != Math.rint(value) || value < 0 || value > MOST_VALUE) {
                        throw reading.refuse(
                                Code.MASK_VALUE,
                                "holds %s at voxel (%d, %d, %d), which is no label"
                                        .formatted(value, voxel[0], voxel[1], voxel[2]),
                                "voxel",
                                value,
                                "whole numbers from 0 to " + MOST_VALUE);
                    }
                    masks.computeIfAbsent((int) value, none -> new BitSet()).set(at);
                }
            }
        }
        return masks;
    }

    /** Masks under the names that the caller gave, else under the file's own. */
    private static LabelMasks named(
            Reading reading,
            Grid grid,
            Map<Integer, BitSet> masks,
            Map<Integer, String> own,
            Naming naming,
            List<String> notes) {
        Map<Integer, String> names = naming.labels().isEmpty() ? own : naming.labels();
        List<Integer> unnamed =
                masks.keySet().stream()
                        .filter(value ->
                                !names.containsKey(value) && !naming.dropped().contains(value))
                        .toList();
        if (!unnamed.isEmpty()) {
            throw reading.refuse(
                    Code.MASK_VALUE,
                    "holds value " + words(unnamed, own) + ", which no label names",
                    "value",
                    unnamed.toString(),
                    names.isEmpty() ? "named values" : names.toString());
        }
        List<Label> labels = new ArrayList<>();
        names.forEach((value, name) -> {
            if (!naming.dropped().contains(value)) {
                BitSet mask = masks.get(value);
                String shown = name.isBlank() ? "segment " + value : name;
                labels.add(new Label(shown, value, mask == null ? new BitSet() : mask));
            }
        });
        if (labels.isEmpty()) {
            throw reading.refuse(
                    Code.MASK_EMPTY, "holds no label", "label", "none", "a value other than 0");
        }
        return new LabelMasks(grid, labels, notes);
    }

    private static String words(List<Integer> values, Map<Integer, String> own) {
        List<String> words =
                values.stream()
                        .limit(20)
                        .map(value ->
                                own.containsKey(value)
                                        ? value + " (" + own.get(value) + ")"
                                        : String.valueOf(value))
                        .toList();
        return String.join(", ", words) + (values.size() > 20 ? ", ..." : "");
    }

    /**
     * Masks as NIfTI: where the image is NIfTI, with its header's geometry to the bit.
     *
     * @throws ImagingException when labels overlap
     */
    public static byte[] nifti(LabelMasks masks, Source source, boolean gzip) {
        StoredSamples map = masks.map();
        byte[] file =
                source.header() != null
                        ? NiftiWriter.mask(source.header(), map)
                        : NiftiWriter.volume(masks.grid(), map, Rescale.NONE, true);
        return gzip ? NiftiWriter.gzip(file) : file;
    }

    /**
     * Masks as NRRD.
     *
     * @param segments whether names go with it, as in 3D Slicer's {@code .seg.nrrd}
     * @throws ImagingException when labels overlap
     */
    public static byte[] nrrd(LabelMasks masks, boolean segments) {
        List<Segment> described = new ArrayList<>();
        for (Label label : segments ? masks.labels() : List.<Label>of()) {
            described.add(new Segment("Segment_" + label.value(), label.name(), label.value(), 0));
        }
        return NrrdWriter.write(masks.grid(), masks.map(), described, true);
    }

    /**
     * Masks as a DICOM segmentation.
     *
     * @param segments what each label is, in the order of the labels
     */
    public static byte[] dicom(SourceSeries series, List<CodedSegment> segments, Making making) {
        return SegmentationWriter.write(series, segments, making);
    }

    @Override
    public void close() {
        volumes.close();
    }
}
