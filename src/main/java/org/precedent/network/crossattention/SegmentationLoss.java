package org.precedent.network.crossattention;

/**
 * Soft Dice plus a quarter of the binary cross-entropy, as the training program has it, and its
 * gradient.
 *
 * <pre>
 *   1 - (2 sum p t + 1) / (sum p + sum t + 1)  +  1/4 mean -t log p - (1 - t) log (1 - p)
 * </pre>
 *
 * @param value of the loss
 * @param gradient by each logit
 */
record SegmentationLoss(double value, float[] gradient) {
    private static final double ENTROPY_SHARE = 0.25;
    private static final double SMOOTH = 1;

    /**
     * @param logits of each pixel
     * @param target 0 or 1 of each
     */
    static SegmentationLoss of(float[] logits, float[] target) {
        int n = logits.length;
        double common = 0;
        double predicted = 0;
        double actual = 0;
        double entropy = 0;
        double[] p = new double[n];
        for (int i = 0; i < n; i++) {
            double x = logits[i];
            p[i] = 1 / (1 + Math.exp(-x));
            common += p[i] * target[i];
            predicted += p[i];
            actual += target[i];
            entropy += Math.max(x, 0) - x * target[i] + Math.log1p(Math.exp(-Math.abs(x)));
        }
        double above = 2 * common + SMOOTH;
        double below = predicted + actual + SMOOTH;
        float[] gradient = new float[n];
        for (int i = 0; i < n; i++) {
            double ofDice = -(2 * target[i] * below - above) / (below * below);
            double ofEntropy = ENTROPY_SHARE * (p[i] - target[i]) / n;
            gradient[i] = (float) (ofDice * p[i] * (1 - p[i]) + ofEntropy);
        }
        return new SegmentationLoss(1 - above / below + ENTROPY_SHARE * entropy / n, gradient);
    }
}
