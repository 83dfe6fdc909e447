package org.precedent.ingest.folder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.precedent.DomainException;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.MaskValue;
import org.precedent.imaging.format.VolumeNames;
import org.precedent.imaging.format.VolumeReader;

/**
 * One image, or volume, and where its masks are. Holds no pixels: they are read when asked for.
 *
 * @param id the image's file name without its suffix
 * @param patient equal for images of one patient
 * @param image the image's file
 * @param masks where the masks are
 */
public record Case(String id, String patient, Path image, Masks masks) {

    /** Where one image's masks are. */
    public sealed interface Masks {
        /** One file a label; at least one. */
        record Files(Map<String, Path> byLabel) implements Masks {
            public Files {
                byLabel = Collections.unmodifiableMap(new LinkedHashMap<>(byLabel));
            }
        }

        /** One label map; which labels occur is known only once it is read. */
        record LabelMap(Path file, Map<String, MaskValue> values) implements Masks {
            public LabelMap {
                values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
            }
        }
    }

    /** The labels that its masks speak of: what they do not show is absent. */
    public List<String> labels() {
        return switch (masks) {
            case Masks.Files files -> List.copyOf(files.byLabel().keySet());
            case Masks.LabelMap map -> List.copyOf(map.values().keySet());
        };
    }

    /** Whether it is a volume, to be read by {@link #readVolume}; else a picture. */
    public boolean isVolume() {
        String name = String.valueOf(image.getFileName());
        return Files.isDirectory(image)
                || VolumeNames.isVolume(name)
                || ImageFormat.ofName(name).isEmpty() && VolumeReader.isDicom(image);
    }

    /**
     * Reads a volume with its masks.
     *
     * @throws RefusedFile when one of its files cannot be taken; a mask that does not lie on the
     *     volume's grid says how it differs
     */
    public AnnotatedVolume readVolume(
            VolumeReader volumes, MaskReader reader, AnnotatedVolume.Cut cut) {
        return AnnotatedVolume.read(this, volumes, reader, cut);
    }

    /**
     * Reads the image.
     *
     * @throws RefusedFile when it cannot be taken
     */
    public Raster readImage(ImageDecoder decoder) {
        return named(
                image,
                () ->
                        ImagingException.about(
                                "image in " + image.getParent(),
                                facts(image),
                                () -> decoder.decode(image)));
    }

    /** All files of this case: the image, then its masks. */
    public List<Path> files() {
        List<Path> files = new ArrayList<>(List.of(image));
        switch (masks) {
            case Masks.Files byLabel -> files.addAll(byLabel.byLabel().values());
            case Masks.LabelMap map -> files.add(map.file());
        }
        return files;
    }

    /**
     * Reads the masks.
     *
     * @param raster this case's image, whose size the masks must have
     * @return one reading a file, in the dataset's order of labels; a label map may hold no label
     * @throws RefusedFile when a mask cannot be taken
     */
    public List<MaskReading> readMasks(ImageDecoder decoder, MaskReader reader, Raster raster) {
        return switch (masks) {
            case Masks.Files files -> {
                List<MaskReading> read = new ArrayList<>();
                files.byLabel()
                        .forEach((label, file) ->
                                read.add(readMask(decoder, reader, raster, label, file)));
                yield read;
            }
            case Masks.LabelMap map -> List.of(readLabelMap(decoder, reader, raster, map));
        };
    }

    private static MaskReading readLabelMap(
            ImageDecoder decoder, MaskReader reader, Raster raster, Masks.LabelMap map) {
        return named(
                map.file(),
                () ->
                        ImagingException.about(
                                "label map in " + map.file().getParent(),
                                facts(map.file()),
                                () ->
                                        reader.labels(
                                                decoder.decodeLabels(map.file()),
                                                raster,
                                                map.values())));
    }

    private static MaskReading readMask(
            ImageDecoder decoder, MaskReader reader, Raster raster, String label, Path file) {
        return named(
                file,
                () ->
                        ImagingException.about(
                                "mask of label " + label + " in " + file.getParent(),
                                facts(file, label),
                                () -> reader.mask(decoder.decodeLabels(file), label, raster)));
    }

    private static Map<String, Object> facts(Path file) {
        return Map.of("folder", String.valueOf(file.getParent()));
    }

    private static Map<String, Object> facts(Path file, String label) {
        return Map.of("folder", String.valueOf(file.getParent()), "label", label);
    }

    private static <T> T named(Path file, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (DomainException e) {
            throw new RefusedFile(file, e);
        }
    }
}
