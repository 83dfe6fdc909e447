package org.precedent.cli.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private static final Pattern LEFT = Pattern.compile("(?:(\\d+) min )?(\\d+) s left");

    private final StringWriter text = new StringWriter();
    private long now = 1_000;

    private ProgressBar bar(long total, boolean terminal) {
        return new ProgressBar(new PrintWriter(text), "encoded", total, terminal, () -> now);
    }

    private void pass(double seconds) {
        now += (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }

    /** What has been written since the last call. */
    private String written() {
        String written = text.toString();
        text.getBuffer().setLength(0);
        return written;
    }

    /** The seconds left that the last drawing tells, or -1. */
    private long left() {
        Matcher matcher = LEFT.matcher(written());
        long left = -1;
        while (matcher.find()) {
            left =
                    (matcher.group(1) == null ? 0 : 60 * Long.parseLong(matcher.group(1)))
                            + Long.parseLong(matcher.group(2));
        }
        return left;
    }

    @Test
    void aTerminalShowsItAtOnceAndElsewhereALineComesWithinTwoSeconds() {
        bar(10, true);
        assertThat(written()).contains("encoded 0/10").endsWith("\033[K");

        ProgressBar plain = bar(10, false);
        plain.tick();
        assertThat(written()).isEmpty();
        pass(1);
        plain.tick();
        assertThat(written()).isEqualTo("encoded 0/10   0% 1 s" + System.lineSeparator());
    }

    @Test
    void theThreadOfABarShowsItWithoutAnyStep() throws InterruptedException {
        long begun = System.nanoTime();
        try (ProgressBar bar = new ProgressBar(new PrintWriter(text, true), "encoded", 10)) {
            while (!text.toString().contains("encoded 0/10")) {
                Thread.sleep(20);
                // Two seconds are the promise; the rest is for a machine that does other things.
                assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(10));
            }
        }
    }

    @Test
    void plainLinesComeEveryTenSecondsAndAtTheEnd() {
        ProgressBar bar = bar(100, false);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            pass(0.5);
            bar.advance(1);
            written().lines().forEach(lines::add);
        }
        bar.close();
        assertThat(lines).hasSize(6);
        assertThat(lines.getLast()).isEqualTo("encoded 100/100 100% 50 s");
        assertThat(written()).isEmpty();
    }

    @Test
    void quickWorkIsOneLine() {
        ProgressBar bar = bar(2, false);
        bar.advance(1);
        bar.advance(1);
        bar.reach(2);
        bar.close();
        assertThat(written()).isEqualTo("encoded 2/2 100% 0 s" + System.lineSeparator());
    }

    @Test
    void theTimeLeftIsWhatSteadyWorkThenTakes() {
        ProgressBar bar = bar(60, true);
        for (int done = 1; done < 60; done++) {
            pass(3);
            bar.advance(1);
            assertThat(left()).as("after " + done).isEqualTo(3 * (60 - done));
        }
    }

    @Test
    void stepsThatCostNothingAreForgotten() {
        // What an earlier run kept comes in an instant; then every step takes a minute.
        ProgressBar bar = bar(110, true);
        for (int i = 0; i < 100; i++) {
            pass(0.001);
            bar.advance(1);
        }
        for (int left = 9; left >= 1; left--) {
            pass(60);
            bar.advance(1);
            if (left < 7) {
                assertThat(left()).isEqualTo(60L * left);
            }
            written();
        }
    }

    @Test
    void whileAStepTakesLongTheTimeLeftGrowsAndIsNeverZero() {
        ProgressBar bar = bar(11, true);
        for (int i = 0; i < 10; i++) {
            pass(1);
            bar.advance(1);
        }
        long before = left();
        assertThat(before).isEqualTo(1);
        for (int second = 0; second < 300; second++) {
            pass(1);
            bar.tick();
            long left = left();
            assertThat(left).isGreaterThanOrEqualTo(Math.max(1, before));
            before = left;
        }
        assertThat(before).as("after five minutes in the last step").isGreaterThan(30);
    }

    @Test
    void workOfUnknownSizeShowsItsTimeUntilTheSizeIsKnown() {
        ProgressBar bar = bar(ProgressBar.UNKNOWN, true);
        pass(75);
        bar.tick();
        assertThat(written()).contains("encoded, 1 min 15 s");
        pass(1);
        bar.reach(0, 4);
        assertThat(written()).contains("encoded 0/4");
        pass(4000);
        bar.reach(1, 4);
        assertThat(written()).contains("encoded 1/4  25% 3 h 23 min left");
    }

    @Test
    void workOfUnknownSizeLeavesNothingOnTheTerminal() {
        bar(ProgressBar.UNKNOWN, true).close();
        assertThat(written()).endsWith("\r\033[K");
    }

    @Test
    void nothingToDoIsDone() {
        ProgressBar bar = bar(0, false);
        bar.reach(0);
        bar.close();
        assertThat(written()).isEqualTo("encoded 0/0 100% 0 s" + System.lineSeparator());
    }
}
