package org.precedent.imaging.volume;

import java.util.Locale;

/** How one stored sample is encoded. */
public enum SampleType {
    UINT8(1, false, false),
    INT8(1, true, false),
    UINT16(2, false, false),
    INT16(2, true, false),
    UINT32(4, false, false),
    INT32(4, true, false),
    UINT64(8, false, false),
    INT64(8, true, false),
    FLOAT32(4, true, true),
    FLOAT64(8, true, true);

    private final int bytes;
    private final boolean signed;
    private final boolean real;

    SampleType(int bytes, boolean signed, boolean real) {
        this.bytes = bytes;
        this.signed = signed;
        this.real = real;
    }

    /** Bytes of one sample. */
    public int bytes() {
        return bytes;
    }

    /** Whether samples can be negative. */
    public boolean signed() {
        return signed;
    }

    /** Whether samples are floating-point numbers. */
    public boolean real() {
        return real;
    }

    /** The name that files and messages use: {@code uint8}, {@code float32}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The narrowest integer type for samples of so many bits.
     *
     * @param bits from 1 to 32
     */
    public static SampleType ofBits(int bits, boolean signed) {
        if (bits < 1 || bits > 32) {
            throw new IllegalArgumentException(bits + " bits a sample, expected 1 to 32");
        }
        if (bits <= 8) {
            return signed ? INT8 : UINT8;
        }
        if (bits <= 16) {
            return signed ? INT16 : UINT16;
        }
        return signed ? INT32 : UINT32;
    }
}
