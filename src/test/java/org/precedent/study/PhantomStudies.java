package org.precedent.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.dicom.seg.CodedSegment;
import org.precedent.imaging.format.dicom.seg.Making;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;

/** Volumes whose slices are phantoms, each another one's, so that no two slices are alike. */
public final class PhantomStudies {
    private PhantomStudies() {}

    /**
     * A volume as gzipped NIfTI; its last slice is of one value.
     *
     * @param slices at least 2
     */
    public static byte[] nifti(int seed, int slices) {
        List<Phantom> phantoms = new Phantoms(seed).patients(slices - 1).subList(0, slices - 1);
        Raster first = phantoms.getFirst().image();
        int width = first.width();
        int height = first.height();
        int[] values = new int[width * height * slices];
        for (int k = 0; k < phantoms.size(); k++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    values[(k * height + y) * width + x] =
                            phantoms.get(k).image().sample(x, y, 0) - 100;
                }
            }
        }
        for (int i = width * height * (slices - 1); i < values.length; i++) {
            values[i] = -100;
        }
        return nifti(width, height, slices, values);
    }

    /** The label map of such a volume: 1 where a structure is. */
    public static byte[] labels(int seed, int slices, String structure) {
        List<Phantom> phantoms = new Phantoms(seed).patients(slices - 1).subList(0, slices - 1);
        int width = phantoms.getFirst().image().width();
        int height = phantoms.getFirst().image().height();
        int[] values = new int[width * height * slices];
        for (int k = 0; k < phantoms.size(); k++) {
            Mask mask = phantoms.get(k).masks().get(structure);
            for (int i = 0; mask != null && i < width * height; i++) {
                values[k * width * height + i] = mask.inside()[i] ? 1 : 0;
            }
        }
        return nifti(width, height, slices, values);
    }

    private static byte[] nifti(int width, int height, int slices, int[] values) {
        Grid grid =
                Grid.of(
                        new int[] {width, height, slices},
                        Affine.ofColumns(
                                new double[] {0.5, 0, 0},
                                new double[] {0, 0.5, 0},
                                new double[] {0, 0, 3},
                                new double[] {-40, -40, 7}));
        return NiftiWriter.gzip(
                NiftiWriter.volume(
                        grid, StoredSamples.of(SampleType.INT16, values), Rescale.NONE, false));
    }

    /** The files of a DICOM series of a patient with a name, in the order of its slices. */
    public static List<byte[]> dicom(int seed, int slices) {
        return dicom(seed, slices, "1.2.3", "1.2.3.1");
    }

    /** The files of one series of one study. */
    public static List<byte[]> dicom(int seed, int slices, String study, String series) {
        return dicom(seed, slices, study, series, file -> file);
    }

    /** Likewise, with more said in each file. */
    public static List<byte[]> dicom(
            int seed, int slices, String study, String series, UnaryOperator<DicomBytes> more) {
        List<byte[]> files = new ArrayList<>();
        for (Phantom phantom : new Phantoms(seed).patients(slices).subList(0, slices)) {
            int k = files.size();
            Raster image = phantom.image();
            int[] values = new int[image.width() * image.height()];
            for (int y = 0; y < image.height(); y++) {
                for (int x = 0; x < image.width(); x++) {
                    values[y * image.width() + x] = image.sample(x, y, 0) & 0x7ff;
                }
            }
            files.add(
                    more.apply(
                                    DicomBytes.image(
                                            DicomBytes.EXPLICIT,
                                            image.height(),
                                            image.width(),
                                            16,
                                            12,
                                            true))
                            .text(0x00080018, "UI", series + "." + (k + 1))
                            .text(0x0020000d, "UI", study)
                            .text(0x0020000e, "UI", series)
                            .text(0x00200052, "UI", study + ".9")
                            .place(-40, -40, 3.0 * k, 0.5, 0.5)
                            .pixels(16, values)
                            .file());
        }
        return files;
    }

    /**
     * A segmentation of such a series, as somebody draws it in a viewer.
     *
     * @param number each draws something else, in the first slice
     */
    public static byte[] segmentation(
            int seed, int slices, String study, String series, String label, int number) {
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            Path folder = Files.createTempDirectory("series");
            try {
                for (byte[] file : dicom(seed, slices, study, series)) {
                    Files.write(Files.createTempFile(folder, "slice", ".dcm"), file);
                }
                BitSet inside = new BitSet();
                inside.set(40 * number, 40 * number + 30);
                return MaskConverter.dicom(
                        Objects.requireNonNull(converter.source(folder).series()),
                        List.of(CodedSegment.of(label, inside)),
                        new Making("", "", "1", "", LocalDateTime.of(2026, 1, 2, 3, 4)));
            } finally {
                for (Path file : files(folder)) {
                    Files.delete(file);
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }
}
