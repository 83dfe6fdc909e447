package org.precedent.adaptation;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), as PyTorch computes it, with
 * betas of .9 and .99.
 */
final class AdamW {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.99;
    private static final double EPSILON = 1e-8;

    private final boolean[] decayed;
    private final double decay;
    private final float[] first;
    private final float[] second;

    /**
     * @param decayed which values the decay shrinks
     * @param first moments so far, written to
     * @param second moments so far, written to
     */
    AdamW(boolean[] decayed, double decay, float[] first, float[] second) {
        this.decayed = decayed;
        this.decay = decay;
        this.first = first;
        this.second = second;
    }

    /**
     * Moves values.
     *
     * @param step from 1 on
     */
    void step(float[] values, float[] gradient, double rate, int step) {
        double ofFirst = 1 - Math.pow(BETA_1, step);
        double ofSecond = Math.sqrt(1 - Math.pow(BETA_2, step));
        for (int i = 0; i < gradient.length; i++) {
            double g = gradient[i];
            double value = values[i] * (decayed[i] ? 1 - rate * decay : 1);
            double m = BETA_1 * first[i] + (1 - BETA_1) * g;
            double v = BETA_2 * second[i] + (1 - BETA_2) * g * g;
            first[i] = (float) m;
            second[i] = (float) v;
            values[i] = (float) (value - rate / ofFirst * m / (Math.sqrt(v) / ofSecond + EPSILON));
        }
    }
}
