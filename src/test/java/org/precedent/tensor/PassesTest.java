package org.precedent.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PassesTest {
    private final Passes passes = new Passes();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    @Test
    void theEndWaitsForThePassUnderWayAndLetsNoOtherBegin() throws Exception {
        CompletableFuture<String> pass = begin(() -> await(mayEnd));
        assertTrue(begun.await(10, TimeUnit.SECONDS));
        assertFalse(passes.end(Duration.ofMillis(20)), "the pass is still under way");

        mayEnd.countDown();
        assertTrue(passes.end(Duration.ofSeconds(10)));
        assertEquals("done", pass.get(10, TimeUnit.SECONDS));

        CountDownLatch late = new CountDownLatch(1);
        begin(late::countDown);
        assertFalse(late.await(100, TimeUnit.MILLISECONDS), "no pass begins after the end");
    }

    @Test
    void aPassThatTakesLongerThanTheEndWaitsLeavesTheOthersRunning() throws Exception {
        begin(() -> await(mayEnd));
        assertTrue(begun.await(10, TimeUnit.SECONDS));
        assertFalse(passes.end(Duration.ofMillis(20)));
        assertEquals("done", begin(() -> {}).get(10, TimeUnit.SECONDS));
        mayEnd.countDown();
    }

    private CompletableFuture<String> begin(Runnable work) {
        CompletableFuture<String> end = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(() ->
                        end.complete(
                                passes.inside(() -> {
                                    begun.countDown();
                                    work.run();
                                    return "done";
                                })));
        return end;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
