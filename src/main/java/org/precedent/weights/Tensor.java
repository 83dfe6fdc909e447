package org.precedent.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * An array of float32 numbers: of a file (widened where it holds others), or of an encoding. The
 * arrays are handed over at construction and never written again.
 *
 * @param shape every extent >= 0; empty for a single number
 * @param values row-major, as many as the shape says
 */
public record Tensor(long[] shape, float[] values) {
    public Tensor {
        if (elements(shape) != values.length) {
            throw new IllegalArgumentException(
                    values.length + " values for shape " + Arrays.toString(shape));
        }
    }

    /**
     * The number of elements of a shape.
     *
     * @throws ArithmeticException when it, or an extent, is beyond what a long holds or negative
     */
    public static long elements(long[] shape) {
        long elements = 1;
        for (long extent : shape) {
            if (extent < 0) {
                throw new ArithmeticException("negative extent in " + Arrays.toString(shape));
            }
            elements = Math.multiplyExact(elements, extent);
        }
        return elements;
    }

    public boolean hasShape(long... expected) {
        return Arrays.equals(shape, expected);
    }

    /** The values as files hold them: a new array-backed buffer. */
    public ByteBuffer littleEndian() {
        ByteBuffer bytes =
                ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    @Override
    public String toString() {
        return "Tensor" + Arrays.toString(shape);
    }
}
