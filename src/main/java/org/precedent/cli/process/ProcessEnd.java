package org.precedent.cli.process;

import io.quarkus.arc.Arc;
import io.quarkus.arc.ArcContainer;
import java.time.Duration;
import org.precedent.tensor.Passes;

/**
 * The order in which a process ends that is told to stop: first the application, with the requests
 * that are under way; then what still runs inside libtorch; last what both needed.
 */
public final class ProcessEnd {
    private static final Duration LONGEST_STOP = Duration.ofSeconds(28);
    private static final Duration LONGEST_PASS = Duration.ofSeconds(10);

    /** What a shell tells of a process that SIGTERM ended. */
    private static final int STATUS = 143;

    private static volatile Runnable last = () -> {};

    private ProcessEnd() {}

    /** Makes this process end in order. */
    public static void keepOrder() {
        Runtime.getRuntime().addShutdownHook(new Thread(ProcessEnd::end, "end-in-order"));
    }

    /** Does something when the application and all passes have ended. */
    public static void last(Runnable closing) {
        last = closing;
    }

    private static void end() {
        awaitApplication();
        boolean quiet = Passes.OF_PROCESS.end(LONGEST_PASS);
        last.run();
        if (!quiet) {
            Runtime.getRuntime().halt(STATUS);
        }
    }

    private static void awaitApplication() {
        long deadline = System.nanoTime() + LONGEST_STOP.toNanos();
        while (Arc.container() instanceof ArcContainer container
                && container.isRunning()
                && System.nanoTime() < deadline) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
