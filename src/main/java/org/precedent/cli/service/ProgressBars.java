package org.precedent.cli.service;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.precedent.evaluation.Progress;

/**
 * Shows work that goes label by label: one bar a label, made with its first step. Until the first
 * one is made, the time that passes is shown.
 */
public final class ProgressBars implements Progress, AutoCloseable {
    private final PrintWriter err;
    private @Nullable ProgressBar bar;
    private String label = "";

    /**
     * @param what the work as a whole
     */
    public ProgressBars(PrintWriter err, String what) {
        this.err = err;
        this.bar = new ProgressBar(err, what, ProgressBar.UNKNOWN);
    }

    @Override
    public void step(String of, long done, long total) {
        if (bar == null || !label.equals(of)) {
            close();
            label = of;
            bar = new ProgressBar(err, of, total);
        }
        bar.reach(done);
    }

    /** Ends the bar of the label that is shown; a further step makes a new one. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
