package org.precedent.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.tensor.TensorException;
import org.precedent.tensor.Torch;

/**
 * A network behind which queries queue for the device: those that wait at the same time are handed
 * on together, as many as the network gains from and memory allows, and one alone never waits for
 * company. What a query is answered does not depend on whom it came with: a batch that fails is
 * taken apart, down to single queries, and each fails, or does not, by itself. Memory that does not
 * suffice is a refusal ({@link TensorException.Code#OUT_OF_MEMORY}), never the end of the process:
 * what needs more than there can be is refused before it is tried.
 *
 * <p>Callers line up at one fair lock. Who gets it runs batches from the head of the queue until
 * its own query is among them; the others find their answers when their turn comes.
 */
public final class BatchingNetwork extends ForwardingNetwork {
    private final int largest;
    private final long memory;

    /** Held while the network runs. */
    private final ReentrantLock device;

    /** Queries that no batch has taken yet; its own monitor guards it. */
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** One query; answer and failure are set and read with the device held. */
    private static final class Waiting {
        final Episode episode;
        final long bytes;
        @Nullable Prediction answer;
        @Nullable RuntimeException failure;

        Waiting(Episode episode, long bytes) {
            this.episode = episode;
            this.bytes = bytes;
        }
    }

    /**
     * @param network closed with this one
     * @param largest queries of a batch at most, >= 1; the network may gain from fewer
     * @param memory bytes that a batch may work with, by {@link #cost}
     */
    public BatchingNetwork(SegmentationNetwork network, int largest, long memory) {
        this(network, largest, memory, new ReentrantLock(true));
    }

    private BatchingNetwork(
            SegmentationNetwork network, int largest, long memory, ReentrantLock device) {
        super(network);
        if (largest < 1) {
            throw new IllegalArgumentException("batch of " + largest + ", must be 1 or more");
        }
        this.largest = Math.min(largest, network.batch());
        this.memory = memory;
        this.device = device;
    }

    /** Waits for the device as this one does, in a queue of its own. */
    @Override
    public SegmentationNetwork singlePass() {
        SegmentationNetwork once = network.singlePass();
        return once == network ? this : new BatchingNetwork(once, largest, memory, device);
    }

    /**
     * @throws NetworkException as the network does; OUT_OF_MEMORY; MEMORY_LIMIT when an episode
     *     alone needs more than a batch may
     */
    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        List<Waiting> own = new ArrayList<>();
        for (Episode episode : episodes) {
            long bytes = workingBytes(episode);
            if (bytes > memory) {
                throw NetworkException.memoryLimit(bytes, memory);
            }
            own.add(new Waiting(episode, bytes));
        }
        synchronized (waiting) {
            waiting.addAll(own);
        }
        try {
            device.lockInterruptibly();
        } catch (InterruptedException e) {
            forget(own);
            Thread.currentThread().interrupt();
            throw TensorException.interrupted(e);
        }
        try {
            List<Prediction> answers = new ArrayList<>();
            for (Waiting query : own) {
                while (query.answer == null && query.failure == null) {
                    run(nextBatch());
                }
                if (query.failure != null) {
                    throw query.failure;
                }
                answers.add(query.answer);
            }
            return answers;
        } finally {
            forget(own);
            device.unlock();
        }
    }

    /**
     * Another network before the same device: the two never run at the same time, so that memory is
     * taken by one of them alone.
     *
     * @param other closed with the one returned
     */
    public BatchingNetwork beside(SegmentationNetwork other) {
        return new BatchingNetwork(other, largest, memory, device);
    }

    private long workingBytes(Episode episode) {
        int k = 1;
        for (Episode.LabelContext label : episode.labels()) {
            k = Math.max(k, label.supports().size());
        }
        return network.cost(k, episode.height(), episode.width(), episode.labels().size())
                .workingBytes();
    }

    private void forget(List<Waiting> own) {
        synchronized (waiting) {
            waiting.removeAll(own);
        }
    }

    /** The head of the queue and those right behind it that may go with it. */
    private List<Waiting> nextBatch() {
        List<Waiting> batch = new ArrayList<>();
        synchronized (waiting) {
            long bytes = 0;
            while (!waiting.isEmpty() && batch.size() < largest) {
                Waiting next = waiting.getFirst();
                bytes += next.bytes;
                if (!batch.isEmpty() && (bytes > memory || !sameSize(batch.getFirst(), next))) {
                    break;
                }
                batch.add(waiting.removeFirst());
            }
        }
        return batch;
    }

    private static boolean sameSize(Waiting a, Waiting b) {
        return a.episode.height() == b.episode.height() && a.episode.width() == b.episode.width();
    }

    private void run(List<Waiting> batch) {
        try {
            attempt(batch);
        } finally {
            // Without an answer only where this thread alone is at fault: another one's turn comes.
            synchronized (waiting) {
                batch.reversed().stream()
                        .filter(query -> query.answer == null && query.failure == null)
                        .forEach(waiting::addFirst);
            }
        }
    }

    private void attempt(List<Waiting> batch) {
        try {
            List<Prediction> answers =
                    network.segment(batch.stream().map(query -> query.episode).toList());
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).answer = answers.get(i);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            if (e instanceof TensorException refusal
                    && refusal.code() == TensorException.Code.INTERRUPTED) {
                throw refusal;
            }
            if (batch.size() > 1) {
                int half = batch.size() / 2;
                attempt(batch.subList(0, half));
                attempt(batch.subList(half, batch.size()));
            } else {
                batch.getFirst().failure = refusal(e);
            }
        }
    }

    private static RuntimeException refusal(Throwable e) {
        if (Torch.isOutOfMemory(e) && !(e instanceof DomainException)) {
            return TensorException.outOfMemory(e.getMessage(), e);
        }
        return (RuntimeException) e;
    }

    @Override
    public int batch() {
        return largest;
    }
}
