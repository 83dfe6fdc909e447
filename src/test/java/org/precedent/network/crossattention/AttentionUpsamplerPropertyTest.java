package org.precedent.network.crossattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.precedent.network.Parameters;
import org.precedent.network.crossattention.AttentionUpsampler.Rows;
import org.precedent.network.crossattention.AttentionUpsampler.Upsampled;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/** The upsampler against its seven steps as the paper states them, in double, on random cases. */
class AttentionUpsamplerPropertyTest {
    /** {@code -Dprecedent.crossattention.cases=10000} for the long run. */
    private static final int CASES = Integer.getInteger("precedent.crossattention.cases", 1000);

    private static final int HIDDEN = 4;

    private static Torch torch;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
    }

    @AfterAll
    static void stop() {
        torch.close();
    }

    @Test
    void equalsTheSevenStepsOnRandomCases() {
        long rows = 0;
        long ambiguous = 0;
        for (long seed = 1; seed <= CASES; seed++) {
            Case random = new Case(seed);
            double[][] expected = random.plain();
            rows += expected.length;
            ambiguous += random.ambiguous.cardinality();
            random.run(up -> {
                float[][] matrix = up.matrix();
                double largest = 0;
                double error = 0;
                for (int i = 0; i < matrix.length; i++) {
                    for (int j = 0; !random.ambiguous.get(i) && j < matrix[i].length; j++) {
                        largest = Math.max(largest, expected[i][j]);
                        error = Math.max(error, Math.abs(expected[i][j] - matrix[i][j]));
                    }
                }
                assertThat(error).as("%s: matrix", random).isLessThanOrEqualTo(1e-4 * largest);
                random.checkProduct(up, expected);
            });
        }
        assertThat(ambiguous).as("of %d rows", rows).isLessThan(rows / 100);
    }

    @Test
    void nearestMixAndNoRefinementCopyAQuarter() {
        Case quarter = new Case(7);
        Arrays.fill(quarter.weights.get("u.mix_query"), 50);
        Arrays.fill(quarter.weights.get("u.mix_support"), 50);
        Arrays.fill(quarter.weights.get("u.out.weight"), 0);
        Arrays.fill(quarter.weights.get("u.out.bias"), 0);

        quarter.run(up -> {
            int n = quarter.h * quarter.w;
            for (int i = 0; i < 4 * n; i++) {
                float[] row = up.row(i);
                for (int j = 0; j < row.length; j++) {
                    float coarse =
                            quarter.attention[quarter.parent(i)][
                                    j / (4 * n) * n + quarter.parent(j % (4 * n))];
                    assertThat(row[j]).isEqualTo(coarse / 4, within(1e-6f));
                }
            }
        });
    }

    @Test
    void keepsTheMassOfARowWhateverTheRefinementSays() {
        for (float bias : new float[] {-30, 30}) {
            Case extreme = new Case(11);
            Arrays.fill(extreme.weights.get("u.out.bias"), bias);
            extreme.run(up -> {
                for (int i = 0; i < 4 * extreme.h * extreme.w; i++) {
                    double sum = 0;
                    for (float value : up.row(i)) {
                        assertThat(value).isBetween(0f, 1f);
                        sum += value;
                    }
                    assertThat(sum).isLessThan(1.001);
                    if (bias > 0) {
                        assertThat(sum).isGreaterThan(0.05);
                    }
                }
            });
        }
    }

    /** One random attention matrix, and all that refines it. */
    private static final class Case {
        final long seed;
        final int h;
        final int w;
        final int k;
        final int pairs;
        final int dim;
        final float[][] attention;
        final double[] shares;
        final Map<String, float[]> weights = new HashMap<>();
        final float[] query;
        final List<float[]> supports = new ArrayList<>();
        final List<float[]> features = new ArrayList<>();

        /** Rows whose P-th and next largest entry are as good as equal: either may be refined. */
        final BitSet ambiguous = new BitSet();

        Case(long seed) {
            this.seed = seed;
            SplittableRandom random = new SplittableRandom(seed);
            h = random.nextInt(2, 5);
            w = random.nextInt(2, 5);
            k = random.nextInt(1, 5);
            int n = h * w;
            int m = 4 * n;
            pairs = random.nextInt(1, random.nextBoolean() ? 9 : 2 * k * m);
            dim = random.nextInt(1, 6);
            // From almost even to almost all in one place.
            double sharpness = random.nextDouble(0.1, 4);
            attention = new float[n][k * n];
            for (float[] row : attention) {
                double sum = random.nextDouble(0.01, 3);
                for (int j = 0; j < row.length; j++) {
                    row[j] = (float) Math.exp(sharpness * random.nextGaussian());
                    sum += row[j];
                }
                for (int j = 0; j < row.length; j++) {
                    row[j] /= (float) sum;
                }
            }
            shares = UniverSegCases.randomWeights(random, k, 1);
            put(random, "u.mix_support", 1);
            put(random, "u.mix_query", 1);
            put(random, "u.attention.weight", HIDDEN, 1);
            put(random, "u.query.weight", HIDDEN, 1);
            put(random, "u.query.bias", HIDDEN);
            put(random, "u.support.weight", HIDDEN, 1);
            put(random, "u.out.weight", 1, HIDDEN);
            put(random, "u.out.bias", 1);
            query = gaussian(random, m * HIDDEN);
            for (int i = 0; i < k; i++) {
                supports.add(gaussian(random, m * HIDDEN));
                features.add(gaussian(random, m * dim));
            }
        }

        private void put(SplittableRandom random, String name, int... shape) {
            weights.put(name, gaussian(random, IntStream.of(shape).reduce(1, (a, b) -> a * b)));
        }

        private static float[] gaussian(SplittableRandom random, int n) {
            float[] values = new float[n];
            for (int i = 0; i < n; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return values;
        }

        void run(Consumer<Upsampled> check) {
            Map<String, Tensor> tensors = new HashMap<>();
            weights.forEach((name, values) ->
                    tensors.put(
                            name,
                            new Tensor(
                                    name.equals("u.out.weight")
                                            ? new long[] {1, values.length}
                                            : new long[] {values.length, 1},
                                    values)));
            torch.call(scratch -> {
                AttentionUpsampler upsampler =
                        new AttentionUpsampler(
                                new Parameters(new StateDict("u", "", tensors), scratch), "u");
                check.accept(
                        upsampler.upsample(
                                seed % 2 == 0 ? Rows.BY_ONE_THREAD : Rows.BY_SEVERAL,
                                attention,
                                h,
                                w,
                                shares,
                                query,
                                supports.toArray(float[][]::new),
                                pairs));
                return true;
            });
        }

        /** Product of the fast form, pooled features and all, against the plain matrix's. */
        void checkProduct(Upsampled up, double[][] matrix) {
            int n = h * w;
            float[][] base = new float[n][dim];
            for (int s = 0; s < k; s++) {
                double[][] pooled = pooled(features.get(s));
                for (int i = 0; i < n; i++) {
                    for (int j = 0; j < n; j++) {
                        for (int d = 0; d < dim; d++) {
                            base[i][d] += (float) (attention[i][s * n + j] * pooled[j][d]);
                        }
                    }
                }
            }
            float[] product = up.times(base, features.toArray(float[][]::new));
            double largest = 0;
            double error = 0;
            for (int i = 0; i < 4 * n; i++) {
                for (int d = 0; !ambiguous.get(i) && d < dim; d++) {
                    double sum = 0;
                    for (int j = 0; j < matrix[i].length; j++) {
                        sum += matrix[i][j] * features.get(j / (4 * n))[j % (4 * n) * dim + d];
                    }
                    largest = Math.max(largest, Math.abs(sum));
                    error = Math.max(error, Math.abs(sum - product[i * dim + d]));
                }
            }
            assertThat(error).as("%s: product", this).isLessThanOrEqualTo(1e-4 * largest);
        }

        private double[][] pooled(float[] of) {
            double c = sigmoid(weights.get("u.mix_support")[0]);
            double[][] pooled = new double[h * w][dim];
            for (int cell = 0; cell < h * w; cell++) {
                double[] unit = new double[h * w];
                unit[cell] = 1;
                double[] share = doubled(unit, c);
                for (int j = 0; j < share.length; j++) {
                    for (int d = 0; d < dim; d++) {
                        pooled[cell][d] += share[j] * of[j * dim + d];
                    }
                }
            }
            return pooled;
        }

        int parent(int fine) {
            return fine / (2 * w) / 2 * w + fine % (2 * w) / 2;
        }

        /** Steps 1 to 7. */
        double[][] plain() {
            int n = h * w;
            int m = 4 * n;
            double cQuery = sigmoid(weights.get("u.mix_query")[0]);
            double cSupport = sigmoid(weights.get("u.mix_support")[0]);
            double[] mass = new double[n]; // 1
            double[][] half = new double[n][k * m]; // 2
            for (int i = 0; i < n; i++) {
                for (int s = 0; s < k; s++) {
                    double[] map = new double[n];
                    for (int j = 0; j < n; j++) {
                        map[j] = attention[i][s * n + j];
                        mass[i] += map[j];
                    }
                    System.arraycopy(doubled(map, cSupport), 0, half[i], s * m, m);
                }
            }
            double[][] a = new double[m][k * m]; // 3
            for (int j = 0; j < k * m; j++) {
                double[] column = new double[n];
                for (int i = 0; i < n; i++) {
                    column[i] = half[i][j];
                }
                double[] fine = doubled(column, cQuery);
                for (int i = 0; i < m; i++) {
                    a[i][j] = fine[i];
                }
            }
            double[] fineMass = doubled(mass, cQuery); // 4
            for (int i = 0; i < m; i++) {
                normalize(a[i], fineMass[i]);
                refine(i, a[i]); // 5 and 6
                normalize(a[i], fineMass[i]); // 7
            }
            return a;
        }

        private void refine(int i, double[] row) {
            double[] before = row.clone();
            double[] sorted = Arrays.stream(before).sorted().toArray();
            if (pairs < row.length) {
                double last = sorted[row.length - pairs];
                ambiguous.set(i, last - sorted[row.length - pairs - 1] < 1e-6 * last);
            }
            IntStream.range(0, row.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(j -> -before[j]))
                    .limit(pairs)
                    .forEach(j -> row[j] *= factor(i, before[j], j));
        }

        private double factor(int i, double value, int j) {
            int m = 4 * h * w;
            double level = Math.log(value / shares[j / m] * m + 1e-6);
            double y = weights.get("u.out.bias")[0];
            for (int c = 0; c < HIDDEN; c++) {
                double x =
                        query[i * HIDDEN + c]
                                + supports.get(j / m)[j % m * HIDDEN + c]
                                + weights.get("u.attention.weight")[c] * level;
                y += weights.get("u.out.weight")[c] * gelu(x);
            }
            return y > 0 ? 1 + y : Math.exp(y);
        }

        private double[] doubled(double[] map, double c) {
            double[] fine = new double[4 * h * w];
            for (int y = 0; y < 2 * h; y++) {
                for (int x = 0; x < 2 * w; x++) {
                    double sy = Math.max(0, (y + 0.5) / 2 - 0.5);
                    double sx = Math.max(0, (x + 0.5) / 2 - 0.5);
                    int y0 = (int) sy;
                    int x0 = (int) sx;
                    int y1 = Math.min(h - 1, y0 + 1);
                    int x1 = Math.min(w - 1, x0 + 1);
                    double top = (1 - sx + x0) * map[y0 * w + x0] + (sx - x0) * map[y0 * w + x1];
                    double low = (1 - sx + x0) * map[y1 * w + x0] + (sx - x0) * map[y1 * w + x1];
                    double linear = (1 - sy + y0) * top + (sy - y0) * low;
                    double nearest = map[y / 2 * w + x / 2];
                    fine[y * 2 * w + x] = c * nearest + (1 - c) * linear;
                }
            }
            return fine;
        }

        private static void normalize(double[] row, double mass) {
            double sum = Arrays.stream(row).sum();
            for (int j = 0; j < row.length; j++) {
                row[j] *= mass / (sum + 1e-8);
            }
        }

        private static double sigmoid(double x) {
            return 1 / (1 + Math.exp(-x));
        }

        /** x Phi(x), Phi by its series. */
        private static double gelu(double x) {
            if (Math.abs(x) > 7) {
                return x > 0 ? x : 0;
            }
            double term = x;
            double sum = x;
            for (int n = 1; n < 200; n++) {
                term *= -x * x / (2 * n);
                sum += term / (2 * n + 1);
            }
            return x * (0.5 + sum / Math.sqrt(2 * Math.PI));
        }

        @Override
        public String toString() {
            return "seed "
                    + seed
                    + ": "
                    + k
                    + " supports of "
                    + h
                    + " x "
                    + w
                    + ", "
                    + pairs
                    + " pairs";
        }
    }
}
