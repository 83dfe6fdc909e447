package org.precedent.imaging.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.nifti.NiftiWriter;

/** Small sound volumes, byte by byte. */
final class VolumeSamples {
    private static final int VOXELS = 5 * 4 * 3;

    private VolumeSamples() {}

    /** NIfTI-1 of 5 x 4 x 3 numbers of 16 bits with an affine. */
    static byte[] nifti() {
        ByteBuffer out = ByteBuffer.allocate(352 + 2 * VOXELS).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0, 348);
        int[] dim = {3, 5, 4, 3, 1, 1, 1, 1};
        float[] srow = {-2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30};
        for (int i = 0; i < 8; i++) {
            out.putShort(40 + 2 * i, (short) dim[i]).putFloat(76 + 4 * i, i < 4 ? i : 0);
        }
        for (int i = 0; i < 12; i++) {
            out.putFloat(280 + 4 * i, srow[i]);
        }
        out.put(344, "n+1\0".getBytes(StandardCharsets.ISO_8859_1));
        out.putShort(70, (short) 4).putShort(72, (short) 16);
        out.putFloat(108, 352).putFloat(112, 2).putShort(254, (short) 1);
        out.put(123, (byte) 2);
        for (int i = 0; i < VOXELS; i++) {
            out.putShort(352 + 2 * i, (short) (300 * i));
        }
        return out.array();
    }

    static byte[] niftiGzip() {
        return NiftiWriter.gzip(nifti());
    }

    /** NRRD of the same shape; segments are named as 3D Slicer does. */
    static byte[] nrrd(String encoding) {
        byte[] header =
                ("NRRD0004\ntype: int16\ndimension: 3\nsizes: 5 4 3\nendian: little\nencoding: "
                                + encoding
                                + "\nspace: left-posterior-superior\n"
                                + "space directions: (2,0,0) (0,3,0) (0,0,4)\n"
                                + "space origin: (-5,6,7)\n"
                                + "Segment0_ID:=liver\nSegment0_Name:=liver\n"
                                + "Segment0_LabelValue:=1\nSegment0_Layer:=0\n\n")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] body;
        if (encoding.equals("ascii")) {
            body = "1 0 -7 300 ".repeat(VOXELS / 4).getBytes(StandardCharsets.US_ASCII);
        } else {
            body = new byte[2 * VOXELS];
            for (int i = 0; i < VOXELS; i++) {
                body[2 * i] = (byte) (i % 3);
            }
        }
        byte[] data = encoding.equals("gzip") ? NiftiWriter.gzip(body) : body;
        return ByteBuffer.allocate(header.length + data.length).put(header).put(data).array();
    }

    /** A DICOM slice of 6 x 4 pixels with its place. */
    static byte[] slice(String syntax) {
        int[] samples = new int[24];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = 100 * i;
        }
        return DicomBytes.image(syntax, 4, 6, 16, 12, false)
                .place(1, 2, 3, .5, .5)
                .pixels(16, samples)
                .file();
    }
}
