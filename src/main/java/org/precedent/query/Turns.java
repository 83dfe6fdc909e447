package org.precedent.query;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who is next before the network. Callers take turns, whoever came first: one who sends many
 * queries waits for himself and keeps nobody else waiting for more than the passes under way. Each
 * caller's own queries keep their order.
 */
final class Turns {
    private final ReentrantLock lock = new ReentrantLock();

    /** Queries that wait, by caller; the caller whose turn is next comes first. */
    private final Map<String, Deque<Waiting>> waiting = new LinkedHashMap<>();

    private int free;

    private static final class Waiting {
        final Condition turn;
        boolean admitted;

        Waiting(Condition turn) {
            this.turn = turn;
        }
    }

    /**
     * @param places queries that may be before the network at the same time, >= 1
     */
    Turns(int places) {
        if (places < 1) {
            throw new IllegalArgumentException("places " + places + ", must be 1 or more");
        }
        this.free = places;
    }

    /**
     * Waits for a turn; {@link #end} gives it back.
     *
     * @throws InterruptedException when the query is not to go on; it has no turn then
     */
    void await(String caller) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Waiting own = new Waiting(lock.newCondition());
            waiting.computeIfAbsent(caller, name -> new ArrayDeque<>()).addLast(own);
            admit();
            try {
                while (!own.admitted) {
                    own.turn.await();
                }
            } catch (InterruptedException e) {
                if (own.admitted) {
                    free++;
                } else {
                    forget(caller, own);
                }
                admit();
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The caller's turn is over. */
    void end() {
        lock.lock();
        try {
            free++;
            admit();
        } finally {
            lock.unlock();
        }
    }

    private void admit() {
        while (free > 0 && !waiting.isEmpty()) {
            Map.Entry<String, Deque<Waiting>> first = waiting.entrySet().iterator().next();
            Deque<Waiting> own = first.getValue();
            Waiting next = own.removeFirst();
            waiting.remove(first.getKey());
            if (!own.isEmpty()) {
                waiting.put(first.getKey(), own); // behind all others
            }
            free--;
            next.admitted = true;
            next.turn.signal();
        }
    }

    private void forget(String caller, Waiting gone) {
        Deque<Waiting> own = waiting.get(caller);
        if (own != null && own.remove(gone) && own.isEmpty()) {
            waiting.remove(caller);
        }
    }
}
