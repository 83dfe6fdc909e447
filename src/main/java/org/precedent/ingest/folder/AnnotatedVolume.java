package org.precedent.ingest.folder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.precedent.DomainException;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.MaskFile;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.volume.AlignedLabels;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.VolumeSlices;

/**
 * One volume with its masks, read slice by slice. The volume's samples are in memory as they were
 * stored; pictures and masks are made when a slice is asked for.
 */
public final class AnnotatedVolume {
    private static final int MOST = 65535;

    /** Modalities whose DICOM files are slices of a volume, one a file as a rule. */
    private static final Set<String> STACKED = Set.of("CT", "MR", "PT");

    private final Case of;
    private final VolumeSlices slices;
    private final Map<String, AlignedLabels> masks;
    private final MaskReader reader;

    private AnnotatedVolume(
            Case of, VolumeSlices slices, Map<String, AlignedLabels> masks, MaskReader reader) {
        this.of = of;
        this.slices = slices;
        this.masks = masks;
        this.reader = reader;
    }

    /**
     * How volumes are cut.
     *
     * @param modality asked where a file does not say its own, e.g. {@code CT}
     */
    public record Cut(SliceAxis axis, String modality) {}

    /**
     * Reads the volume of a case and lays its masks on it.
     *
     * @throws RefusedFile when one of its files cannot be taken, and which
     */
    static AnnotatedVolume read(Case of, VolumeReader volumes, MaskReader reader, Cut cut) {
        VolumeSlices slices =
                named(
                        of.image(),
                        () ->
                                new VolumeSlices(
                                        image(volumes, of.image()), cut.axis(), cut.modality()));
        Map<String, AlignedLabels> masks = new LinkedHashMap<>();
        switch (of.masks()) {
            case Case.Masks.Files files ->
                    files.byLabel()
                            .forEach((label, file) ->
                                    masks.put(label, aligned(slices, volumes, of, file)));
            case Case.Masks.LabelMap map -> masks.put("", aligned(slices, volumes, of, map.file()));
        }
        AnnotatedVolume read = new AnnotatedVolume(of, slices, masks, reader);
        read.check();
        return read;
    }

    /** A slice by itself would not know its neighbours, nor its series its gaps. */
    private static ScannedVolume image(VolumeReader volumes, Path file) {
        ScannedVolume volume = volumes.read(file);
        String modality = volume.meaning().modality();
        if (!Files.isDirectory(file)
                && volume.grid().size(2) == 1
                && STACKED.contains(modality)
                && VolumeReader.isDicom(file)) {
            throw new ImagingException(
                    Code.SERIES,
                    file.getFileName()
                            + ": is one slice of a series: a pattern that matches its folder takes"
                            + " all of it",
                    Map.of("field", "images", "value", modality + ", 1 slice", "limit", "a folder"),
                    null);
        }
        return volume;
    }

    private static AlignedLabels aligned(
            VolumeSlices slices, VolumeReader volumes, Case of, Path file) {
        return named(
                file,
                () -> {
                    ScannedVolume labels = labels(volumes, of, file);
                    if (labels.components() != 1) {
                        throw refusal(
                                file,
                                "holds "
                                        + labels.components()
                                        + " layers of segments that overlap: write one label map,"
                                        + " or one file a segment",
                                "layers",
                                labels.components(),
                                1);
                    }
                    return AlignedLabels.of(
                            slices.slicing().grid(), labels, String.valueOf(file.getFileName()));
                });
    }

    /** A label map; of a DICOM segmentation its segments by their numbers. */
    private static ScannedVolume labels(VolumeReader volumes, Case of, Path file) {
        Path segmentation = volumes.segmentation(file).orElse(null);
        if (segmentation == null) {
            return volumes.read(file);
        }
        // Not closed here: the volumes are their owner's.
        return new MaskConverter(volumes).labelMap(segmentation, of.image());
    }

    /** Every mask file must hold something somewhere. */
    private void check() {
        if (!(of.masks() instanceof Case.Masks.Files files)) {
            return;
        }
        Slicing slicing = slices.slicing();
        files.byLabel()
                .forEach((label, file) ->
                        named(
                                file,
                                () -> {
                                    AlignedLabels labels = of(label);
                                    for (int slice = 0; slice < slices.count(); slice++) {
                                        if (holds(slicing, labels, slice)) {
                                            return labels;
                                        }
                                    }
                                    throw new ImagingException(
                                            Code.MASK_EMPTY,
                                            file.getFileName() + ": holds no voxel other than 0",
                                            Map.of(
                                                    "field", "mask", "value", "empty", "label",
                                                    label),
                                            null);
                                }));
    }

    private static boolean holds(Slicing slicing, AlignedLabels labels, int slice) {
        for (int y = 0; y < slicing.height(); y++) {
            for (int x = 0; x < slicing.width(); x++) {
                if (labels.value(slicing.voxel(slice, x, y), 0) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private AlignedLabels of(String label) {
        return Objects.requireNonNull(masks.get(label));
    }

    /** What the file says it is, e.g. {@code CT}; empty where it says nothing. */
    public String modality() {
        return slices.modality();
    }

    /**
     * Which slices are of use as supports: those with a label, and of those without any, which tell
     * a network where a structure ends, as many, evenly spread. The same ones whenever it is asked.
     *
     * @param labelled by slice
     */
    public static boolean[] supporting(boolean[] labelled) {
        int with = 0;
        for (boolean one : labelled) {
            with += one ? 1 : 0;
        }
        boolean[] supporting = labelled.clone();
        if (with == 0) {
            return supporting;
        }
        int without = labelled.length - with;
        int wanted = Math.min(with, without);
        int seen = 0;
        for (int slice = 0; slice < labelled.length; slice++) {
            if (!labelled[slice]) {
                // One of each of so many equal parts of the slices without a label.
                supporting[slice] =
                        (long) (seen + 1) * wanted / without > (long) seen * wanted / without;
                seen++;
            }
        }
        return supporting;
    }

    /** A mask of nothing, of the slices' size. */
    public Mask nothing() {
        int width = slices.slicing().width();
        int height = slices.slicing().height();
        return new Mask(width, height, new boolean[width * height]);
    }

    /** How its slices lie. */
    public Slicing slicing() {
        return slices.slicing();
    }

    /** How many slices there are. */
    public int count() {
        return slices.count();
    }

    /** The picture of one slice. */
    public Raster slice(int number) {
        return slices.slice(number);
    }

    /**
     * The masks of one slice.
     *
     * @param image the slice's picture
     * @return one reading a file that holds anything in this slice
     * @throws RefusedFile when a mask holds a value that means nothing here
     */
    public List<MaskReading> masks(int number, Raster image) {
        List<MaskReading> readings = new ArrayList<>();
        switch (of.masks()) {
            case Case.Masks.Files files ->
                    files.byLabel()
                            .forEach((label, file) -> {
                                AlignedLabels labels = of(label);
                                if (holds(slices.slicing(), labels, number)) {
                                    readings.add(
                                            named(
                                                    file,
                                                    () ->
                                                            reader.mask(
                                                                    file(file, labels, number),
                                                                    label,
                                                                    image)));
                                }
                            });
            case Case.Masks.LabelMap map -> {
                AlignedLabels labels = of("");
                if (holds(slices.slicing(), labels, number)) {
                    readings.add(
                            named(
                                    map.file(),
                                    () ->
                                            reader.labels(
                                                    file(map.file(), labels, number),
                                                    image,
                                                    map.values())));
                }
            }
        }
        return readings;
    }

    private MaskFile file(Path file, AlignedLabels labels, int number) {
        Slicing slicing = slices.slicing();
        short[] values = new short[slicing.width() * slicing.height()];
        int most = 0;
        for (int y = 0; y < slicing.height(); y++) {
            for (int x = 0; x < slicing.width(); x++) {
                double value = labels.value(slicing.voxel(number, x, y), 0);
                if (value != Math.rint(value) || value < 0 || value > MOST) {
                    throw refusal(
                            file,
                            "holds the value "
                                    + value
                                    + " in slice "
                                    + number
                                    + ", which no label can have",
                            "value",
                            value,
                            "whole numbers from 0 to " + MOST);
                }
                values[y * slicing.width() + x] = (short) (int) value;
                most = Math.max(most, (int) value);
            }
        }
        String name = file.getFileName() + " (slice " + number + ")";
        int bits = most > 255 ? 16 : 8;
        return new MaskFile(
                name, new Raster(slicing.width(), slicing.height(), 1, bits, values), false, false);
    }

    private static ImagingException refusal(
            Path file, String problem, String field, Object value, Object limit) {
        return new ImagingException(
                Code.MASK_VALUE,
                file.getFileName() + ": " + problem,
                Map.of("field", field, "value", value, "limit", limit),
                null);
    }

    private static <T> T named(Path file, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (RefusedFile e) {
            throw e;
        } catch (DomainException e) {
            throw new RefusedFile(file, e);
        }
    }
}
