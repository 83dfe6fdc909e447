package org.precedent.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.Consumer;

/**
 * Memory outside Java's heap for an array's values, written where libtorch reads them and used
 * again for the next array. Not thread-safe: one for each thread and purpose.
 */
public final class DirectValues {
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);

    /**
     * An array of values that are written in order.
     *
     * @param write is given room for them
     * @return float32, attached to {@code manager}; it holds these values until the next call
     */
    public NDArray array(NDManager manager, Shape shape, Consumer<FloatBuffer> write) {
        int bytes = Math.toIntExact(Float.BYTES * shape.size());
        if (memory.capacity() < bytes) {
            memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
        ByteBuffer values = memory.slice(0, bytes).order(ByteOrder.nativeOrder());
        write.accept(values.asFloatBuffer());
        return manager.create(values, shape, DataType.FLOAT32);
    }
}
