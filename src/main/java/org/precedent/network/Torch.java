package org.precedent.network;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * The one place where libtorch runs: a single thread that takes callers in the order in which they
 * came. One forward pass at a time keeps memory to one working set; the pass itself runs on {@link
 * Threads#intraOp} threads inside libtorch.
 *
 * <p>A thread of its own, and not a lock, because OpenMP keeps a team of threads, and malloc an
 * arena of freed memory, for every thread that ever called in: with a pool of request threads both
 * would be multiplied by the pool.
 */
public final class Torch implements AutoCloseable {

    /**
     * How many threads libtorch uses. The setting holds for the whole process.
     *
     * @param intraOp threads inside one operation, >= 1; the number of cores is a good choice
     * @param interOp threads between independent operations, >= 1; eager code never uses more than
     *     1
     */
    public record Threads(int intraOp, int interOp) {
        public Threads {
            if (intraOp < 1 || interOp < 1) {
                throw new IllegalArgumentException(
                        "threads " + intraOp + " within and " + interOp + " between, each >= 1");
            }
        }

        /** One thread a core inside operations, none between them. */
        public static Threads ofCores() {
            return new Threads(Runtime.getRuntime().availableProcessors(), 1);
        }
    }

    private final ExecutorService thread;
    private final NDManager root;

    private Torch(ExecutorService thread, NDManager root) {
        this.thread = thread;
        this.root = root;
    }

    /**
     * Loads libtorch from its Maven jar, never from the network.
     *
     * @throws NetworkException when the native library does not load
     */
    public static Torch start(Threads threads) {
        ExecutorService executor =
                Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(task, "libtorch");
                    thread.setDaemon(true);
                    return thread;
                });
        try {
            return new Torch(executor, await(executor.submit(() -> open(threads))));
        } catch (RuntimeException e) {
            executor.shutdown();
            throw e;
        }
    }

    private static NDManager open(Threads threads) {
        // DJL fetches missing natives, and sends usage statistics, unless it is told to be offline.
        if (System.getenv("DJL_OFFLINE") == null && System.getProperty("DJL_OFFLINE") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        System.setProperty("OPT_OUT_TRACKING", "true");
        try {
            Engine engine = Engine.getEngine("PyTorch");
            setInterOp(threads.interOp());
            JniUtils.setNumThreads(threads.intraOp());
            return engine.newBaseManager(Device.cpu());
        } catch (EngineException | LinkageError | IllegalArgumentException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw NetworkException.nativeLibrary(root.toString(), e);
        }
    }

    private static void setInterOp(int threads) {
        int current = JniUtils.getNumInteropThreads();
        if (current == threads) {
            return;
        }
        try {
            JniUtils.setNumInteropThreads(threads);
        } catch (EngineException e) {
            throw new IllegalStateException(
                    "libtorch already runs with "
                            + current
                            + " inter-op threads, which cannot become "
                            + threads
                            + " in the same process",
                    e);
        }
    }

    /**
     * Runs work on libtorch's thread, after everything that came before it. All arrays that the
     * work leaves attached to its manager are released when it ends.
     */
    <T> T call(Function<NDManager, T> work) {
        return await(
                thread.submit(() -> {
                    try (NDManager scratch = root.newSubManager()) {
                        return work.apply(scratch);
                    }
                }));
    }

    /** A manager that lives until its owner closes it, for weights. */
    NDManager newManager() {
        return root.newSubManager();
    }

    /** Closes a manager of {@link #newManager} when work under way has ended. */
    void release(NDManager manager) {
        // Once the thread is gone the root has closed all its managers.
        if (!thread.isShutdown()) {
            call(scratch -> {
                manager.close();
                return true;
            });
        }
    }

    /** Arrays attached to the root itself, where none belong, for leak tests. */
    int liveArrays() {
        return root.getManagedArrays().size();
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            // Work that runs is not stopped half way: its arrays are released when it ends.
            future.cancel(false);
            Thread.currentThread().interrupt();
            throw NetworkException.interrupted(e);
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

    /** Waits for work under way, then releases everything. */
    @Override
    public void close() {
        if (thread.isShutdown()) {
            return;
        }
        Callable<Boolean> release =
                () -> {
                    root.close();
                    return true;
                };
        await(thread.submit(release));
        thread.shutdown();
    }
}
