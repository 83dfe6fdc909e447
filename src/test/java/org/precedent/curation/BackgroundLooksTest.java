package org.precedent.curation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.precedent.ServiceException;
import org.precedent.curation.BackgroundLooks.Key;
import org.precedent.curation.BackgroundLooks.Look;
import org.precedent.curation.BackgroundLooks.Made;
import org.precedent.curation.BackgroundLooks.Work;
import org.precedent.evaluation.Progress;

class BackgroundLooksTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final BackgroundLooks looks = new BackgroundLooks(Clock.systemUTC(), 2, 1);
    private final AtomicInteger computed = new AtomicInteger();

    @AfterEach
    void stop() {
        looks.stop();
    }

    private static Key key(int pool) {
        return new Key("suspects", "", pool, List.of(), "", 0);
    }

    private <T> Look<T> look(
            Key key, int version, boolean anew, Duration patience, Function<Progress, T> work) {
        return looks.look(
                key,
                version,
                anew,
                patience,
                (began, progress) -> new Made<>(work.apply(progress), began, version));
    }

    private Look<Integer> ask(int version, boolean anew, Duration patience) {
        return look(key(1), version, anew, patience, progress -> computed.incrementAndGet());
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
        Function<Progress, String> work =
                progress -> {
                    progress.step("vectors", 3, 7);
                    told.countDown();
                    await(go);
                    return "done";
                };
        Look<String> begun = look(key(1), 4, false, Duration.ZERO, work);
        assertThat(begun.result()).isNull();
        assertThat(begun.computedAt()).isNull();
        assertThat(begun.running()).isNotNull();
        await(told);
        Look<String> under = look(key(1), 4, false, Duration.ofMillis(20), work);
        assertThat(under.running().stage()).isEqualTo("vectors");
        assertThat(under.running().done()).isEqualTo(3);
        assertThat(under.running().total()).isEqualTo(7);
        go.countDown();
        Look<String> ended = look(key(1), 4, false, LONG, work);
        assertThat(ended.result()).isEqualTo("done");
        assertThat(ended.version()).isEqualTo(4);
    }

    /** The old one is shown while the new version is looked at. */
    @Test
    void anotherVersionIsLookedAtWhileTheOldOneIsShown() {
        ask(1, false, LONG);
        CountDownLatch go = new CountDownLatch(1);
        Look<Integer> stale =
                look(
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
        Function<Progress, Integer> failing =
                progress -> {
                    throw ServiceException.poolEmpty("p", "t");
                };
        assertThatThrownBy(() -> look(key(1), 1, false, LONG, failing))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("p");
        assertThat(ask(1, false, LONG).result()).isEqualTo(1);
    }

    @Test
    void whatWouldWaitTooLongIsRefused() {
        CountDownLatch go = new CountDownLatch(1);
        Function<Progress, Integer> slow =
                progress -> {
                    await(go);
                    return 0;
                };
        look(key(1), 1, false, Duration.ZERO, slow);
        look(key(2), 1, false, Duration.ZERO, slow);
        assertThatThrownBy(
                        () -> {
                            look(key(3), 1, false, Duration.ZERO, slow);
                            look(key(4), 1, false, Duration.ZERO, slow);
                        })
                .isInstanceOf(ServiceException.class);
        go.countDown();
        assertThat(look(key(2), 1, false, LONG, slow).result()).isEqualTo(0);
    }

    /** Two are kept: the third lets go of the one that was unused for longest. */
    @Test
    void theLongestUnusedIsForgotten() {
        ask(1, false, LONG);
        look(key(2), 1, false, LONG, progress -> 0);
        ask(1, false, LONG);
        look(key(3), 1, false, LONG, progress -> 0);
        assertThat(ask(1, false, LONG).result()).isEqualTo(1);
        AtomicInteger again = new AtomicInteger();
        look(key(2), 1, false, LONG, progress -> again.incrementAndGet());
        assertThat(again).hasValue(1);
    }

    /** What the work keeps: another process, which has nothing in memory, begins with it. */
    private final class Keeping implements Work<Integer> {
        private final AtomicReference<Made<Integer>> kept = new AtomicReference<>();
        private final int version;

        Keeping(int version) {
            this.version = version;
        }

        @Override
        public Made<Integer> compute(Instant began, Progress progress) {
            return new Made<>(computed.incrementAndGet(), began, version);
        }

        @Override
        public Optional<Made<Integer>> kept() {
            return Optional.ofNullable(kept.get());
        }

        @Override
        public void keep(Made<Integer> made) {
            kept.set(made);
        }
    }

    @Test
    void anotherProcessBeginsWithWhatWasKept() {
        Keeping work = new Keeping(3);
        Look<Integer> first = looks.look(key(1), 3, false, LONG, work);
        until(() -> work.kept.get() != null);
        BackgroundLooks restarted = new BackgroundLooks(Clock.systemUTC(), 2, 1);
        try {
            assertThat(restarted.look(key(1), 3, false, Duration.ZERO, work)).isEqualTo(first);
            assertThat(computed).hasValue(1);
            // The pool has gone on: the kept one is shown as the old version's meanwhile.
            Keeping next = new Keeping(4);
            next.kept.set(work.kept.get());
            BackgroundLooks later = new BackgroundLooks(Clock.systemUTC(), 2, 1);
            Look<Integer> stale = later.look(key(1), 4, false, LONG, next);
            assertThat(stale.result()).isEqualTo(1);
            assertThat(stale.version()).isEqualTo(3);
            assertThat(stale.running()).isNotNull();
            until(() -> next.kept.get().version() == 4);
            later.stop();
        } finally {
            restarted.stop();
        }
    }

    @Test
    void whatCannotBeKeptIsShownAllTheSame() {
        Work<Integer> work =
                new Work<>() {
                    @Override
                    public Made<Integer> compute(Instant began, Progress progress) {
                        return new Made<>(17, began, 1);
                    }

                    @Override
                    public void keep(Made<Integer> made) {
                        throw new IllegalStateException("no disk");
                    }
                };
        assertThat(looks.look(key(1), 1, false, LONG, work).result()).isEqualTo(17);
        assertThat(looks.look(key(1), 1, true, LONG, work).result()).isEqualTo(17);
    }

    private static void until(BooleanSupplier met) {
        long end = System.nanoTime() + LONG.toNanos();
        while (!met.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
