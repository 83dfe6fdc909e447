package org.precedent.confidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiceBoundTest {
    private static final int POOLS = 4000;

    /**
     * Of exchangeable images nine in ten reach the bound, whatever the evidence is worth: the
     * standard error over {@value #POOLS} pools is .005.
     */
    @ParameterizedTest
    @CsvSource({"12, 1", "19, 1", "20, 1", "45, 1", "60, 1", "20, 0", "60, 0", "60, -1"})
    void nineOfTenAnswersReachTheBound(int images, double worth) {
        Random random = new Random(images);
        int reached = 0;
        for (int pool = 0; pool < POOLS; pool++) {
            List<Evidence> evidence = new ArrayList<>();
            double[] dice = new double[images];
            for (int i = 0; i < images; i++) {
                evidence.add(evidence(random));
                dice[i] = dice(random, evidence.get(i), worth);
            }
            Evidence asked = evidence(random);
            double bound = bound(evidence, dice).of(asked);
            reached += dice(random, asked, worth) >= bound ? 1 : 0;
        }

        // 12 images: the lowest of 9.
        assertThat((double) reached / POOLS).isCloseTo(.9, within(.016));
    }

    @Test
    void evidenceThatTellsMakesTheBoundTight() {
        assertThat(meanBound(1)).isGreaterThan(meanBound(0) + .1);
    }

    private static double meanBound(double worth) {
        Random random = new Random(1);
        List<Evidence> evidence = new ArrayList<>();
        double[] dice = new double[60];
        for (int i = 0; i < dice.length; i++) {
            evidence.add(evidence(random));
            dice[i] = dice(random, evidence.get(i), worth);
        }
        DiceBound bound = bound(evidence, dice);
        return evidence.stream().mapToDouble(bound::of).average().orElseThrow();
    }

    @Test
    void fewerThanNineImagesGiveNone() {
        Random random = new Random(1);
        List<Evidence> eight = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            eight.add(evidence(random));
        }
        assertThat(DiceBound.fit(eight, new double[8], own(8))).isEmpty();
    }

    @Test
    void imagesOfOnePatientCountOnceAndNineOfTenPatientsStillReachTheBound() {
        List<Evidence> eight = new ArrayList<>();
        List<String> patients = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            eight.add(evidence(new Random(i)));
            patients.add("p" + i % 8);
        }
        assertThat(DiceBound.fit(eight, new double[80], patients)).isEmpty();
        for (int pool : new int[] {12, 40}) {
            Random random = new Random(pool);
            int reached = 0;
            for (int trial = 0; trial < POOLS / 2; trial++) {
                List<Evidence> evidence = new ArrayList<>();
                List<Double> dice = new ArrayList<>();
                patients.clear();
                for (int p = 0; p < pool; p++) {
                    // All images of a patient are alike, and those who have more are answered
                    // worse.
                    int images = 1 + random.nextInt(9);
                    double level = dice(random, evidence(random), 1) - images / 30.0;
                    for (int i = 0; i < images; i++) {
                        evidence.add(evidence(random));
                        dice.add(level);
                        patients.add("p" + trial + " " + p);
                    }
                }
                double asked = dice(random, evidence(random), 1) - (1 + random.nextInt(9)) / 30.0;
                DiceBound bound =
                        DiceBound.fit(
                                        evidence,
                                        dice.stream().mapToDouble(d -> d).toArray(),
                                        patients)
                                .orElseThrow();
                reached += asked >= bound.of(evidence(random)) || asked < 0 ? 1 : 0;
            }
            assertThat(2.0 * reached / POOLS).as("%d patients", pool).isGreaterThan(.88);
        }
    }

    private static List<String> own(int images) {
        return IntStream.range(0, images).mapToObj(i -> "p" + i).toList();
    }

    private static DiceBound bound(List<Evidence> evidence, double[] dice) {
        return DiceBound.fit(evidence, dice, own(dice.length)).orElseThrow();
    }

    @Test
    void theBoundIsNeverAboveThePrediction() {
        Random random = new Random(2);
        List<Evidence> evidence = new ArrayList<>();
        double[] dice = new double[14];
        for (int i = 0; i < dice.length; i++) {
            evidence.add(evidence(random));
            dice[i] = .3 + .6 * evidence.get(i).reverse();
        }
        ConfidenceModel model = ConfidenceModel.fit(evidence, dice, own(dice.length));
        for (int i = 0; i < 100; i++) {
            Evidence one = evidence(random);
            assertThat(model.atLeast(one)).isBetween(0.0, model.predict(one));
        }
    }

    private static Evidence evidence(Random random) {
        return new Evidence(
                random.nextDouble(),
                random.nextDouble(),
                random.nextDouble(),
                random.nextDouble(),
                2 * random.nextDouble(),
                Double.NaN);
    }

    /** Told by the evidence, or not told, or told by a single outlier in ten. */
    private static double dice(Random random, Evidence evidence, double worth) {
        double noise = random.nextDouble();
        if (worth < 0) {
            return noise < .1 ? noise : .9 + .1 * noise;
        }
        return worth * (.2 + .7 * evidence.reverse() + .1 * noise) + (1 - worth) * noise;
    }
}
