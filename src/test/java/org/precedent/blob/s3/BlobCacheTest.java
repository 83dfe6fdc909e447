package org.precedent.blob.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.Sha256;
import org.precedent.blob.StoredForm;

class BlobCacheTest {
    private static final Duration AGE = Duration.ofHours(1);

    @TempDir Path root;
    private final Turned clock = new Turned();

    /** A clock that is put forward by hand. */
    private static final class Turned extends Clock {
        private Instant now = Instant.now();

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private BlobCache open(long maxBytes) {
        return new BlobCache(root, maxBytes, AGE, clock);
    }

    private static String name(int i) {
        return Sha256.of("blob " + i);
    }

    private long onDisk() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
        }
    }

    @Test
    void whatWasNotUsedForTheLongestTimeGoesFirst() throws IOException {
        try (BlobCache cache = open(300)) {
            for (int i = 0; i < 3; i++) {
                cache.put(name(i), new byte[100]);
            }
            assertThat(cache.get(name(0))).isPresent();
            cache.put(name(3), new byte[100]);
            assertThat(cache.get(name(1))).isEmpty();
            assertThat(cache.get(name(0))).isPresent();
            assertThat(cache.get(name(3))).isPresent();
            cache.put(name(4), new byte[301]);
            assertThat(cache.get(name(4))).isEmpty();
            assertThat(onDisk()).isEqualTo(300);
        }
    }

    @Test
    void theBoundHoldsWhateverIsPutReadAndRemovedByManyThreads() throws Exception {
        int bound = 50_000;
        try (BlobCache cache = open(bound)) {
            List<Future<?>> working = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                for (int t = 0; t < 4; t++) {
                    Random random = new Random(t);
                    Runnable work =
                            () -> {
                                for (int i = 0; i < 500; i++) {
                                    int blob = random.nextInt(60);
                                    switch (random.nextInt(4)) {
                                        case 0 -> cache.remove(name(blob));
                                        case 1, 2 -> cache.put(name(blob), new byte[100 * blob]);
                                        default ->
                                                cache.get(name(blob))
                                                        .ifPresent(bytes ->
                                                                assertThat(bytes)
                                                                        .hasSize(100 * blob));
                                    }
                                }
                            };
                    working.add(threads.submit(work));
                }
            }
            for (Future<?> one : working) {
                one.get();
            }
            assertThat(cache.bytes()).isLessThanOrEqualTo(bound).isEqualTo(onDisk());
        }
        try (BlobCache smaller = open(10_000)) {
            assertThat(smaller.bytes()).isLessThanOrEqualTo(10_000).isEqualTo(onDisk());
        }
    }

    @Test
    void nothingStaysLongerThanTheAge() throws IOException {
        try (BlobCache cache = open(1000)) {
            cache.put(name(0), new byte[100]);
            clock.now = clock.now.plus(AGE.dividedBy(2));
            cache.put(name(1), new byte[100]);
            clock.now = clock.now.plus(AGE.dividedBy(2)).plusSeconds(1);
            cache.sweep();
            assertThat(onDisk()).isEqualTo(100);
            assertThat(cache.get(name(0))).isEmpty();
            assertThat(cache.get(name(1))).isPresent();
            clock.now = clock.now.plus(AGE);
            assertThat(cache.get(name(1))).isEmpty();
            assertThat(onDisk()).isZero();
        }
    }

    @Test
    void aRestartKeepsWhatIsYoungAndRemovesWhatAnInterruptedWriteLeft() throws IOException {
        try (BlobCache cache = open(1000)) {
            cache.put(name(0), new byte[100]);
        }
        Files.write(root.resolve("7.partial"), new byte[10]);
        try (BlobCache cache = open(1000)) {
            assertThat(cache.get(name(0))).isPresent();
            assertThat(cache.bytes()).isEqualTo(100).isEqualTo(onDisk());
        }
        clock.now = clock.now.plus(AGE).plusSeconds(5);
        try (BlobCache cache = open(1000)) {
            assertThat(cache.bytes()).isZero();
            assertThat(onDisk()).isZero();
        }
    }

    @Test
    void anotherProcessBesideHasNoCacheAndHarmsNone() {
        try (BlobCache first = open(1000);
                BlobCache second = open(1000)) {
            first.put(name(0), new byte[100]);
            second.put(name(1), new byte[100]);
            assertThat(second.get(name(0))).isEmpty();
            assertThat(second.get(name(1))).isEmpty();
            assertThat(first.get(name(0))).isPresent();
        }
    }

    @Test
    void aCopyThatSomebodyDeletedIsForgotten() throws IOException {
        try (BlobCache cache = open(1000)) {
            cache.put(name(0), new byte[100]);
            Files.delete(root.resolve(StoredForm.key(name(0))));
            assertThat(cache.get(name(0))).isEmpty();
            assertThat(cache.bytes()).isZero();
        }
    }

    @Test
    void aBoundOfNothingMakesNoDirectory() {
        Path none = root.resolve("none");
        try (BlobCache cache = new BlobCache(none, 0, AGE, clock)) {
            cache.put(name(0), new byte[1]);
            assertThat(cache.get(name(0))).isEmpty();
            assertThat(none).doesNotExist();
        }
    }
}
