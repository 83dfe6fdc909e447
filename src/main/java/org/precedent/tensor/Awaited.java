package org.precedent.tensor;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Waits for work on another thread as if it were done on this one. */
final class Awaited {
    private Awaited() {}

    /**
     * What the work gives; what it throws is thrown here.
     *
     * @throws TensorException INTERRUPTED
     */
    static <T> T of(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            // Work that runs is not stopped half way: its arrays are released when it ends.
            future.cancel(false);
            Thread.currentThread().interrupt();
            throw TensorException.interrupted(e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (CancellationException e) {
            throw new IllegalStateException(e);
        }
    }
}
