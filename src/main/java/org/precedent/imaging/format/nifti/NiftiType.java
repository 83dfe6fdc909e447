package org.precedent.imaging.format.nifti;

import java.util.Arrays;
import java.util.Optional;
import org.precedent.imaging.volume.SampleType;

/** The data types of NIfTI that are read. */
enum NiftiType {
    UINT8(2, SampleType.UINT8, 1),
    INT16(4, SampleType.INT16, 1),
    INT32(8, SampleType.INT32, 1),
    FLOAT32(16, SampleType.FLOAT32, 1),
    FLOAT64(64, SampleType.FLOAT64, 1),
    RGB24(128, SampleType.UINT8, 3),
    INT8(256, SampleType.INT8, 1),
    UINT16(512, SampleType.UINT16, 1),
    UINT32(768, SampleType.UINT32, 1),
    INT64(1024, SampleType.INT64, 1),
    UINT64(1280, SampleType.UINT64, 1),
    RGBA32(2304, SampleType.UINT8, 4);

    private final int code;
    private final SampleType sample;
    private final int components;

    NiftiType(int code, SampleType sample, int components) {
        this.code = code;
        this.sample = sample;
        this.components = components;
    }

    int code() {
        return code;
    }

    SampleType sample() {
        return sample;
    }

    int components() {
        return components;
    }

    /** The bits of a voxel. */
    int bits() {
        return 8 * sample.bytes() * components;
    }

    static Optional<NiftiType> ofCode(int code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }

    /** The type of samples of one component. */
    static NiftiType of(SampleType sample) {
        return Arrays.stream(values())
                .filter(type -> type.sample == sample && type.components == 1)
                .findFirst()
                .orElseThrow();
    }

    /** What a code that is not read stands for. */
    static String nameOf(int code) {
        return switch (code) {
            case 0 -> "unknown";
            case 1 -> "single bits";
            case 32, 1792, 2048 -> "complex numbers";
            case 1536 -> "128-bit floating point";
            default -> "no type of NIfTI";
        };
    }
}
