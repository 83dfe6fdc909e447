package org.precedent.adaptation;

/**
 * How a network is adapted. The defaults were fixed for all sets of images alike.
 *
 * @param supports of an episode, at most
 * @param batch episodes of a step
 * @param rate learning rate after the warm-up; it falls along a cosine to a fiftieth
 * @param warmUp steps in which the rate rises
 * @param decay of matrices' weights, times the rate
 * @param average how much of the averaged weights a step keeps
 * @param follow how much of the mapper's copy a step keeps
 * @param clip the gradient is shortened to this length
 */
public record AdaptationRecipe(
        int supports,
        int batch,
        double rate,
        int warmUp,
        double decay,
        double average,
        double follow,
        double clip) {
    public static final AdaptationRecipe DEFAULT =
            new AdaptationRecipe(4, 2, 3e-4, 10, 1e-4, 0.95, 0.95, 1);

    private static final double LAST = 1.0 / 50;

    public AdaptationRecipe {
        if (supports < 1 || batch < 1 || warmUp < 0) {
            throw new IllegalArgumentException(
                    supports + " supports, batch " + batch + ", warm-up " + warmUp);
        }
    }

    /**
     * The learning rate of a step.
     *
     * @param step from 0 on
     * @param done share of the budget that is over, in [0, 1]
     */
    double rate(int step, double done) {
        double warm = Math.min(1, (step + 1.0) / Math.max(1, warmUp));
        double cosine = (1 + Math.cos(Math.PI * Math.clamp(done, 0.0, 1.0))) / 2;
        return rate * warm * (LAST + (1 - LAST) * cosine);
    }
}
