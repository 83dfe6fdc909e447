package org.precedent.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The number types that files hold, and how each becomes a float32. All little-endian. */
enum ElementType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    BOOL(1);

    /** Bytes of one element. */
    final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * The element at a byte position. Integers beyond 2^24 and doubles are rounded to the nearest
     * float; every other type is exact.
     */
    float read(ByteBuffer little, int position) {
        return switch (this) {
            case F64 -> (float) little.getDouble(position);
            case F32 -> little.getFloat(position);
            case F16 -> Float.float16ToFloat(little.getShort(position));
            case BF16 -> Float.intBitsToFloat(little.getShort(position) << 16);
            case I64 -> little.getLong(position);
            case I32 -> little.getInt(position);
            case I16 -> little.getShort(position);
            case I8 -> little.get(position);
            case U8 -> little.get(position) & 0xff;
            case BOOL -> little.get(position) == 0 ? 0 : 1;
        };
    }

    /**
     * {@code count} elements from a byte position on, which the caller has checked to be inside.
     */
    float[] readAll(ByteBuffer little, int position, int count) {
        float[] values = new float[count];
        if (this == F32) {
            little.slice(position, 4 * count)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values);
            return values;
        }
        for (int i = 0; i < count; i++) {
            values[i] = read(little, position + i * bytes);
        }
        return values;
    }
}
