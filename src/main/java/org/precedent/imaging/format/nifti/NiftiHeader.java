package org.precedent.imaging.format.nifti;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.volume.Rescale;

/**
 * The header of a NIfTI file: its bytes, and what the fields that matter say. Field by field where
 * NIfTI-1 and NIfTI-2 have them; nothing is believed before {@link #parse} has held it against the
 * limits.
 */
public final class NiftiHeader {
    private final byte[] bytes;
    private final ByteBuffer fields;
    private final Layout layout;

    private NiftiHeader(byte[] bytes, ByteOrder order, Layout layout) {
        this.bytes = bytes;
        this.fields = ByteBuffer.wrap(bytes).order(order);
        this.layout = layout;
    }

    /** Where the two versions have their fields. */
    enum Layout {
        ONE(348, 40, 70, 72, 76, 108, 112, 116, 123, 252, 254, 256, 280),
        TWO(540, 16, 12, 14, 104, 168, 176, 184, 500, 344, 348, 352, 400);

        final int size;
        final int dim;
        final int datatype;
        final int bitpix;
        final int pixdim;
        final int voxOffset;
        final int slope;
        final int inter;
        final int units;
        final int qformCode;
        final int sformCode;
        final int quatern;
        final int srow;

        Layout(
                int size,
                int dim,
                int datatype,
                int bitpix,
                int pixdim,
                int voxOffset,
                int slope,
                int inter,
                int units,
                int qformCode,
                int sformCode,
                int quatern,
                int srow) {
            this.size = size;
            this.dim = dim;
            this.datatype = datatype;
            this.bitpix = bitpix;
            this.pixdim = pixdim;
            this.voxOffset = voxOffset;
            this.slope = slope;
            this.inter = inter;
            this.units = units;
            this.qformCode = qformCode;
            this.sformCode = sformCode;
            this.quatern = quatern;
            this.srow = srow;
        }
    }

    /** The bytes that are enough to know a header, of either version. */
    static final int MOST_BYTES = Layout.TWO.size;

    /** Whether bytes, unpacked if they were gzipped, begin as a NIfTI header does. */
    public static boolean matches(byte[] start) {
        return layout(start, ByteOrder.LITTLE_ENDIAN) != null
                || layout(start, ByteOrder.BIG_ENDIAN) != null;
    }

    private static @Nullable Layout layout(byte[] start, ByteOrder order) {
        if (start.length < Layout.ONE.size) {
            return null;
        }
        int size = ByteBuffer.wrap(start).order(order).getInt(0);
        for (Layout layout : Layout.values()) {
            if (size == layout.size && start.length >= layout.size) {
                return layout;
            }
        }
        return null;
    }

    /**
     * Reads the header that unpacked bytes begin with.
     *
     * @throws ImagingException when it is none, or says what is not read
     */
    static NiftiHeader parse(Reading reading, byte[] start) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Layout layout = layout(start, order);
            if (layout != null) {
                NiftiHeader header =
                        new NiftiHeader(Arrays.copyOf(start, layout.size), order, layout);
                header.check(reading);
                return header;
            }
        }
        throw reading.refuse(
                Code.UNREADABLE,
                "has a NIfTI header of another size",
                "sizeof_hdr",
                start.length < 4 ? "none" : ByteBuffer.wrap(start).getInt(0),
                "348 or 540");
    }

    private void check(Reading reading) {
        String magic = magic();
        if (!magic.equals("n+1")
                && !magic.equals("ni1")
                && !magic.equals("n+2")
                && !magic.equals("ni2")) {
            throw reading.refuse(
                    Code.UNSUPPORTED_TYPE,
                    "has an ANALYZE 7.5 header, or a damaged one, without NIfTI's magic word; left"
                            + " and right cannot be told in it: convert it to NIfTI",
                    "magic",
                    printable(magic),
                    "n+1, ni1, n+2 or ni2");
        }
        long rank = raw(0);
        if (rank < 1 || rank > 7) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "has " + rank + " dimensions; 1 to 7 are possible",
                    "dim[0]",
                    rank,
                    7);
        }
        long samples = 1;
        for (int axis = 1; axis <= rank; axis++) {
            long size = raw(axis);
            long limit = axis <= 3 ? reading.limits().maxSide() : reading.limits().maxPixels();
            if (size < 1 || size > limit) {
                throw reading.refuse(
                        size < 1 ? Code.UNREADABLE : Code.TOO_LONG_SIDE,
                        "has size "
                                + size
                                + " along dimension "
                                + axis
                                + "; the limit is 1 to "
                                + limit,
                        "dim[" + axis + "]",
                        size,
                        limit);
            }
            samples *= size; // no overflow: both factors are below 2^31
            if (samples > reading.limits().maxPixels()) {
                throw reading.refuse(
                        Code.TOO_MANY_PIXELS,
                        "declares "
                                + samples
                                + " voxels or more; the limit is "
                                + reading.limits().maxPixels(),
                        "dim",
                        samples,
                        reading.limits().maxPixels());
            }
        }
        NiftiType type =
                NiftiType.ofCode(fields.getShort(layout.datatype))
                        .orElseThrow(() -> unread(reading));
        if (samples * type.bits() / 8 > Integer.MAX_VALUE - 1024) {
            throw reading.refuse(
                    Code.TOO_MANY_PIXELS,
                    "holds " + samples * type.bits() / 8 + " bytes of voxels; the limit is 2^31",
                    "dim",
                    samples,
                    Integer.MAX_VALUE);
        }
    }

    private ImagingException unread(Reading reading) {
        int code = fields.getShort(layout.datatype);
        return reading.refuse(
                Code.UNSUPPORTED_CONTENT,
                "holds data type "
                        + code
                        + " ("
                        + NiftiType.nameOf(code)
                        + "); read are integers, float32, float64, RGB24 and RGBA32",
                "datatype",
                code,
                "2, 4, 8, 16, 64, 128, 256, 512, 768, 1024, 1280 or 2304");
    }

    private static String printable(String magic) {
        return magic.codePoints().allMatch(c -> c >= 32 && c < 127) ? magic : "unprintable";
    }

    private String magic() {
        int at = layout == Layout.ONE ? 344 : 4;
        return new String(bytes, at, 3, StandardCharsets.ISO_8859_1);
    }

    /** Whether the voxels are in a file of their own. */
    public boolean isPair() {
        return magic().startsWith("ni");
    }

    /** 1 or 2. */
    public int version() {
        return layout.ordinal() + 1;
    }

    ByteOrder order() {
        return fields.order();
    }

    Layout layout() {
        return layout;
    }

    /** A copy of the header's bytes. */
    byte[] bytes() {
        return bytes.clone();
    }

    NiftiType type() {
        return NiftiType.ofCode(fields.getShort(layout.datatype)).orElseThrow();
    }

    private long raw(int index) {
        return layout == Layout.ONE
                ? fields.getShort(layout.dim + 2 * index)
                : fields.getLong(layout.dim + 8 * index);
    }

    /** The sizes of all dimensions, at least three; trailing ones beyond are left out. */
    public int[] shape() {
        int rank = (int) raw(0);
        while (rank > 3 && raw(rank) == 1) {
            rank--;
        }
        int[] shape = new int[Math.max(3, rank)];
        for (int axis = 0; axis < shape.length; axis++) {
            shape[axis] = axis < rank ? (int) raw(axis + 1) : 1;
        }
        return shape;
    }

    /** How many volumes follow each other. */
    public int volumes() {
        int volumes = 1;
        int[] shape = shape();
        for (int axis = 3; axis < shape.length; axis++) {
            volumes *= shape[axis];
        }
        return volumes;
    }

    private double number(int at, int index) {
        return layout == Layout.ONE
                ? fields.getFloat(at + 4 * index)
                : fields.getDouble(at + 8 * index);
    }

    double pixdim(int index) {
        return number(layout.pixdim, index);
    }

    double quatern(int index) {
        return number(layout.quatern, index);
    }

    double srow(int index) {
        return number(layout.srow, index);
    }

    int qformCode() {
        return code(layout.qformCode);
    }

    int sformCode() {
        return code(layout.sformCode);
    }

    private int code(int at) {
        return layout == Layout.ONE ? fields.getShort(at) : fields.getInt(at);
    }

    /** Millimetres of one unit of space; 1 where the unit is unknown. */
    double millimetres() {
        int units = layout == Layout.ONE ? fields.get(layout.units) : fields.getInt(layout.units);
        return switch (units & 7) {
            case 1 -> 1000;
            case 3 -> 0.001;
            default -> 1;
        };
    }

    /** Where the voxels begin. */
    long voxOffset() {
        double offset =
                layout == Layout.ONE
                        ? fields.getFloat(layout.voxOffset)
                        : fields.getLong(layout.voxOffset);
        long least = isPair() ? 0 : layout.size + 4L;
        // Zero in a single file stands for the least; what is no number does, too.
        return offset >= least ? (long) offset : least;
    }

    /** What the voxels mean; a slope of 0 or no number stands for none. */
    public Rescale rescale() {
        double slope = number(layout.slope, 0);
        double inter = number(layout.inter, 0);
        if (type().components() > 1 || slope == 0 || !Double.isFinite(slope)) {
            return Rescale.NONE;
        }
        return new Rescale(slope, Double.isFinite(inter) ? inter : 0, "");
    }
}
