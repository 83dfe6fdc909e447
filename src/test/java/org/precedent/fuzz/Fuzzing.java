package org.precedent.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Seeded executions of something that reads what anybody may have sent. Each begins with a sound
 * file, which is damaged at random: bits, bytes, numbers at the ends of their ranges, numbers in
 * text, pieces that are cut out, doubled, or taken from another file. A case is its seed and its
 * number, so that one can be run alone: {@code -Dprecedent.fuzz.seed=S -Dprecedent.fuzz.case=C}.
 *
 * <p>A case fails where anything but a declared refusal is thrown, where it takes more than two
 * seconds of processor time or half a minute, and where more is allocated than the budget; its
 * bytes are then kept in {@code target/fuzz}.
 */
public final class Fuzzing {
    private static final long SLOWEST_NANOS = 2_000_000_000L;
    private static final long LONGEST_NANOS = 30_000_000_000L;
    private static final int MOST_FAILURES = 5;
    private static final int LARGEST_SEED = 64 << 10;

    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        7,
        127,
        128,
        255,
        256,
        32_767,
        32_768,
        65_535,
        65_536,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        0x100000000L,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    private static final String[] TEXTS = {
        "0",
        "-1",
        "1e400",
        "NaN",
        "2147483647",
        "4294967296",
        "9223372036854775807",
        "99999999999999999999",
        ""
    };

    private final String what;
    private final long mostBytes;
    private final List<Class<? extends Throwable>> declared;
    private final List<Seed> seeds = new ArrayList<>();
    private final long seed = Long.getLong("precedent.fuzz.seed", 20_261_201L);

    /** A sound file. */
    private record Seed(String name, byte[] bytes) {}

    /** What reads it. */
    @FunctionalInterface
    public interface Target {
        void read(byte[] bytes, String name) throws Exception;
    }

    /**
     * @param what names it in reports
     * @param mostBytes that one execution may allocate
     * @param declared refusals
     */
    @SafeVarargs
    public Fuzzing(String what, long mostBytes, Class<? extends Throwable>... declared) {
        this.what = what;
        this.mostBytes = mostBytes;
        this.declared = List.of(declared);
    }

    /** How many executions are asked for. */
    public static int executions(int otherwise) {
        return Integer.getInteger("precedent.fuzz", otherwise);
    }

    /** Whether a long run was asked for. */
    public static boolean isLong() {
        return System.getProperty("precedent.fuzz") != null;
    }

    public Fuzzing seed(String name, byte[] bytes) {
        seeds.add(new Seed(name, bytes));
        return this;
    }

    /** Small real files, where this checkout has some beside it. */
    public Fuzzing formats(String... suffixes) throws IOException {
        Path folder =
                Path.of(System.getProperty("precedent.home", "."))
                        .resolve("../shared/data/formats")
                        .normalize();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted().toList()) {
                    String name = file.getFileName().toString();
                    if (Stream.of(suffixes).anyMatch(name::endsWith)
                            && Files.size(file) <= LARGEST_SEED) {
                        seed(name, Files.readAllBytes(file));
                    }
                }
            }
        }
        return this;
    }

    /** Runs the executions, this many unless another number is asked for. */
    public void run(int otherwise, Target target) throws Exception {
        assertThat(seeds).isNotEmpty();
        Run run = new Run(target);
        Integer alone = Integer.getInteger("precedent.fuzz.case");
        Thread worker =
                new Thread(
                        () ->
                                run.all(
                                        alone == null ? 0 : alone,
                                        alone == null ? executions(otherwise) : alone + 1),
                        "fuzzing " + what);
        worker.setDaemon(true);
        long start = System.nanoTime();
        worker.start();
        while (worker.isAlive()) {
            worker.join(250);
            long began = run.began;
            if (worker.isAlive() && began != 0 && System.nanoTime() - began > LONGEST_NANOS) {
                int at = run.at;
                throw new AssertionError(
                        "%s does not end: %s%n%s"
                                .formatted(
                                        what, kept(at), Arrays.toString(worker.getStackTrace())));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (isLong()) {
            System.out.printf(
                    "%s: %d executions, %.0f a second, %d refused, most allocated %d KB, longest %d ms%n",
                    what,
                    run.done,
                    run.done / seconds,
                    run.refused,
                    run.allocated >> 10,
                    run.longest / 1_000_000);
        }
        assertThat(run.failures).as(what).isEmpty();
        if (alone == null) {
            // Damage that is never noticed, or always at once, finds nothing.
            assertThat(run.refused).as(what).isBetween(run.done / 20, run.done);
        }
    }

    /** The executions, one after the other in a thread of their own. */
    private final class Run {
        private final Target target;
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final List<String> failures = new ArrayList<>();
        private volatile long began;
        private volatile int at;
        private int done;
        private int refused;
        private long allocated;
        private long longest;

        Run(Target target) {
            this.target = target;
        }

        void all(int from, int to) {
            for (int i = from; i < to && failures.size() < MOST_FAILURES; i++) {
                one(i);
                done++;
            }
        }

        private void one(int number) {
            Seed damaged = damaged(number);
            at = number;
            began = System.nanoTime();
            long cpu = threads.getCurrentThreadCpuTime();
            long before = threads.getCurrentThreadAllocatedBytes();
            String failure = null;
            try {
                target.read(damaged.bytes, damaged.name);
            } catch (Throwable e) { // whatever it is, it is what is looked for
                if (declared.stream().anyMatch(one -> one.isInstance(e))) {
                    refused++;
                } else {
                    failure = told(e);
                }
            }
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            long nanos = threads.getCurrentThreadCpuTime() - cpu;
            began = 0;
            allocated = Math.max(allocated, bytes);
            longest = Math.max(longest, nanos);
            if (failure == null && bytes > mostBytes) {
                failure = "allocated " + bytes + " bytes, of " + mostBytes + " that it may";
            }
            if (failure == null && nanos > SLOWEST_NANOS) {
                failure = "took " + nanos / 1_000_000 + " ms of processor time";
            }
            if (failure != null) {
                failures.add(failure + "; " + kept(number));
            }
        }
    }

    private static String told(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return e + " at " + Arrays.asList(trace).subList(0, Math.min(8, trace.length));
    }

    private String kept(int number) {
        Seed damaged = damaged(number);
        Path file =
                Path.of("target", "fuzz")
                        .resolve(what.replace(' ', '-') + "-" + seed + "-" + number + ".bin");
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, damaged.bytes);
        } catch (IOException e) {
            return "seed " + seed + " case " + number + " of " + damaged.name;
        }
        return "seed " + seed + " case " + number + " of " + damaged.name + ", in " + file;
    }

    private Seed damaged(int number) {
        Random random = new Random(seed * 0x9e3779b97f4a7c15L + number);
        random.nextInt(); // the first numbers of neighbouring seeds are alike
        Seed sound = seeds.get(random.nextInt(seeds.size()));
        byte[] bytes = sound.bytes.clone();
        int changes = 1 + random.nextInt(random.nextInt(8) + 1);
        for (int i = 0; i < changes; i++) {
            bytes = changed(bytes, random);
        }
        return new Seed(sound.name, bytes);
    }

    private byte[] changed(byte[] bytes, Random random) {
        if (bytes.length < 2) {
            return new byte[] {(byte) random.nextInt(256), (byte) random.nextInt(256)};
        }
        int at = place(bytes.length, random);
        switch (random.nextInt(12)) {
            case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> bytes[at] = (byte) random.nextInt(256);
            case 3, 4, 5 -> number(bytes, at, random);
            case 6, 7 -> {
                return text(bytes, at, random);
            }
            case 8 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 9 -> {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(64));
                return joined(bytes, at, new byte[0], end);
            }
            case 10 -> {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(256));
                return joined(bytes, at, Arrays.copyOfRange(bytes, at, end), at);
            }
            default -> {
                byte[] other = seeds.get(random.nextInt(seeds.size())).bytes;
                int from = random.nextInt(other.length + 1);
                int to = Math.min(other.length, from + random.nextInt(512));
                return joined(
                        bytes,
                        at,
                        Arrays.copyOfRange(other, from, to),
                        random.nextBoolean() ? at : Math.min(bytes.length, at + to - from));
            }
        }
        return bytes;
    }

    /** Half of all changes are in the first half kilobyte, where most headers are. */
    private static int place(int length, Random random) {
        return switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> random.nextInt(Math.min(512, length));
            case 4 -> length - 1 - random.nextInt(Math.min(256, length));
            default -> random.nextInt(length);
        };
    }

    private static void number(byte[] bytes, int at, Random random) {
        long value =
                random.nextInt(4) == 0
                        ? random.nextLong()
                        : NUMBERS[random.nextInt(NUMBERS.length)];
        int width = 1 << random.nextInt(4);
        boolean little = random.nextBoolean();
        for (int i = 0; i < width && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >> 8 * (little ? i : width - 1 - i));
        }
    }

    /** Puts another number in the place of the next one in text. */
    private static byte[] text(byte[] bytes, int at, Random random) {
        int start = at;
        while (start < bytes.length && !Character.isDigit(bytes[start])) {
            start++;
        }
        int end = start;
        while (end < bytes.length && Character.isDigit(bytes[end])) {
            end++;
        }
        byte[] other = TEXTS[random.nextInt(TEXTS.length)].getBytes(StandardCharsets.US_ASCII);
        return joined(bytes, start, other, end);
    }

    private static byte[] joined(byte[] bytes, int before, byte[] middle, int after) {
        byte[] joined = new byte[before + middle.length + bytes.length - after];
        System.arraycopy(bytes, 0, joined, 0, before);
        System.arraycopy(middle, 0, joined, before, middle.length);
        System.arraycopy(bytes, after, joined, before + middle.length, bytes.length - after);
        return joined;
    }
}
