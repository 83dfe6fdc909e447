package org.precedent.imaging.format.nifti;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.precedent.imaging.format.nifti.NiftiHeader.Layout;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/**
 * Writes NIfTI. The same volume gives the same bytes, on every machine: no time, no name, no text.
 */
public final class NiftiWriter {
    private static final int LABEL_INTENT = 1002;

    private NiftiWriter() {}

    /**
     * A mask or label map on the grid of a NIfTI file: its dimensions, spacings, forms, codes and
     * units to the bit, in its version and byte order.
     *
     * @param labels of one volume, i fastest; unsigned, of 8 or 16 bits
     */
    public static byte[] mask(NiftiHeader source, StoredSamples labels) {
        byte[] header = bare(source);
        Layout layout = source.layout();
        ByteBuffer fields = ByteBuffer.wrap(header).order(source.order());
        int[] shape = source.shape();
        if (labels.count() != (long) shape[0] * shape[1] * shape[2]) {
            throw new IllegalArgumentException(labels.count() + " labels for another grid");
        }
        if (source.volumes() > 1) {
            putDim(fields, layout, 0, 3);
            for (int axis = 4; axis <= 7; axis++) {
                putDim(fields, layout, axis, 1);
            }
        }
        setType(fields, layout, NiftiType.of(unsigned(labels)));
        setRescale(fields, layout, Rescale.NONE);
        if (layout == Layout.ONE) {
            fields.putShort(68, (short) LABEL_INTENT);
        } else {
            fields.putInt(504, LABEL_INTENT);
        }
        return join(header, labels, source.order());
    }

    private static SampleType unsigned(StoredSamples labels) {
        if (labels.type() != SampleType.UINT8 && labels.type() != SampleType.UINT16) {
            throw new IllegalArgumentException(
                    "labels of " + labels.type().word() + ", expected uint8 or uint16");
        }
        return labels.type();
    }

    /**
     * The same volumes again: samples, rescale and geometry to the bit; no texts, no extensions.
     */
    public static byte[] image(NiftiImage image) {
        NiftiHeader source = image.header();
        byte[] header = bare(source);
        System.arraycopy(
                source.bytes(),
                source.layout().slope,
                header,
                source.layout().slope,
                source.layout() == Layout.ONE ? 8 : 16);
        return join(header, image.samples(), source.order());
    }

    /**
     * Samples on a grid that came from another format, as little-endian NIfTI-1. Where the grid
     * knows its orientation, sform and qform say the same; a sheared grid has only a sform.
     *
     * @param samples of one component, i fastest
     * @param label whether the samples are labels
     */
    public static byte[] volume(Grid grid, StoredSamples samples, Rescale rescale, boolean label) {
        if (samples.count() != grid.voxels()) {
            throw new IllegalArgumentException(samples.count() + " samples for " + grid);
        }
        byte[] header = new byte[Layout.ONE.size];
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        fields.putInt(0, Layout.ONE.size);
        putDim(fields, Layout.ONE, 0, 3);
        for (int axis = 1; axis <= 7; axis++) {
            putDim(fields, Layout.ONE, axis, axis <= 3 ? grid.size(axis - 1) : 1);
            double step = axis <= 3 ? grid.spacingMm()[axis - 1] : 1;
            fields.putFloat(Layout.ONE.pixdim + 4 * axis, (float) step);
        }
        fields.putFloat(Layout.ONE.pixdim, 1);
        fields.put(Layout.ONE.units, (byte) 2);
        setType(fields, Layout.ONE, NiftiType.of(samples.type()));
        setRescale(fields, Layout.ONE, rescale);
        fields.putFloat(Layout.ONE.voxOffset, Layout.ONE.size + 4);
        fields.putShort(68, (short) (label ? LABEL_INTENT : 0));
        header[344] = 'n';
        header[345] = '+';
        header[346] = '1';
        grid.affine().ifPresent(lps -> setForms(fields, lps.flipped()));
        return join(header, samples, ByteOrder.LITTLE_ENDIAN);
    }

    /** Gzipped without time or name, so that equal bytes stay equal. */
    public static byte[] gzip(byte[] file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(file.length / 2 + 64);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not in memory
        }
        return out.toByteArray();
    }

    /** A header's dimensions, type, spacings, forms and units; everything else is zero. */
    private static byte[] bare(NiftiHeader source) {
        Layout layout = source.layout();
        byte[] from = source.bytes();
        byte[] bare = new byte[layout.size];
        int width = layout == Layout.ONE ? 4 : 8;
        int code = layout == Layout.ONE ? 2 : 4;
        copy(from, bare, 0, 4);
        copy(from, bare, layout.dim, layout == Layout.ONE ? 16 : 64);
        copy(from, bare, layout.datatype, 4);
        copy(from, bare, layout.pixdim, 8 * width);
        copy(from, bare, layout.units, layout == Layout.ONE ? 1 : 4);
        copy(from, bare, layout.qformCode, code);
        copy(from, bare, layout.sformCode, code);
        copy(from, bare, layout.quatern, 6 * width);
        copy(from, bare, layout.srow, 12 * width);
        ByteBuffer fields = ByteBuffer.wrap(bare).order(source.order());
        if (layout == Layout.ONE) {
            fields.putFloat(layout.voxOffset, layout.size + 4);
            fields.put(344, "n+1\0".getBytes(StandardCharsets.US_ASCII));
        } else {
            fields.putLong(layout.voxOffset, layout.size + 4);
            fields.put(4, "n+2\0\r\n\032\n".getBytes(StandardCharsets.US_ASCII));
        }
        return bare;
    }

    private static void copy(byte[] from, byte[] to, int at, int length) {
        System.arraycopy(from, at, to, at, length);
    }

    private static void putDim(ByteBuffer fields, Layout layout, int index, int size) {
        if (layout == Layout.ONE) {
            if (size > Short.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "a side of " + size + " voxels does not fit NIfTI-1");
            }
            fields.putShort(layout.dim + 2 * index, (short) size);
        } else {
            fields.putLong(layout.dim + 8 * index, size);
        }
    }

    private static void setType(ByteBuffer fields, Layout layout, NiftiType type) {
        fields.putShort(layout.datatype, (short) type.code());
        fields.putShort(layout.bitpix, (short) type.bits());
    }

    private static void setRescale(ByteBuffer fields, Layout layout, Rescale rescale) {
        if (layout == Layout.ONE) {
            fields.putFloat(layout.slope, (float) rescale.slope());
            fields.putFloat(layout.inter, (float) rescale.intercept());
        } else {
            fields.putDouble(layout.slope, rescale.slope());
            fields.putDouble(layout.inter, rescale.intercept());
        }
    }

    private static void setForms(ByteBuffer fields, Affine ras) {
        fields.putShort(Layout.ONE.sformCode, (short) 1);
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 4; column++) {
                fields.putFloat(
                        Layout.ONE.srow + 4 * (4 * row + column), (float) ras.at(row, column));
            }
        }
        Quaternion.of(ras)
                .ifPresent(rotation -> {
                    fields.putShort(Layout.ONE.qformCode, (short) 1);
                    fields.putFloat(Layout.ONE.pixdim, rotation.mirrored() ? -1 : 1);
                    double[] numbers = {rotation.b(), rotation.c(), rotation.d()};
                    for (int i = 0; i < 3; i++) {
                        fields.putFloat(Layout.ONE.quatern + 4 * i, (float) numbers[i]);
                        fields.putFloat(Layout.ONE.quatern + 4 * (3 + i), (float) ras.column(3)[i]);
                    }
                });
    }

    private static byte[] join(byte[] header, StoredSamples samples, ByteOrder order) {
        byte[] block = samples.block();
        byte[] file = new byte[Math.addExact(header.length + 4, block.length)];
        System.arraycopy(header, 0, file, 0, header.length);
        if (order == ByteOrder.BIG_ENDIAN) {
            block = block.clone();
            StoredSamples.swap(block, samples.type().bytes());
        }
        System.arraycopy(block, 0, file, header.length + 4, block.length);
        return file;
    }
}
