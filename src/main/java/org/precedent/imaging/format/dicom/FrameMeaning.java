package org.precedent.imaging.format.dicom;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.volume.Meaning;
import org.precedent.imaging.volume.Meaning.Lookup;
import org.precedent.imaging.volume.Meaning.Padding;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.Window;

/** What the stored samples of a file mean: its modality transform, its padding, its window. */
final class FrameMeaning {
    private final DicomFile file;
    private final DataSet set;

    private FrameMeaning(DicomFile file) {
        this.file = file;
        this.set = file.set();
    }

    /**
     * The meaning of some frames.
     *
     * @param order the frames, as slices of a volume
     */
    static Meaning of(DicomFile file, int[] order) {
        FrameMeaning reader = new FrameMeaning(file);
        List<Rescale> rescales = new ArrayList<>();
        for (int frame : order) {
            rescales.add(reader.rescale(frame));
        }
        boolean same = rescales.stream().allMatch(rescales.get(0)::equals);
        return new Meaning(
                file.modality(),
                same ? rescales.subList(0, 1) : rescales,
                reader.lookup(),
                reader.padding(),
                file.set().code(Tag.PHOTOMETRIC_INTERPRETATION).equals("MONOCHROME1"),
                reader.window(order[0]));
    }

    private Rescale rescale(int frame) {
        DataSet source = group(frame, Tag.PIXEL_VALUE_TRANSFORMATION);
        double[] dose = set.decimals(Tag.DOSE_GRID_SCALING, 1);
        if (source == null && dose != null) {
            return rescale(dose[0], 0, "Gy");
        }
        DataSet from = source != null ? source : set;
        double[] slope = from.decimals(Tag.RESCALE_SLOPE, 1);
        double[] intercept = from.decimals(Tag.RESCALE_INTERCEPT, 1);
        String unit = from.text(Tag.RESCALE_TYPE);
        if (unit.isEmpty() && file.modality().equals("CT") && slope != null) {
            unit = "HU";
        }
        return rescale(
                slope == null ? 1 : slope[0],
                intercept == null ? 0 : intercept[0],
                unit.equals("US") ? "" : unit);
    }

    private Rescale rescale(double slope, double intercept, String unit) {
        if (slope == 0) {
            throw file.reading()
                    .refuse(
                            Code.UNREADABLE,
                            "makes every value the same",
                            Tag.RESCALE_SLOPE.toString(),
                            slope,
                            "any other number");
        }
        return new Rescale(slope, intercept, unit);
    }

    /** The functional group of a frame, its own or the shared one. */
    private @Nullable DataSet group(int frame, Tag sequence) {
        List<DataSet> own = set.items(Tag.PER_FRAME_GROUPS);
        List<DataSet> shared = set.items(Tag.SHARED_GROUPS);
        List<DataSet> found =
                frame < own.size() ? own.get(frame).items(sequence) : List.<DataSet>of();
        if (found.isEmpty() && !shared.isEmpty()) {
            found = shared.get(0).items(sequence);
        }
        return found.isEmpty() ? null : found.get(0);
    }

    private @Nullable Lookup lookup() {
        List<DataSet> items = set.items(Tag.MODALITY_LUT_SEQUENCE);
        if (items.isEmpty()) {
            return null;
        }
        if (set.hasValue(Tag.RESCALE_SLOPE)) {
            throw file.reading()
                    .refuse(
                            Code.UNREADABLE,
                            "has both a rescale and a table of values",
                            Tag.MODALITY_LUT_SEQUENCE.toString(),
                            "both",
                            "one of them");
        }
        return LookupTable.of(
                file, items.get(0), Tag.LUT_DESCRIPTOR, Tag.LUT_DATA, file.pixels().signed());
    }

    private @Nullable Padding padding() {
        OptionalInt value = stored(Tag.PIXEL_PADDING_VALUE);
        if (value.isEmpty()) {
            return null;
        }
        int other = stored(Tag.PIXEL_PADDING_RANGE_LIMIT).orElse(value.getAsInt());
        return new Padding(Math.min(value.getAsInt(), other), Math.max(value.getAsInt(), other));
    }

    /** A number with the sign of the pixels, whatever its own representation says. */
    private OptionalInt stored(Tag tag) {
        OptionalInt number = set.optional(tag);
        boolean signed = file.pixels().signed();
        return number.isPresent() && signed ? OptionalInt.of((short) number.getAsInt()) : number;
    }

    private @Nullable Window window(int frame) {
        DataSet group = group(frame, Tag.FRAME_VOI_LUT_SEQUENCE);
        DataSet from = group != null ? group : set;
        double[] centers = from.decimals(Tag.WINDOW_CENTER);
        double[] widths = from.decimals(Tag.WINDOW_WIDTH);
        if (centers == null || widths == null) {
            return null;
        }
        Window.Function function =
                switch (from.code(Tag.WINDOW_FUNCTION)) {
                    case "LINEAR_EXACT" -> Window.Function.LINEAR_EXACT;
                    case "SIGMOID" -> Window.Function.SIGMOID;
                    default -> Window.Function.LINEAR;
                };
        double least = function == Window.Function.LINEAR ? 1 : Double.MIN_VALUE;
        // A hint that makes no sense is no hint.
        return widths[0] < least ? null : new Window(centers[0], widths[0], function);
    }
}
