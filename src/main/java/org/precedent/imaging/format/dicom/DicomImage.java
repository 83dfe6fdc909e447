package org.precedent.imaging.format.dicom;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Meaning.Lookup;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/**
 * A DICOM file with its samples.
 *
 * @param samples [frames, rows, columns, colours] as stored; RGB where in colour, indices where in
 *     a palette
 * @param notes what is worth telling, in words
 */
public record DicomImage(DicomFile file, StoredSamples samples, List<String> notes) {
    private static final String PALETTE = "PALETTE COLOR";

    public DicomImage {
        notes = List.copyOf(notes);
    }

    public int frames() {
        return file.pixels().frames();
    }

    public int rows() {
        return file.pixels().rows();
    }

    public int columns() {
        return file.pixels().columns();
    }

    /** Samples of a pixel: 1, or 3 for red, green and blue. */
    public int components() {
        return file.pixels().samples();
    }

    /**
     * One frame as a volume that is one slice deep.
     *
     * @param frame from 0
     */
    public ScannedVolume frame(int frame) {
        if (frame < 0 || frame >= frames()) {
            throw new IllegalArgumentException("frame " + frame + " of " + frames());
        }
        requireSamples();
        int length = file.pixels().frameSamples();
        return new ScannedVolume(
                frameGrid(frame),
                components(),
                samples.part(frame * length, length),
                FrameMeaning.of(file, new int[] {frame}),
                notes);
    }

    /**
     * Refuses where the file says of its samples what cannot be: a palette or a table of values
     * that is incomplete, or two transforms at once.
     *
     * @throws ImagingException as whoever computes with the samples would
     */
    public void requireMeaning() {
        palette();
        FrameMeaning.of(file, IntStream.range(0, frames()).toArray());
    }

    /** Refuses where samples are no values of an image. */
    private void requireSamples() {
        if (file.isSegmentation()) {
            throw file.reading()
                    .refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "is a segmentation: its frames are masks of segments, not one volume",
                            Tag.SOP_CLASS_UID.toString(),
                            "Segmentation",
                            "an image");
        }
        requireNoPalette(file);
    }

    /** Refuses indices of colours: what is darker by its index need not be darker. */
    static void requireNoPalette(DicomFile file) {
        if (file.pixels().photometric().equals(PALETTE)) {
            throw file.reading()
                    .refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "is in the colours of a palette: only grey volumes are taken",
                            Tag.PHOTOMETRIC_INTERPRETATION.toString(),
                            PALETTE,
                            "MONOCHROME1 or MONOCHROME2");
        }
    }

    private Grid frameGrid(int frame) {
        FramePlane plane = FramePlane.of(file).get(frame);
        double apart = apartMm();
        try {
            return SliceStack.of(List.of(plane), columns(), rows(), apart).grid();
        } catch (SliceStack.Broken e) {
            double[] spacing = plane.spacingMm();
            return new Grid(
                    new int[] {columns(), rows(), 1},
                    new double[] {spacing[1], spacing[0], apart},
                    null);
        }
    }

    /** What the file says of the distance between slices; 0 where it says nothing. */
    private double apartMm() {
        double[] apart = file.set().decimals(Tag.SPACING_BETWEEN_SLICES);
        return apart != null && apart[0] > 0 ? apart[0] : 0;
    }

    /**
     * All frames as one volume, in the order of where they lie.
     *
     * @throws ImagingException when they are times, views or segments, or no regular stack
     */
    public ScannedVolume volume() {
        requireSamples();
        if (frames() == 1) {
            return frame(0);
        }
        SliceStack stack;
        try {
            stack = stack();
        } catch (SliceStack.Broken e) {
            throw file.reading()
                    .refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "frame "
                                    + (e.slice + 1)
                                    + " "
                                    + e.getMessage()
                                    + "; its frames are images of their own, no volume",
                            Tag.IMAGE_POSITION.toString(),
                            "frame " + (e.slice + 1),
                            "a regular stack");
        }
        int length = file.pixels().frameSamples() * samples.type().bytes();
        byte[] block = new byte[samples.block().length];
        for (int i = 0; i < frames(); i++) {
            System.arraycopy(samples.block(), stack.order()[i] * length, block, i * length, length);
        }
        return new ScannedVolume(
                stack.grid(),
                components(),
                new StoredSamples(samples.type(), block),
                FrameMeaning.of(file, stack.order()),
                notes);
    }

    private SliceStack stack() throws SliceStack.Broken {
        return SliceStack.of(FramePlane.of(file), columns(), rows(), apartMm());
    }

    /**
     * The grid of all frames as they are stored, where they are a regular stack: one that is stored
     * from its end leads the other way. That of the only frame; empty where frames are in no order.
     */
    public Optional<Grid> grid() {
        if (frames() == 1) {
            return Optional.of(frameGrid(0));
        }
        try {
            return stack().stored();
        } catch (SliceStack.Broken e) {
            return Optional.empty();
        }
    }

    /** The distances between rows and between columns; 0 where unknown. */
    public double[] pixelSpacingMm() {
        return FramePlane.of(file).get(0).spacingMm().clone();
    }

    /**
     * The colours of a palette that the samples are indices of.
     *
     * @return red, green and blue; empty where there is no palette
     * @throws ImagingException when it is segmented or incomplete
     */
    public List<Lookup> palette() {
        DataSet set = file.set();
        if (!file.pixels().photometric().equals(PALETTE)) {
            return List.of();
        }
        if (set.has(Tag.RED_SEGMENTED)) {
            throw file.reading()
                    .refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "has a segmented palette, which is not read",
                            Tag.RED_SEGMENTED.toString(),
                            "segmented",
                            "plain tables");
        }
        boolean signed = file.pixels().signed();
        List<Lookup> palette = new ArrayList<>();
        palette.add(LookupTable.of(file, set, Tag.RED_DESCRIPTOR, Tag.RED_TABLE, signed));
        palette.add(LookupTable.of(file, set, Tag.GREEN_DESCRIPTOR, Tag.GREEN_TABLE, signed));
        palette.add(LookupTable.of(file, set, Tag.BLUE_DESCRIPTOR, Tag.BLUE_TABLE, signed));
        return palette;
    }
}
