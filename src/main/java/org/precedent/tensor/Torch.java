package org.precedent.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The one place where libtorch runs. There are two ways in:
 *
 * <ul>
 *   <li>{@link #call(Function)}: a single thread that takes callers in the order in which they
 *       came. One forward pass at a time keeps memory to one working set; the pass itself runs on
 *       {@link Threads#intraOp} threads inside libtorch, on whose number its bits depend.
 *   <li>{@link #each}: independent work side by side, each piece on one thread, without any inside
 *       libtorch. Its bits are the same however many threads there are. For small arrays, of which
 *       libtorch's threads would spend more time waiting for each other than working.
 * </ul>
 *
 * <p>Threads of their own, and not a lock, because OpenMP keeps a team of threads, and malloc an
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

    /** Where arrays lie and operations run. */
    public enum Processor {
        CPU,
        CUDA;

        /**
         * Reads it as people write it, {@code cpu} or {@code cuda}.
         *
         * @throws TensorException when it is neither
         */
        public static Processor of(String word) {
            return switch (word.toLowerCase(Locale.ROOT)) {
                case "cpu" -> CPU;
                case "cuda" -> CUDA;
                default -> throw TensorException.unknownDevice(word);
            };
        }

        private Device device() {
            return this == CPU ? Device.cpu() : Device.gpu();
        }
    }

    /** Whether the process has been given its threads between operations: they are set once. */
    private static boolean interOpSet;

    private final ExecutorService thread;

    /** Of {@link #each}; {@link #thread} itself on a device that has one queue of work. */
    private final ExecutorService lanes;

    private final int width;
    private final int threads;

    /** Held shared by {@link #each}, alone by {@link #release}. */
    private final ReadWriteLock weightsInUse = new ReentrantReadWriteLock();

    private final NDManager root;

    private Torch(
            ExecutorService thread, ExecutorService lanes, int width, int threads, NDManager root) {
        this.thread = thread;
        this.lanes = lanes;
        this.width = width;
        this.threads = threads;
        this.root = root;
    }

    /**
     * Loads libtorch, from its Maven jar or the place that the environment names, never from the
     * network; runs on the CPU.
     *
     * @throws TensorException when the native library does not load
     */
    public static Torch start(Threads threads) {
        return start(threads, Processor.CPU);
    }

    /**
     * As {@link #start(Threads)}.
     *
     * @throws TensorException when the native library does not load or has no such device
     */
    public static Torch start(Threads threads, Processor processor) {
        ExecutorService executor = Executors.newSingleThreadExecutor(daemons("libtorch", () -> {}));
        int width = processor == Processor.CPU ? threads.intraOp() : 1;
        ExecutorService lanes = executor;
        try {
            NDManager root = Awaited.of(executor.submit(() -> open(threads, processor)));
            if (processor == Processor.CPU) {
                lanes = lanes(width);
                // What the lanes set holds for each of them, but also for threads yet to come.
                Awaited.of(executor.submit(() -> useThreads(threads.intraOp())));
            }
            return new Torch(executor, lanes, width, threads.intraOp(), root);
        } catch (RuntimeException e) {
            lanes.shutdown();
            executor.shutdown();
            throw e;
        }
    }

    /**
     * Sets how many threads libtorch uses for operations of the calling thread. A thread that asks
     * libtorch for the first time takes what was set last by any other, which would undo what it
     * set itself before: so it asks first.
     */
    private static void useThreads(int count) {
        JniUtils.getNumThreads();
        JniUtils.setNumThreads(count);
    }

    /** Threads on which libtorch uses no other ones. */
    private static ExecutorService lanes(int width) {
        CountDownLatch started = new CountDownLatch(width);
        ThreadPoolExecutor lanes =
                new ThreadPoolExecutor(
                        width,
                        width,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        daemons(
                                "libtorch lane",
                                () -> {
                                    useThreads(1);
                                    started.countDown();
                                }));
        lanes.prestartAllCoreThreads();
        try {
            started.await();
        } catch (InterruptedException e) {
            lanes.shutdown();
            Thread.currentThread().interrupt();
            throw TensorException.interrupted(e);
        }
        return lanes;
    }

    private static ThreadFactory daemons(String name, Runnable first) {
        return task -> {
            Thread thread =
                    new Thread(
                            () -> {
                                first.run();
                                task.run();
                            },
                            name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private static NDManager open(Threads threads, Processor processor) {
        NativeLibrary.require(NativeLibrary::setting);
        // DJL fetches missing natives, and sends usage statistics, unless it is told to be offline.
        if (System.getenv("DJL_OFFLINE") == null && System.getProperty("DJL_OFFLINE") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        System.setProperty("OPT_OUT_TRACKING", "true");
        try {
            Engine engine = Engine.getEngine("PyTorch");
            NativeLog.errorsOnly(Path.of(LibUtils.getLibtorchPath()));
            setInterOp(threads.interOp());
            useThreads(threads.intraOp());
            return onDevice(engine, processor);
        } catch (EngineException | LinkageError | IllegalArgumentException e) {
            throw TensorException.nativeLibrary(root(e).toString(), e);
        }
    }

    private static NDManager onDevice(Engine engine, Processor processor) {
        NDManager manager = engine.newBaseManager(processor.device());
        // Whether the device is there shows at its first array.
        try (NDArray one = manager.ones(new Shape(1))) {
            one.toFloatArray();
            return manager;
        } catch (EngineException e) {
            manager.close();
            throw TensorException.noDevice(processor, root(e).getMessage(), e);
        }
    }

    private static Throwable root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static synchronized void setInterOp(int threads) {
        int current = JniUtils.getNumInteropThreads();
        if (current == threads && interOpSet) {
            return;
        }
        try {
            JniUtils.setNumInteropThreads(threads);
        } catch (EngineException e) {
            // Another class loader's Torch may have set them.
            if (current != threads) {
                throw new IllegalStateException(
                        "libtorch already runs with "
                                + current
                                + " inter-op threads, which cannot become "
                                + threads
                                + " in the same process",
                        e);
            }
        }
        interOpSet = true;
    }

    /**
     * Runs work on libtorch's thread, after everything that came before it. All arrays that the
     * work leaves attached to its manager are released when it ends.
     *
     * @throws TensorException OUT_OF_MEMORY when memory does not suffice, of the device or for
     *     Java's arrays and buffers; libtorch goes on to serve the next call
     */
    public <T> T call(Function<NDManager, T> work) {
        try {
            return Awaited.of(thread.submit(() -> run(work)));
        } catch (TensorException e) {
            // What other work has freed a CUDA device keeps, in pieces that may be too small.
            if (e.code() != TensorException.Code.OUT_OF_MEMORY || onCpu()) {
                throw e;
            }
            Awaited.of(
                    thread.submit(() ->
                            run(scratch -> {
                                JniUtils.emptyCudaCache();
                                return true;
                            })));
            return Awaited.of(thread.submit(() -> run(work)));
        }
    }

    private <T> T run(Function<NDManager, T> work) {
        return Passes.OF_PROCESS.inside(() -> scratched(work));
    }

    private <T> T scratched(Function<NDManager, T> work) {
        try (NDManager scratch = root.newSubManager()) {
            return work.apply(scratch);
        } catch (EngineException | OutOfMemoryError e) {
            if (isOutOfMemory(e)) {
                throw TensorException.outOfMemory(root(e).getMessage(), e);
            }
            throw e;
        }
    }

    /**
     * Runs independent pieces of work, as many at a time as there are threads, and waits for all of
     * them. Each runs on one thread alone, and so its bits depend neither on how many there are nor
     * on what runs beside it. All arrays that a piece leaves attached to its manager are released
     * when it ends. On a device other than the CPU they run one after the other.
     *
     * @return what they gave, in their order
     * @throws TensorException OUT_OF_MEMORY as {@link #call(Function)}; of several failures the
     *     first one is thrown, when all work has ended
     */
    public <T> List<T> each(List<Function<NDManager, T>> works) {
        weightsInUse.readLock().lock();
        try {
            return sideBySide(works);
        } finally {
            weightsInUse.readLock().unlock();
        }
    }

    private <T> List<T> sideBySide(List<Function<NDManager, T>> works) {
        List<Future<T>> running = new ArrayList<>();
        works.forEach(work -> running.add(lanes.submit(() -> run(work))));
        List<T> results = new ArrayList<>();
        RuntimeException failure = null;
        for (Future<T> future : running) {
            try {
                results.add(Awaited.of(future));
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    /**
     * As {@link #each(List)}, of work that can do with smaller arrays: a piece for which memory
     * does not suffice is tried again by itself, as {@link #call(long, long, BiFunction)} does.
     *
     * @param arrayBytes what one array may take at first
     * @param work is given what one array may take
     */
    public <T> List<T> each(
            long arrayBytes, long least, List<BiFunction<NDManager, Long, T>> works) {
        List<Function<NDManager, Optional<T>>> first = new ArrayList<>();
        for (BiFunction<NDManager, Long, T> work : works) {
            first.add(scratch -> {
                try {
                    return Optional.of(work.apply(scratch, arrayBytes));
                } catch (EngineException | OutOfMemoryError e) {
                    if (isOutOfMemory(e) && arrayBytes / 4 >= least) {
                        return Optional.empty();
                    }
                    throw e;
                }
            });
        }
        List<Optional<T>> found = each(first);
        List<T> results = new ArrayList<>();
        for (int i = 0; i < works.size(); i++) {
            BiFunction<NDManager, Long, T> work = works.get(i);
            results.add(
                    found.get(i)
                            .orElseGet(() -> smaller(arrayBytes / 4, least, this::alone, work)));
        }
        return results;
    }

    private <T> T smaller(
            long arrayBytes,
            long least,
            Function<Function<NDManager, T>, T> call,
            BiFunction<NDManager, Long, T> work) {
        for (long bytes = arrayBytes; ; bytes /= 4) {
            long allowed = bytes;
            try {
                return call.apply(scratch -> work.apply(scratch, allowed));
            } catch (TensorException e) {
                if (e.code() != TensorException.Code.OUT_OF_MEMORY || bytes / 4 < least) {
                    throw e;
                }
                emptyCache();
            }
        }
    }

    /** As {@link #each}, of one. */
    public <T> T alone(Function<NDManager, T> work) {
        return each(List.of(work)).getFirst();
    }

    /** Device and precision of {@link #each}, all that its bits depend on beside the work. */
    public String lane() {
        return onCpu() ? "cpu float32" : "cuda float32";
    }

    /** As {@link #lane}, of {@link #call(Function)}: on the CPU also its threads. */
    public String description() {
        return onCpu() ? lane() + " " + threads + " threads" : lane();
    }

    /** How many pieces of work {@link #each} runs at a time. */
    public int width() {
        return width;
    }

    /** Whether arrays lie on the CPU. */
    public boolean onCpu() {
        return !root.getDevice().isGpu();
    }

    /**
     * As {@link #call(Function)}, of work that can do with smaller arrays: when memory does not
     * suffice it is tried again with a quarter, as long as that is not less than {@code least}.
     *
     * @param arrayBytes what one array may take at first
     * @param work is given what one array may take
     */
    public <T> T call(long arrayBytes, long least, BiFunction<NDManager, Long, T> work) {
        return smaller(arrayBytes, least, this::call, work);
    }

    /** Gives freed memory of a CUDA device back, so that larger pieces can be had. */
    private void emptyCache() {
        if (root.getDevice().isGpu()) {
            call(scratch -> {
                JniUtils.emptyCudaCache();
                return true;
            });
        }
    }

    /** Whether memory did not suffice, as libtorch and the Java runtime word it. */
    public static boolean isOutOfMemory(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (cause instanceof OutOfMemoryError
                    || message.contains("out of memory")
                    || message.contains("not enough memory")
                    || message.contains("can't allocate memory")
                    || message.contains("bad_alloc")) {
                return true;
            }
        }
        return false;
    }

    /** A manager that lives until its owner closes it, for weights. */
    public NDManager newManager() {
        return root.newSubManager();
    }

    /** Closes a manager of {@link #newManager} when work under way has ended. */
    public void release(NDManager manager) {
        // Once the thread is gone the root has closed all its managers.
        if (!thread.isShutdown()) {
            weightsInUse.writeLock().lock();
            try {
                call(scratch -> {
                    manager.close();
                    return true;
                });
            } finally {
                weightsInUse.writeLock().unlock();
            }
        }
    }

    /** Arrays alive, those of weights among them, for leak tests. */
    public int liveArrays() {
        return root.getManagedArrays().size();
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
        if (lanes != thread) {
            lanes.shutdown();
            try {
                lanes.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        Awaited.of(thread.submit(release));
        thread.shutdown();
    }
}
