package org.precedent.tensor;

import ai.djl.ndarray.NDManager;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The life of a network in libtorch's memory: its weights are there from the time it is read until
 * it is closed. Thread-safe. Closing waits for the pass that runs; none begins afterwards.
 */
public final class LoadedModel implements AutoCloseable {
    private final String name;
    private final Torch torch;
    private final NDManager weights;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param name of the network, for messages
     * @param torch where it runs; stays the caller's to close
     */
    public LoadedModel(String name, Torch torch) {
        this.name = name;
        this.torch = torch;
        this.weights = torch.newManager();
    }

    /** What the weights are created by. */
    public NDManager weights() {
        return weights;
    }

    /**
     * Returns when the network can be asked.
     *
     * @throws IllegalStateException when it is closed
     */
    public void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException(name + " is closed");
        }
    }

    /** How many arrays the weights hold, for leak tests. */
    public int arrays() {
        return weights.getManagedArrays().size();
    }

    /** Frees the weights; a second time does nothing. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            torch.release(weights);
        }
    }
}
