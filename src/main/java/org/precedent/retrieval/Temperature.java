package org.precedent.retrieval;

/**
 * Sharpness of the weights, tau of the similarity-weighted UniverSeg paper.
 *
 * @param tau > 0; infinite means that all supports weigh the same
 */
public record Temperature(double tau) {
    /** All supports weigh the same. */
    public static final Temperature UNIFORM = new Temperature(Double.POSITIVE_INFINITY);

    public Temperature {
        if (!(tau > 0)) {
            throw new IllegalArgumentException("temperature " + tau + " is not above 0");
        }
    }

    public boolean isUniform() {
        return tau == Double.POSITIVE_INFINITY;
    }

    /** As written in requests and answers: {@code uniform}, or tau. */
    public String word() {
        return isUniform() ? "uniform" : Double.toString(tau);
    }

    /**
     * What each similarity weighs at this temperature.
     *
     * @param similarities [K], K >= 1, finite
     * @return [K] summing to 1
     */
    public double[] weights(double[] similarities) {
        return isUniform()
                ? Weights.uniform(similarities.length)
                : Weights.softmax(similarities, tau);
    }
}
