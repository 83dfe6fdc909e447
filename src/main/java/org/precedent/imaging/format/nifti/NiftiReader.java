package org.precedent.imaging.format.nifti;

import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.CodecException;
import org.precedent.imaging.format.codec.Inflation;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/**
 * Reads NIfTI files that anybody may have sent. The header says how many bytes follow, and no more
 * than these are unpacked.
 */
public final class NiftiReader {
    private NiftiReader() {}

    /** Whether a file is NIfTI, or ANALYZE, by its content. */
    public static boolean matches(byte[] bytes) {
        if (!Inflation.isGzip(bytes, 0)) {
            return NiftiHeader.matches(
                    Arrays.copyOf(bytes, Math.min(bytes.length, NiftiHeader.MOST_BYTES)));
        }
        try (Inflation in = Inflation.gzip(bytes, 0)) {
            return NiftiHeader.matches(in.next(348)) || matchesTwo(bytes);
        } catch (CodecException e) {
            return false;
        }
    }

    private static boolean matchesTwo(byte[] bytes) throws CodecException {
        try (Inflation in = Inflation.gzip(bytes, 0)) {
            return NiftiHeader.matches(in.next(NiftiHeader.MOST_BYTES));
        }
    }

    /**
     * The header alone.
     *
     * @throws ImagingException when it says what is not read
     */
    public static NiftiHeader header(Reading reading) {
        byte[] bytes = reading.bytes();
        if (!Inflation.isGzip(bytes, 0)) {
            return NiftiHeader.parse(
                    reading, Arrays.copyOf(bytes, Math.min(bytes.length, NiftiHeader.MOST_BYTES)));
        }
        try (Inflation in = Inflation.gzip(bytes, 0)) {
            byte[] first = in.next(348);
            if (NiftiHeader.matches(first)) {
                return NiftiHeader.parse(reading, first);
            }
            byte[] both = Arrays.copyOf(first, NiftiHeader.MOST_BYTES);
            System.arraycopy(in.next(both.length - 348), 0, both, 348, both.length - 348);
            return NiftiHeader.parse(reading, both);
        } catch (CodecException e) {
            throw reading.refuse(Code.UNREADABLE, e.getMessage() + " for its header", e);
        }
    }

    /**
     * Reads a file, or a pair of header and image.
     *
     * @param image the file of the voxels where the header is alone in its own; else null
     * @throws ImagingException when it cannot be read, and says why
     */
    public static NiftiImage read(Reading reading, byte @Nullable [] image) {
        NiftiHeader header = header(reading);
        if (header.isPair() && image == null) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "is the header of a pair; its voxels are in a file of their own, which must lie"
                            + " beside it under the same name with .img: send both, or one .nii",
                    "magic",
                    "ni" + header.version(),
                    "n+" + header.version());
        }
        NiftiGeometry geometry = NiftiGeometry.of(header);
        SampleType type = header.type().sample();
        long samples = geometry.grid().voxels() * header.volumes() * header.type().components();
        byte[] source = image != null ? image : reading.bytes();
        byte[] block = block(reading, source, header.voxOffset(), (int) (samples * type.bytes()));
        if (header.order() == ByteOrder.BIG_ENDIAN) {
            StoredSamples.swap(block, type.bytes());
        }
        return new NiftiImage(
                header, geometry.grid(), new StoredSamples(type, block), geometry.notes());
    }

    /** Where the voxels of a header lie. */
    public static Grid grid(NiftiHeader header) {
        return NiftiGeometry.of(header).grid();
    }

    private static byte[] block(Reading reading, byte[] source, long offset, int length) {
        if (!Inflation.isGzip(source, 0)) {
            long held = source.length - offset;
            if (held < length) {
                throw reading.refuse(
                        Code.TRUNCATED,
                        "holds "
                                + Math.max(0, held)
                                + " bytes of voxels where its header declares "
                                + length,
                        "dim",
                        Math.max(0, held),
                        length);
            }
            return Arrays.copyOfRange(source, (int) offset, (int) offset + length);
        }
        try (Inflation in = Inflation.gzip(source, 0)) {
            if (offset > reading.limits().maxFileBytes()) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "begins its voxels at byte " + offset,
                        "vox_offset",
                        offset,
                        reading.limits().maxFileBytes());
            }
            in.skip(offset);
            return in.last(length);
        } catch (CodecException e) {
            Code code =
                    e.fault() == CodecException.Fault.TRUNCATED ? Code.TRUNCATED : Code.UNREADABLE;
            throw reading.refuse(code, e.getMessage() + " for its voxels", e);
        }
    }
}
