package org.precedent.confidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Whatever the evidence and the pool are: every figure in a reason, read as it is shown, is one.
 */
class InsufficientReasonPropertyTest {
    private static final long SEED = 20_261_129;
    private static final int CASES = 20_000;
    private static final Pattern FIGURE = Pattern.compile("\\d+(\\.\\d+)?");

    /** The start of a reason to the feature it speaks of. */
    private static final Map<String, Evidence.Feature> SUBJECTS = new LinkedHashMap<>();

    static {
        SUBJECTS.put("the mask explains its own", Evidence.Feature.REVERSE);
        SUBJECTS.put("the answer depends more", Evidence.Feature.AGREEMENT);
        SUBJECTS.put("the query is less like the pool", Evidence.Feature.COVERAGE);
        SUBJECTS.put("the mask is vaguer", Evidence.Feature.CERTAINTY);
        SUBJECTS.put("the areas of the mask", Evidence.Feature.SIZE_RATIO);
        SUBJECTS.put("less attention goes", Evidence.Feature.ATTENTION_MASS);
    }

    @Test
    void everyFigureOfAReasonSupportsItAtThePrecisionShown() {
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (int i = 0; i < CASES; i++) {
            Random random = new Random(SEED + i);
            ConfidenceModel model = model(random);
            Evidence evidence = evidence(random, model);
            String reason = InsufficientReason.of(model, evidence);
            String as = "seed %d: %s".formatted(SEED + i, reason);
            double[] figures =
                    FIGURE.matcher(reason)
                            .results()
                            .mapToDouble(m -> Double.parseDouble(m.group()))
                            .toArray();
            assertThat(reason).as(as).doesNotContain("-").doesNotContain("NaN");
            if (reason.startsWith("no single piece")) {
                seen.merge("none", 1, Integer::sum);
                if (figures.length > 0) {
                    assertThat(figures[0]).as(as).isLessThan(figures[1]);
                }
                assertThat(supporting(model, evidence)).as(as).isEmpty();
                continue;
            }
            Evidence.Feature feature =
                    SUBJECTS.entrySet().stream()
                            .filter(entry -> reason.startsWith(entry.getKey()))
                            .findFirst()
                            .orElseThrow()
                            .getValue();
            seen.merge(feature.name(), 1, Integer::sum);
            assertThat(figures).as(as).hasSize(2);
            if (feature == Evidence.Feature.SIZE_RATIO) {
                assertThat(figures[0]).as(as).isGreaterThan(figures[1]);
                assertThat(figures[0]).as(as).isGreaterThan(1);
            } else {
                assertThat(figures[0]).as(as).isLessThan(figures[1]);
            }
            assertTrueToItsValue(as, feature, evidence, reason, figures[0]);
            // It lowers the prediction, too.
            assertThat(model.contributions(evidence)[feature.ordinal()]).as(as).isNegative();
        }
        assertThat(seen.keySet())
                .as("kinds of reasons that were met")
                .hasSize(Evidence.Feature.values().length + 1);
    }

    @Test
    void aMaskOfItsPrecedentsSizeIsNeverFlaggedForItsSize() {
        for (int i = 0; i < 2000; i++) {
            Random random = new Random(SEED + i);
            ConfidenceModel model = model(random);
            Evidence of = evidence(random, model);
            Evidence same =
                    new Evidence(
                            of.reverse(),
                            of.agreement(),
                            of.coverage(),
                            of.certainty(),
                            random.nextDouble() * 1e-3,
                            of.attentionMass());
            assertThat(InsufficientReason.of(model, same)).doesNotContain("factor of 1.0 ");
        }
    }

    @Test
    void aRatioThatWasCutOffIsNotGivenAsTheRatio() {
        double[] zeros = new double[Evidence.FEATURES];
        double[] ones = {1, 1, 1, 1, 1, 1};
        double[] coefficients = {0, 0, 0, 0, -1, 0};
        ConfidenceModel model = new ConfidenceModel(zeros, ones, coefficients, .9, .8, 20, .5);
        Evidence empty = new Evidence(.5, .5, .5, .5, Evidence.LARGEST_RATIO, Double.NaN);

        assertThat(InsufficientReason.of(model, empty))
                .isEqualTo(
                        "the areas of the mask and of its precedents differ by a factor of 20 or"
                                + " more, in this pool on average by 1.0");
    }

    /** Features that are worse than average by more than any rounding, and lower the prediction. */
    private static List<Evidence.Feature> supporting(ConfidenceModel model, Evidence evidence) {
        List<Evidence.Feature> supporting = new ArrayList<>();
        double[] contributions = model.contributions(evidence);
        for (Evidence.Feature feature : Evidence.Feature.values()) {
            double worse =
                    (evidence.features()[feature.ordinal()] - model.means()[feature.ordinal()])
                            * (feature == Evidence.Feature.SIZE_RATIO ? 1 : -1);
            if (contributions[feature.ordinal()] < 0
                    && worse > 2e-4
                    // Nothing is beyond the factor at which ratios are cut off.
                    && !(feature == Evidence.Feature.SIZE_RATIO
                            && evidence.sizeRatio() >= Evidence.LARGEST_RATIO)) {
                supporting.add(feature);
            }
        }
        return supporting;
    }

    private static void assertTrueToItsValue(
            String as, Evidence.Feature feature, Evidence evidence, String reason, double shown) {
        double value = evidence.features()[feature.ordinal()];
        double unit = feature == Evidence.Feature.COVERAGE ? 100 : 1;
        double exact = feature == Evidence.Feature.SIZE_RATIO ? Math.exp(value) : unit * value;
        Matcher first = FIGURE.matcher(reason);
        assertThat(first.find()).isTrue();
        int digits = first.group().contains(".") ? first.group().split("\\.")[1].length() : 0;
        if (reason.contains("or more")) {
            assertThat(exact).as(as).isGreaterThanOrEqualTo(shown);
        } else {
            assertThat(Math.abs(exact - shown))
                    .as(as)
                    .isLessThanOrEqualTo(0.5001 / Math.pow(10, digits));
        }
    }

    private static ConfidenceModel model(Random random) {
        int n = Evidence.FEATURES;
        double[] means = new double[n];
        double[] scales = new double[n];
        double[] coefficients = new double[n];
        for (int f = 0; f < n; f++) {
            means[f] =
                    f == Evidence.Feature.SIZE_RATIO.ordinal()
                            ? 3 * random.nextDouble()
                            : random.nextDouble();
            scales[f] = 0.01 + random.nextDouble();
            // Also of the sign that nobody expects: regressions do that.
            coefficients[f] = random.nextInt(4) == 0 ? 0 : random.nextGaussian() * 0.1;
        }
        return new ConfidenceModel(
                means, scales, coefficients, random.nextDouble(), random.nextDouble(), 20, .5);
    }

    /** Often right at the pool's mean, at an end of the range, or next to either. */
    private static Evidence evidence(Random random, ConfidenceModel model) {
        double[] v = new double[Evidence.FEATURES];
        for (int f = 0; f < v.length; f++) {
            double most = f == Evidence.Feature.SIZE_RATIO.ordinal() ? Evidence.LARGEST_RATIO : 1;
            double base =
                    switch (random.nextInt(4)) {
                        case 0 -> model.means()[f];
                        case 1 -> random.nextBoolean() ? 0 : most;
                        default -> most * random.nextDouble();
                    };
            double nudge = random.nextGaussian() * Math.pow(10, -1 - random.nextInt(6));
            v[f] = Math.clamp(random.nextBoolean() ? base : base + nudge, 0, most);
        }
        return new Evidence(
                v[0], v[1], v[2], v[3], v[4], random.nextInt(5) == 0 ? Double.NaN : v[5]);
    }
}
