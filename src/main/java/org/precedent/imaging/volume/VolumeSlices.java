package org.precedent.imaging.volume;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.Acquired;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Raster;

/**
 * A volume as pictures: each slice with its stored samples, what they mean, and the range of the
 * whole volume. Slices are made when they are asked for.
 */
public final class VolumeSlices {
    private final ScannedVolume volume;
    private final Slicing slicing;
    private final ValueRange range;

    /**
     * @param modality what somebody said it is; asked where the file does not say
     * @throws ImagingException when it is in colour, or the plane cannot be told
     */
    public VolumeSlices(ScannedVolume volume, SliceAxis axis, String modality) {
        if (volume.components() != 1) {
            throw new ImagingException(
                    Code.UNSUPPORTED_CONTENT,
                    "has " + volume.components() + " values a voxel: only grey volumes are taken",
                    Map.of("field", "components", "value", volume.components(), "limit", 1),
                    null);
        }
        this.volume = volume;
        this.slicing = Slicing.of(volume.grid(), axis);
        this.range = ValueRange.of(volume, modality);
    }

    public Slicing slicing() {
        return slicing;
    }

    public ValueRange range() {
        return range;
    }

    /** What the file says it is, e.g. {@code CT}; empty where it says nothing. */
    public String modality() {
        return volume.meaning().modality();
    }

    /** How many slices there are. */
    public int count() {
        return slicing.count();
    }

    /** One slice. */
    public Raster slice(int number) {
        int width = slicing.width();
        int height = slicing.height();
        Meaning meaning = volume.meaning();
        StoredSamples samples = volume.samples();
        boolean byTable = meaning.lookup() != null;
        // The values along the last axis may each have their own rescale; a slice across another
        // axis then has no one rescale, and its values are kept instead.
        boolean values = byTable || (meaning.rescales().size() > 1 && slicing.axis() != 2);
        Acquired.Type type = values ? Acquired.Type.FLOAT32 : type(samples.type());
        SampleType written = sampleType(type);
        byte[] block = new byte[Math.multiplyExact(width * height, type.bytes())];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int index = slicing.index(number, x, y);
                int at = y * width + x;
                if (values) {
                    int k = slicing.voxel(number, x, y)[2];
                    StoredSamples.putReal(written, block, at, (float) volume.valueOrNaN(index, k));
                } else if (written.real()) {
                    StoredSamples.putReal(written, block, at, samples.real(index));
                } else {
                    StoredSamples.put(written, block, at, samples.integer(index));
                }
            }
        }
        Rescale rescale = values ? Rescale.NONE : meaning.rescale(number(number));
        Acquired.@Nullable Padding padding = null;
        Meaning.Padding outside = meaning.padding();
        if (outside != null && !values && !samples.type().real()) {
            padding = new Acquired.Padding(outside.low(), outside.high());
        }
        return Raster.of(
                width,
                height,
                new Acquired(
                        type,
                        block,
                        rescale.slope(),
                        rescale.intercept(),
                        range.low(),
                        range.high(),
                        padding));
    }

    private int number(int slice) {
        return volume.meaning().rescales().size() == 1 ? 0 : slice;
    }

    /** The narrowest kept type that holds every sample of a stored one. */
    private static Acquired.Type type(SampleType stored) {
        return switch (stored) {
            case UINT8 -> Acquired.Type.UINT8;
            case INT8, INT16 -> Acquired.Type.INT16;
            case UINT16 -> Acquired.Type.UINT16;
            case INT32 -> Acquired.Type.INT32;
            case FLOAT32 -> Acquired.Type.FLOAT32;
            // 64-bit integers beyond 2^53 are rounded, as every use of them would.
            case UINT32, UINT64, INT64, FLOAT64 -> Acquired.Type.FLOAT64;
        };
    }

    private static SampleType sampleType(Acquired.Type type) {
        return switch (type) {
            case UINT8 -> SampleType.UINT8;
            case INT16 -> SampleType.INT16;
            case UINT16 -> SampleType.UINT16;
            case INT32 -> SampleType.INT32;
            case FLOAT32 -> SampleType.FLOAT32;
            case FLOAT64 -> SampleType.FLOAT64;
        };
    }
}
