package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Round numbers that hold all values. */
record ChartAxis(double low, double high, double step) {
    static ChartAxis around(double least, double most) {
        double span = Math.max(most - least, 1e-9 + 1e-3 * Math.abs(most));
        double raw = span / 5;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double step = power;
        for (double factor : new double[] {1, 2, 5, 10}) {
            if (factor * power >= raw) {
                step = factor * power;
                break;
            }
        }
        return new ChartAxis(
                step * Math.floor(least / step + 1e-9), step * Math.ceil(most / step - 1e-9), step);
    }

    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        for (long i = 0; low + i * step <= high + step / 2; i++) {
            ticks.add(low + i * step);
        }
        return ticks;
    }

    /** In [0, 1] within the axis. */
    double place(double value) {
        return high > low ? (value - low) / (high - low) : 0.5;
    }

    String text(double tick) {
        int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
        String text = String.format(Locale.ROOT, "%." + decimals + "f", tick);
        return Double.parseDouble(text) == 0 ? text.replace("-", "") : text;
    }
}
