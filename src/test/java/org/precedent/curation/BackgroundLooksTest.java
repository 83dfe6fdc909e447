package org.precedent.curation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.precedent.ServiceException;
import org.precedent.curation.BackgroundLooks.Key;
import org.precedent.curation.BackgroundLooks.Look;

class BackgroundLooksTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final BackgroundLooks looks = new BackgroundLooks(Clock.systemUTC(), 2, 1);
    private final AtomicInteger computed = new AtomicInteger();

    @AfterEach
    void stop() {
        looks.stop();
    }

    private static Key key(int pool) {
        return new Key("suspects", "", pool, List.of(), List.of());
    }

    private Look<Integer> ask(int version, boolean anew, Duration patience) {
        return looks.look(key(1), version, anew, patience, progress -> computed.incrementAndGet());
    }

    @Test
    void whatWasComputedIsKept() {
        assertThat(ask(1, false, LONG).result()).isEqualTo(1);
        Look<Integer> again = ask(1, false, Duration.ZERO);
        assertThat(again.result()).isEqualTo(1);
        assertThat(again.version()).isEqualTo(1);
        assertThat(again.running()).isNull();
        assertThat(computed).hasValue(1);
        assertThat(ask(1, true, LONG).result()).isEqualTo(2);
    }

    @Test
    void whoeverAsksFirstSeesHowFarItIs() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        BackgroundLooks.Work<String> work =
                progress -> {
                    progress.step("vectors", 3, 7);
                    told.countDown();
                    await(go);
                    return "done";
                };
        Look<String> begun = looks.look(key(1), 4, false, Duration.ZERO, work);
        assertThat(begun.result()).isNull();
        assertThat(begun.computedAt()).isNull();
        assertThat(begun.running()).isNotNull();
        await(told);
        Look<String> under = looks.look(key(1), 4, false, Duration.ofMillis(20), work);
        assertThat(under.running().stage()).isEqualTo("vectors");
        assertThat(under.running().done()).isEqualTo(3);
        assertThat(under.running().total()).isEqualTo(7);
        go.countDown();
        Look<String> ended = looks.look(key(1), 4, false, LONG, work);
        assertThat(ended.result()).isEqualTo("done");
        assertThat(ended.version()).isEqualTo(4);
    }

    /** The old one is shown while the new version is looked at. */
    @Test
    void anotherVersionIsLookedAtWhileTheOldOneIsShown() {
        ask(1, false, LONG);
        CountDownLatch go = new CountDownLatch(1);
        Look<Integer> stale =
                looks.look(
                        key(1),
                        2,
                        false,
                        LONG,
                        progress -> {
                            await(go);
                            return 17;
                        });
        assertThat(stale.result()).isEqualTo(1);
        assertThat(stale.version()).isEqualTo(1);
        assertThat(stale.running()).isNotNull();
        // Whoever wants it anew waits for the one under way.
        assertThat(ask(2, true, Duration.ofMillis(20)).result()).isEqualTo(1);
        go.countDown();
        Look<Integer> fresh = ask(2, false, LONG);
        while (fresh.running() != null) {
            Thread.onSpinWait();
            fresh = ask(2, false, LONG);
        }
        assertThat(fresh.result()).isEqualTo(17);
        assertThat(fresh.version()).isEqualTo(2);
        assertThat(computed).hasValue(1);
    }

    @Test
    void aFailureIsToldOnceAndTheNextOneBeginsAgain() {
        BackgroundLooks.Work<Integer> failing =
                progress -> {
                    throw ServiceException.poolEmpty("p", "t");
                };
        assertThatThrownBy(() -> looks.look(key(1), 1, false, LONG, failing))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("p");
        assertThat(ask(1, false, LONG).result()).isEqualTo(1);
    }

    @Test
    void whatWouldWaitTooLongIsRefused() {
        CountDownLatch go = new CountDownLatch(1);
        BackgroundLooks.Work<Integer> slow =
                progress -> {
                    await(go);
                    return 0;
                };
        looks.look(key(1), 1, false, Duration.ZERO, slow);
        looks.look(key(2), 1, false, Duration.ZERO, slow);
        assertThatThrownBy(
                        () -> {
                            looks.look(key(3), 1, false, Duration.ZERO, slow);
                            looks.look(key(4), 1, false, Duration.ZERO, slow);
                        })
                .isInstanceOf(ServiceException.class);
        go.countDown();
        assertThat(looks.look(key(2), 1, false, LONG, slow).result()).isEqualTo(0);
    }

    /** Two are kept: the third lets go of the one that was unused for longest. */
    @Test
    void theLongestUnusedIsForgotten() {
        ask(1, false, LONG);
        looks.look(key(2), 1, false, LONG, progress -> 0);
        ask(1, false, LONG);
        looks.look(key(3), 1, false, LONG, progress -> 0);
        assertThat(ask(1, false, LONG).result()).isEqualTo(1);
        AtomicInteger again = new AtomicInteger();
        looks.look(key(2), 1, false, LONG, progress -> again.incrementAndGet());
        assertThat(again).hasValue(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
