package org.precedent.imaging.format;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomImage;
import org.precedent.imaging.format.nifti.NiftiHeader;
import org.precedent.imaging.format.nifti.NiftiImage;
import org.precedent.imaging.format.nifti.NiftiReader;
import org.precedent.imaging.format.nrrd.NrrdImage;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/** Says what a file holds, by its content, or why it is not read. */
public final class Inspector implements AutoCloseable {
    private final VolumeReader volumes;
    private final ImageDecoder pictures;

    /**
     * @param limits of volumes; pictures have their own
     */
    public Inspector(Limits limits) {
        this.volumes = new VolumeReader(limits);
        this.pictures = new ImageDecoder(Limits.DEFAULT);
    }

    /**
     * Reads one file to its last sample.
     *
     * @param given how it is named in the answer
     * @return never a refusal by exception
     */
    public Inspection inspect(String given, Path path) {
        Draft draft = new Draft(given);
        try {
            Reading reading = volumes.open(path);
            VolumeReader.Kind kind = VolumeReader.kind(reading.bytes());
            if (kind == null) {
                picture(draft, reading);
                return draft.done(null);
            }
            draft.kind = kind.name().toLowerCase(Locale.ROOT);
            VolumeReader.guarded(
                    reading,
                    kind.name(),
                    () -> {
                        switch (kind) {
                            case DICOM -> dicom(draft, reading);
                            case NIFTI -> nifti(draft, reading, path);
                            case NRRD -> nrrd(draft, reading, path);
                        }
                        return draft;
                    });
            return draft.done(null);
        } catch (ImagingException e) {
            return draft.done(e.getMessage());
        }
    }

    private void dicom(Draft draft, Reading reading) {
        DicomFile file = volumes.dicomReader().walk(reading);
        draft.transferSyntax = file.transferSyntax();
        draft.shape = file.shape();
        DicomImage image = volumes.dicomReader().read(file);
        draft.samples(image.samples(), Rescale.NONE);
        draft.notes = image.notes();
        image.requireMeaning();
        double[] pixel = image.pixelSpacingMm();
        Optional<Grid> grid = image.grid();
        boolean deep = image.frames() > 1;
        if (grid.isPresent() && deep) {
            draft.spacingMm = new double[] {grid.get().spacingMm()[2], pixel[0], pixel[1]};
        } else if (pixel[0] > 0) {
            draft.spacingMm = deep ? new double[] {0, pixel[0], pixel[1]} : pixel;
        }
        grid.flatMap(Grid::affine).ifPresent(lps -> draft.affine(lps, "LPS"));
    }

    private void nifti(Draft draft, Reading reading, Path path) {
        NiftiHeader header = NiftiReader.header(reading);
        draft.shape = header.shape();
        Grid grid = NiftiReader.grid(header);
        draft.spacingMm = grid.spacingMm();
        grid.affine().ifPresent(lps -> draft.affine(lps.flipped(), "RAS"));
        NiftiImage image = volumes.nifti(reading, path);
        draft.notes = image.notes();
        draft.samples(image.samples(), header.rescale());
        draft.shape = extended(draft.shape, image.components());
    }

    private void nrrd(Draft draft, Reading reading, Path path) {
        NrrdImage image = volumes.nrrd(reading, path);
        int[] shape = image.grid().sizes();
        draft.shape =
                image.volumes() == 1
                        ? shape
                        : new int[] {shape[0], shape[1], shape[2], image.volumes()};
        draft.shape = extended(draft.shape, image.components());
        draft.spacingMm = image.grid().spacingMm();
        draft.notes = image.notes();
        draft.samples(image.samples(), Rescale.NONE);
        image.grid().affine().ifPresent(lps -> draft.affine(lps, "LPS"));
    }

    private static int[] extended(int[] shape, int components) {
        if (components == 1) {
            return shape;
        }
        int[] extended = Arrays.copyOf(shape, shape.length + 1);
        extended[shape.length] = components;
        return extended;
    }

    private void picture(Draft draft, Reading reading) {
        ImageFormat format =
                ImageFormat.ofContent(reading.bytes())
                        .orElseThrow(() -> VolumeReader.unknown(reading));
        draft.kind = format.name().toLowerCase(Locale.ROOT);
        // By content: the decoder is given the name that the content should have.
        String name =
                ImageFormat.ofName(reading.file()).filter(format::equals).isPresent()
                        ? reading.file()
                        : reading.file() + "." + format.suffixes().get(0);
        Raster raster = pictures.decodeLabels(reading.bytes(), name).raster();
        draft.shape = extended(new int[] {raster.height(), raster.width()}, raster.channels());
        SampleType type = SampleType.ofBits(raster.bitsPerSample(), false);
        byte[] block = new byte[raster.samples().length * type.bytes()];
        for (int i = 0; i < raster.samples().length; i++) {
            StoredSamples.put(type, block, i, raster.samples()[i]);
        }
        draft.samples(new StoredSamples(type, block), Rescale.NONE);
    }

    /** What is known so far. */
    private static final class Draft {
        private final String file;
        private String kind = "unknown";
        private int @Nullable [] shape;
        private double @Nullable [] spacingMm;
        private double @Nullable [][] affine;
        private String world = "";
        private String transferSyntax = "";
        private String stored = "";
        private @Nullable SampleSummary summary;
        private List<String> notes = List.of();

        Draft(String file) {
            this.file = file;
        }

        void samples(StoredSamples samples, Rescale rescale) {
            stored = samples.type().word();
            summary = SampleSummary.of(samples, rescale::apply);
        }

        void affine(Affine affine, String world) {
            this.affine = affine.matrix();
            this.world = world;
        }

        Inspection done(@Nullable String refused) {
            SampleSummary known = summary;
            return new Inspection(
                    file,
                    kind,
                    shape,
                    spacingMm,
                    affine,
                    world,
                    transferSyntax,
                    stored,
                    known == null ? null : known.min(),
                    known == null ? null : known.max(),
                    known == null ? null : known.mean(),
                    known == null ? null : known.sha256Int32(),
                    notes,
                    refused);
        }
    }

    @Override
    public void close() {
        volumes.close();
    }
}
