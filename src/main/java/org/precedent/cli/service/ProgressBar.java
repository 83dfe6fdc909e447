package org.precedent.cli.service;

import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far a long piece of work is, on one line of standard error; plain lines where no terminal is.
 * It shows itself within a second whether or not the work advances, and goes on counting while one
 * step takes long.
 *
 * <p>The time left is what remains divided by the rate of the latest steps: steps that were cheap,
 * because their results were kept or because they came first, are forgotten. While no step ends,
 * the measured rate falls and the time left grows; it is never 0 before the end.
 */
public final class ProgressBar implements AutoCloseable {
    /** The total of work whose size is not known yet. */
    public static final long UNKNOWN = -1;

    private static final int WIDTH = 30;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long REDRAW_NANOS = SECOND / 10;
    private static final long PLAIN_NANOS = 10 * SECOND;

    /** The rate is that of at least these seconds and at least these steps. */
    private static final long WINDOW_NANOS = 10 * SECOND;

    private static final int WINDOW_STEPS = 3;

    private final PrintWriter err;
    private final String what;
    private final boolean terminal;
    private final LongSupplier clock;
    private final long start;

    /** When how much was done, the oldest that the rate is measured from first. */
    private final Deque<Mark> marks = new ArrayDeque<>();

    private long total;
    private long done;
    private long drawn = Long.MIN_VALUE;
    private boolean open;
    private boolean closed;

    private record Mark(long time, long done) {}

    /**
     * A bar that a thread of its own redraws.
     *
     * @param total how many steps there are, or {@link #UNKNOWN}
     */
    public ProgressBar(PrintWriter err, String what, long total) {
        this(err, what, total, Boolean.getBoolean("terminal"), System::nanoTime);
        Thread ticker = new Thread(this::tickUntilClosed, "progress");
        ticker.setDaemon(true);
        ticker.start();
    }

    /** A bar that shows time only as {@link #tick} is called. */
    ProgressBar(PrintWriter err, String what, long total, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.what = what;
        this.total = total;
        this.terminal = terminal;
        this.clock = nanoTime;
        this.start = nanoTime.getAsLong();
        marks.add(new Mark(start, 0));
        if (terminal) {
            draw(start);
        }
    }

    public synchronized void advance(long by) {
        reach(done + by);
    }

    /** Sets how much is done in all. */
    public synchronized void reach(long position) {
        long now = clock.getAsLong();
        long before = done;
        done = total == UNKNOWN ? position : Math.min(position, total);
        if (done > before) {
            marks.add(new Mark(now, done));
            forget(now);
        }
        if (done == total ? !isComplete(before) : isDue(now)) {
            draw(now);
        }
    }

    /** Sets how much is done in all, and how much there is. */
    public synchronized void reach(long position, long of) {
        total = of;
        reach(position);
    }

    /** Shows the time that has passed. */
    synchronized void tick() {
        long now = clock.getAsLong();
        if (!closed && !isComplete(done) && isDue(now)) {
            draw(now);
        }
    }

    private boolean isComplete(long position) {
        return position == total && drawn != Long.MIN_VALUE;
    }

    /** Plain lines begin after a second: quick work is told by its last line alone. */
    private boolean isDue(long now) {
        if (terminal) {
            return drawn == Long.MIN_VALUE || now - drawn >= REDRAW_NANOS;
        }
        return drawn == Long.MIN_VALUE ? now - start >= SECOND : now - drawn >= PLAIN_NANOS;
    }

    /** Drops marks that are older than the window, as long as enough steps remain. */
    private void forget(long now) {
        long window = Math.max(WINDOW_NANOS, (now - start) / 3);
        while (marks.size() > WINDOW_STEPS) {
            Iterator<Mark> oldest = marks.iterator();
            oldest.next();
            if (now - oldest.next().time() < window) {
                return;
            }
            marks.removeFirst();
        }
    }

    private void draw(long now) {
        drawn = now;
        String line = line(now);
        if (terminal) {
            double share = total <= 0 ? 0 : (double) done / total;
            int filled = (int) Math.round(share * WIDTH);
            String bar =
                    total == UNKNOWN
                            ? ""
                            : "[" + "=".repeat(filled) + " ".repeat(WIDTH - filled) + "] ";
            err.print("\r" + bar + line + "\033[K");
            open = true;
        } else {
            err.println(line);
        }
        err.flush();
    }

    private String line(long now) {
        if (total == UNKNOWN) {
            return what + ", " + time(now - start);
        }
        long percent = total == 0 ? 100 : 100 * done / total;
        return String.format(
                Locale.ROOT, "%s %d/%d %3d%% %s", what, done, total, percent, rest(now));
    }

    private String rest(long now) {
        long passed = done - marks.getFirst().done();
        if (done >= total || passed == 0) {
            return time(now - start);
        }
        double nanosOfOne = (double) (now - marks.getFirst().time()) / passed;
        long left = (long) Math.ceil((total - done) * nanosOfOne);
        return time(Math.max(SECOND, left)) + " left";
    }

    /** A length of time to the second; from an hour on to the minute. */
    private static String time(long nanos) {
        long seconds = Math.round((double) nanos / SECOND);
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds / 60 % 60);
    }

    private void tickUntilClosed() {
        try {
            while (!isClosed()) {
                tick();
                TimeUnit.MILLISECONDS.sleep(500);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Ends the line; that of work without a size leaves nothing behind on a terminal. */
    @Override
    public synchronized void close() {
        if (open) {
            err.print(total == UNKNOWN ? "\r\033[K" : System.lineSeparator());
            err.flush();
            open = false;
        }
        closed = true;
    }
}
