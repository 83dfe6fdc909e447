package org.precedent.cli.progress;

import java.io.PrintWriter;
import org.precedent.evaluation.Progress;

/** One bar for all labels of a work; counts time until the work says how much there is to do. */
public final class WorkBar implements Progress, AutoCloseable {
    private final ProgressBar bar;

    /**
     * @param what the work
     */
    public WorkBar(PrintWriter err, String what) {
        this.bar = new ProgressBar(err, what, ProgressBar.UNKNOWN);
    }

    @Override
    public void step(String label, long done, long total) {
        bar.reach(done, total);
    }

    @Override
    public void close() {
        bar.close();
    }
}
