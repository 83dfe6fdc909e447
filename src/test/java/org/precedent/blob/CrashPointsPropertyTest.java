package org.precedent.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.Sha256;

/**
 * Seeded crash points in the order of steps by which examples become durable: bytes are put, the
 * catalogue names them in one commit, the caller is told. The real {@link FileBlobStore} runs on a
 * {@link SimulatedDisk}; of the catalogue its commit is modelled, one step that happened or did
 * not, and what it decides beside its lock: bytes that were collected meanwhile are put again, and
 * what is there already is not taken twice.
 *
 * <p>{@code -Dprecedent.crashpoints=N} for more of them, {@code -Dprecedent.seed=S} for others.
 */
class CrashPointsPropertyTest {
    private static final int POINTS = Integer.getInteger("precedent.crashpoints", 400);
    private static final long SEED = Long.getLong("precedent.seed", 1);
    private static final Path ROOT = Path.of("/blobs");

    /** Examples of one run; some of them have bytes in common. */
    private static final int EXAMPLES = 6;

    private static final int PARTS = 3;

    @Test
    void whatWasAcknowledgedIsThereOnceAfterAnyCrash() {
        for (int point = 0; point < POINTS; point++) {
            long seed = SEED * 1_000_003L + point;
            try {
                new Run(seed).crashAndRecover();
            } catch (RuntimeException | AssertionError e) {
                fail("seed %d, crash point %d: %s".formatted(SEED, point, e), e);
            }
        }
    }

    /** A disk that forgets what was forced, and one that is never forced, are found out. */
    @Test
    void aStoreThatForcesNothingFails() {
        int lost = 0;
        for (int point = 0; point < 100; point++) {
            SimulatedDisk disk = new SimulatedDisk(point);
            FileBlobStore store = new FileBlobStore(ROOT, new Forgetful(disk));
            String sha256 = store.put(bytes(point));
            disk.restart();
            try {
                new FileBlobStore(ROOT, disk).get(sha256);
            } catch (BlobException e) {
                lost++;
            }
        }
        assertThat(lost).isGreaterThan(30);
    }

    /** Does all but force. */
    private record Forgetful(SimulatedDisk disk) implements StoreFiles {
        @Override
        public void createFolder(Path folder) {
            disk.createFolder(folder);
        }

        @Override
        public void write(Path file, byte[] bytes) throws IOException {
            disk.write(file, bytes);
        }

        @Override
        public void force(Path fileOrFolder) {}

        @Override
        public void move(Path from, Path to) throws IOException {
            disk.move(from, to);
        }

        @Override
        public byte[] read(Path file) throws IOException {
            return disk.read(file);
        }

        @Override
        public boolean exists(Path file) {
            return disk.exists(file);
        }

        @Override
        public void touch(Path file) throws IOException {
            disk.touch(file);
        }

        @Override
        public void delete(Path file) {
            disk.delete(file);
        }

        @Override
        public List<Path> list(Path folder) {
            return disk.list(folder);
        }

        @Override
        public Facts facts(Path file) throws IOException {
            return disk.facts(file);
        }
    }

    /** One machine. */
    private static final class Run {
        private final Random random;
        private final SimulatedDisk disk;

        /** The catalogue: how many rows an example has, and what each row names. */
        private final Map<Integer, Integer> rows = new HashMap<>();

        private final Set<String> named = new HashSet<>();
        private final Set<Integer> acknowledged = new HashSet<>();
        private FileBlobStore store;

        Run(long seed) {
            this.random = new Random(seed);
            this.disk = new SimulatedDisk(random.nextLong());
            this.store = new FileBlobStore(ROOT, disk);
        }

        void crashAndRecover() {
            // How many steps the work has is seen where nothing goes wrong.
            int whole = new Run(random.nextLong()).steps();
            disk.crashAt(random.nextInt(whole));
            boolean again = true;
            for (int crash = 0; again; crash++) {
                again = false;
                try {
                    work();
                } catch (SimulatedDisk.PowerLoss e) {
                    lose();
                    if (crash < 2) {
                        disk.crashAt(random.nextInt(whole)); // also while it recovers
                    }
                    again = true;
                    recover();
                }
            }
            disk.restart(); // what was acknowledged last, too
            recover();
            assertThat(rows.values()).as("examples once").containsOnly(1).hasSize(EXAMPLES);
            check();
            assertThat(store.list().map(BlobStore.Stored::sha256)).containsAll(named);
        }

        /** The machine, or the process alone. */
        private void lose() {
            if (random.nextBoolean()) {
                disk.restart();
            } else {
                disk.goOn();
            }
        }

        private int steps() {
            disk.crashAt(Integer.MAX_VALUE);
            work();
            return disk.steps();
        }

        /** The process starts again on what the disk holds. */
        private void recover() {
            boolean up = false;
            while (!up) {
                try {
                    store = new FileBlobStore(ROOT, disk);
                    up = true;
                } catch (SimulatedDisk.PowerLoss e) {
                    lose();
                }
            }
            check();
        }

        private void check() {
            assertThat(rows.keySet()).as("acknowledged examples").containsAll(acknowledged);
            for (String sha256 : named) {
                store.get(sha256); // which checks the bytes
            }
        }

        /** A client that sends all examples, and again those of which it was not told. */
        private void work() {
            for (int example = 0; example < EXAMPLES; example++) {
                if (acknowledged.contains(example)) {
                    continue;
                }
                List<byte[]> parts = new ArrayList<>();
                for (int part = 0; part < PARTS; part++) {
                    parts.add(bytes((example * PARTS + part) % (EXAMPLES * PARTS - 5)));
                }
                parts.forEach(store::put);
                if (random.nextInt(3) == 0) {
                    collect();
                }
                commit(example, parts);
                acknowledged.add(example);
            }
        }

        /** Bytes that nothing names are removed, however new they are. */
        private void collect() {
            List<String> all = store.list().map(BlobStore.Stored::sha256).toList();
            all.stream().filter(sha256 -> !named.contains(sha256)).forEach(store::delete);
        }

        /** As the catalogue does under its lock: looks for the bytes again, then names them. */
        private void commit(int example, List<byte[]> parts) {
            for (byte[] part : parts) {
                if (!store.contains(Sha256.of(part))) {
                    store.put(part);
                }
            }
            boolean before = random.nextBoolean();
            if (!before) {
                disk.step(); // the power goes before the commit, or after it and before the answer
            }
            if (!rows.containsKey(example)) {
                rows.merge(example, 1, Integer::sum);
                parts.forEach(part -> named.add(Sha256.of(part)));
            }
            if (before) {
                disk.step();
            }
        }
    }

    private static byte[] bytes(int number) {
        return ("part " + number + " ").repeat(20 + number).getBytes(StandardCharsets.UTF_8);
    }
}
