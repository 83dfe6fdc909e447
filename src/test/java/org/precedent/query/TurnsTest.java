package org.precedent.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnsTest {
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> asked = new ArrayList<>();

    /** Asks for a turn in a thread of its own; it waits when this returns, or has had its turn. */
    private Thread ask(Turns turns, String caller, Runnable turn) throws InterruptedException {
        Thread thread =
                new Thread(() -> {
                    try {
                        turns.await(caller);
                    } catch (InterruptedException e) {
                        order.add(caller + " gone");
                        return;
                    }
                    order.add(caller);
                    turn.run();
                    turns.end();
                });
        thread.start();
        asked.add(thread);
        while (thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.TERMINATED) {
            Thread.sleep(1);
        }
        return thread;
    }

    private void awaitAll() throws InterruptedException {
        for (Thread thread : asked) {
            thread.join();
        }
    }

    @Test
    void whoSendsManyWaitsForHimselfAndNotTheOthersForHim() throws Exception {
        Turns turns = new Turns(1);
        turns.await("before");
        for (int i = 0; i < 5; i++) {
            ask(turns, "many", () -> {});
        }
        ask(turns, "one", () -> {});
        ask(turns, "two", () -> {});
        ask(turns, "two", () -> {});
        turns.end();
        awaitAll();
        assertThat(order)
                .containsExactly("many", "one", "two", "many", "two", "many", "many", "many");
    }

    @Test
    void noMoreThanThereArePlacesGoTogether() throws Exception {
        Turns turns = new Turns(2);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicInteger together = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            ask(
                    turns,
                    "c" + i,
                    () -> {
                        together.incrementAndGet();
                        try {
                            mayEnd.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    });
        }
        assertThat(together).hasValue(2);
        mayEnd.countDown();
        awaitAll();
        assertThat(together).hasValue(4);
    }

    @Test
    void whoGoesWhileWaitingKeepsNobodyAndNoPlace() throws Exception {
        Turns turns = new Turns(1);
        turns.await("before");
        Thread gone = ask(turns, "many", () -> {});
        ask(turns, "many", () -> {});
        gone.interrupt();
        gone.join();
        turns.end();
        awaitAll();
        assertThat(order).containsExactly("many gone", "many");
        ask(turns, "next", () -> {}).join(TimeUnit.SECONDS.toMillis(30));
        assertThat(order).last().isEqualTo("next");
    }
}
