package org.precedent.imaging.volume;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Samples exactly as a file stores them, in one block of little-endian bytes. The block is handed
 * over at construction and never written again.
 */
public final class StoredSamples {
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final SampleType type;
    private final byte[] block;
    private final int count;

    /**
     * @param block the samples one after another, little-endian; handed over
     * @throws IllegalArgumentException when the block holds no whole number of samples
     */
    public StoredSamples(SampleType type, byte[] block) {
        if (block.length % type.bytes() != 0) {
            throw new IllegalArgumentException(
                    block.length + " bytes are no whole number of " + type.word() + " samples");
        }
        this.type = type;
        this.block = block;
        this.count = block.length / type.bytes();
    }

    /**
     * Integer samples of a type.
     *
     * @param values each within the type's range, else its high bits are lost
     */
    public static StoredSamples of(SampleType type, int[] values) {
        byte[] block = new byte[Math.multiplyExact(values.length, type.bytes())];
        for (int i = 0; i < values.length; i++) {
            put(type, block, i, values[i]);
        }
        return new StoredSamples(type, block);
    }

    /** Writes one sample into a block that is being filled; real types take the number. */
    public static void put(SampleType type, byte[] block, int index, long value) {
        switch (type) {
            case UINT8, INT8 -> block[index] = (byte) value;
            case UINT16, INT16 -> SHORTS.set(block, 2 * index, (short) value);
            case UINT32, INT32 -> INTS.set(block, 4 * index, (int) value);
            case UINT64, INT64 -> LONGS.set(block, 8 * index, value);
            case FLOAT32 -> INTS.set(block, 4 * index, Float.floatToRawIntBits(value));
            case FLOAT64 -> LONGS.set(block, 8 * index, Double.doubleToRawLongBits(value));
        }
    }

    /** Writes one sample of a real type into a block that is being filled, to the bit. */
    static void putReal(SampleType type, byte[] block, int index, double value) {
        switch (type) {
            case FLOAT32 -> INTS.set(block, 4 * index, Float.floatToIntBits((float) value));
            case FLOAT64 -> LONGS.set(block, 8 * index, Double.doubleToLongBits(value));
            default -> throw new IllegalArgumentException(type.word() + " is no real type");
        }
    }

    /**
     * Turns a big-endian block into a little-endian one, in place.
     *
     * @param bytes of one sample: 1, 2, 4 or 8
     */
    public static void swap(byte[] block, int bytes) {
        switch (bytes) {
            case 1 -> {}
            case 2 -> {
                for (int at = 0; at + 2 <= block.length; at += 2) {
                    SHORTS.set(block, at, Short.reverseBytes((short) SHORTS.get(block, at)));
                }
            }
            case 4 -> {
                for (int at = 0; at + 4 <= block.length; at += 4) {
                    INTS.set(block, at, Integer.reverseBytes((int) INTS.get(block, at)));
                }
            }
            case 8 -> {
                for (int at = 0; at + 8 <= block.length; at += 8) {
                    LONGS.set(block, at, Long.reverseBytes((long) LONGS.get(block, at)));
                }
            }
            default -> throw new IllegalArgumentException(bytes + " bytes a sample");
        }
    }

    public SampleType type() {
        return type;
    }

    /** How many samples there are. */
    public int count() {
        return count;
    }

    /** The samples as little-endian bytes; read only, not a copy. */
    public byte[] block() {
        return block;
    }

    /** An integer sample; unsigned ones of 64 bits above 2^63 come out negative. */
    public long integer(int index) {
        return switch (type) {
            case UINT8 -> block[index] & 0xff;
            case INT8 -> block[index];
            case UINT16 -> (short) SHORTS.get(block, 2 * index) & 0xffff;
            case INT16 -> (short) SHORTS.get(block, 2 * index);
            case UINT32 -> (int) INTS.get(block, 4 * index) & 0xffff_ffffL;
            case INT32 -> (int) INTS.get(block, 4 * index);
            case UINT64, INT64 -> (long) LONGS.get(block, 8 * index);
            case FLOAT32, FLOAT64 -> (long) real(index);
        };
    }

    /** Any sample as a number; integers of 64 bits are rounded to what a double holds. */
    public double real(int index) {
        return switch (type) {
            case FLOAT32 -> Float.intBitsToFloat((int) INTS.get(block, 4 * index));
            case FLOAT64 -> Double.longBitsToDouble((long) LONGS.get(block, 8 * index));
            case UINT64 -> {
                long bits = integer(index);
                // The halved number keeps its last bit, so that rounding happens once.
                yield bits >= 0 ? bits : (double) ((bits >>> 1) | (bits & 1)) * 2;
            }
            default -> integer(index);
        };
    }

    /** A run of samples as a block of its own. */
    public StoredSamples part(int first, int length) {
        int from = Math.multiplyExact(first, type.bytes());
        return new StoredSamples(
                type, Arrays.copyOfRange(block, from, from + length * type.bytes()));
    }
}
