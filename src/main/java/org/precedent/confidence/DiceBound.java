package org.precedent.confidence;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.precedent.Sha256;

/**
 * A lower bound of an answer's Dice that holds for {@value #COVERAGE} of answers: split conformal
 * prediction (Papadopoulos et al. 2002, Lei et al. 2018). A prediction is fitted to the images of
 * one part of the pool's patients; of the other patients, of whom there are 9, 19, 29 and so on,
 * with one image each, the tenth that were overestimated most say by how much. Where these patients
 * and the one who asks are exchangeable, the bound holds with exactly this probability, however bad
 * the prediction is: a bad one makes it low. Several images of a patient would be alike, and alike
 * to what was fitted.
 *
 * <p>Below {@value #FEWEST_TO_FIT} patients nothing is fitted, and the bound is the lowest Dice but
 * those of a tenth of the patients.
 *
 * @param means [features], subtracted
 * @param scales [features], divided by
 * @param coefficients [features]
 * @param intercept the prediction for features of the means
 * @param margin added to a prediction; below 0 as a rule
 * @param calibratedOn patients who say the margin
 */
public record DiceBound(
        double[] means,
        double[] scales,
        double[] coefficients,
        double intercept,
        double margin,
        int calibratedOn) {
    /** Share of the answers whose Dice is at least the bound. */
    public static final double COVERAGE = 0.9;

    private static final int FEWEST_TO_FIT = 20;

    /**
     * One in so many answers lies below the bound; multiples of it, less one, are the numbers of
     * patients with which the coverage is met exactly.
     */
    private static final int ONE_IN = 10;

    /**
     * Finds the bound.
     *
     * @param evidence one an image, in an order that says nothing about them
     * @param dice the true Dice of each
     * @param patients whose each is
     * @return empty for fewer than 9 patients
     */
    static Optional<DiceBound> fit(List<Evidence> evidence, double[] dice, List<String> patients) {
        List<List<Integer>> images = byPatient(patients);
        int n = images.size();
        boolean fits = n >= FEWEST_TO_FIT;
        int calibrating = (fits ? n / 2 + 1 : n + 1) / ONE_IN * ONE_IN - 1;
        if (calibrating < 1) {
            return Optional.empty();
        }
        int fitting = n - calibrating;
        List<Integer> fitted = images.subList(0, fitting).stream().flatMap(List::stream).toList();
        ConfidenceModel.Linear linear =
                fits
                        ? ConfidenceModel.Linear.fit(
                                fitted.stream().map(evidence::get).toList(),
                                fitted.stream().mapToDouble(i -> dice[i]).toArray())
                        : ConfidenceModel.Linear.constant(0);
        double[] residuals = new double[calibrating];
        for (int i = 0; i < calibrating; i++) {
            int one = images.get(fitting + i).getFirst();
            residuals[i] = dice[one] - linear.predict(evidence.get(one));
        }
        Arrays.sort(residuals);
        int rank = (calibrating + 1) / ONE_IN;
        return Optional.of(
                new DiceBound(
                        linear.means(),
                        linear.scales(),
                        linear.coefficients(),
                        linear.intercept(),
                        residuals[rank - 1],
                        calibrating));
    }

    /**
     * The images of each patient. In the order of the images patients with many come first as a
     * rule, so there the patients are put into another, which knows nothing of their images.
     */
    private static List<List<Integer>> byPatient(List<String> patients) {
        Map<String, List<Integer>> images = new LinkedHashMap<>();
        for (int i = 0; i < patients.size(); i++) {
            images.computeIfAbsent(patients.get(i), patient -> new ArrayList<>()).add(i);
        }
        if (images.size() == patients.size()) {
            return List.copyOf(images.values());
        }
        return images.entrySet().stream()
                .sorted(
                        Comparator.comparing(
                                one -> Sha256.of(one.getKey().getBytes(StandardCharsets.UTF_8))))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** The lower bound of an answer's Dice, in [0, 1]. */
    public double of(Evidence evidence) {
        double predicted =
                new ConfidenceModel.Linear(means, scales, coefficients, intercept)
                        .predict(evidence);
        return Math.clamp(predicted + margin, 0, 1);
    }
}
