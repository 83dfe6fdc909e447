package org.precedent.cli;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * How far a long piece of work is, on one line of standard error; plain lines where no terminal is.
 */
final class ProgressBar implements AutoCloseable {
    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000L;
    private static final long PLAIN_NANOS = 10_000_000_000L;

    private final PrintWriter err;
    private final String what;
    private final long total;
    private final boolean terminal = Boolean.getBoolean("terminal");
    private final long start = System.nanoTime();
    private long done;
    private long drawn = start;
    private boolean open;

    ProgressBar(PrintWriter err, String what, long total) {
        this.err = err;
        this.what = what;
        this.total = total;
    }

    void advance(long by) {
        reach(done + by);
    }

    /** Sets how much is done in all. */
    void reach(long position) {
        done = Math.min(position, total);
        long now = System.nanoTime();
        if (now - drawn >= (terminal ? REDRAW_NANOS : PLAIN_NANOS) || done == total) {
            drawn = now;
            draw(now);
        }
    }

    private void draw(long now) {
        double share = total == 0 ? 1 : (double) done / total;
        double seconds = (now - start) / 1e9;
        String rest =
                done == 0 || done >= total
                        ? String.format(Locale.ROOT, "%.0f s", seconds)
                        : String.format(Locale.ROOT, "%.0f s left", seconds / share - seconds);
        String line =
                String.format(
                        Locale.ROOT, "%s %d/%d %3.0f%% %s", what, done, total, 100 * share, rest);
        if (terminal) {
            int filled = (int) Math.round(share * WIDTH);
            err.print(
                    "\r[" + "=".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + line + "   ");
            open = true;
        } else {
            err.println(line);
        }
        err.flush();
    }

    @Override
    public void close() {
        if (open) {
            err.println();
            err.flush();
        }
    }
}
