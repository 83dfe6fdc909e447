package org.precedent.network.crossattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.precedent.network.crossattention.RowLoops.Pairs;

/** The loops of both forms, and the entries that they find, to the bit. */
class RowLoopsTest {
    private static final int CASES = 300;

    private final RowLoops lanes = new LaneLoops();
    private final RowLoops plain = new RowLoops.PlainLoops();

    /** One random row of attention before the supports' axis is interpolated. */
    private static final class Row {
        final GridDoubling axis;
        final int supports;
        final int pairs;
        final float[] half;

        Row(SplittableRandom random) {
            axis =
                    new GridDoubling(
                            random.nextInt(1, 9),
                            random.nextInt(1, 18),
                            (float) random.nextDouble());
            supports = random.nextInt(1, 7);
            int entries = supports * axis.fine();
            pairs = random.nextInt(1, Math.min(entries, random.nextBoolean() ? 9 : entries) + 1);
            half = new float[supports * axis.coarse()];
            double sharpness = random.nextDouble(0, 4);
            for (int j = 0; j < half.length; j++) {
                half[j] = (float) Math.exp(sharpness * random.nextGaussian());
            }
            if (random.nextInt(4) == 0) {
                // Equal values, of which the first count.
                for (int j = 0; j < half.length; j++) {
                    half[j] = Math.round(half[j]);
                }
            }
        }

        float[] framed() {
            return axis.framed(half, supports);
        }

        float[] doubled() {
            float[] doubled = new float[supports * axis.fine()];
            for (int j = 0; j < doubled.length; j++) {
                doubled[j] = axis.at(half, j / axis.fine() * axis.coarse(), j % axis.fine());
            }
            return doubled;
        }
    }

    @Test
    void bothFormsFindTheLargestEntriesOfTheWholeRow() {
        for (long seed = 1; seed <= CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Row row = new Row(random);
            float[] all = row.doubled();
            List<Integer> expected =
                    IntStream.range(0, all.length)
                            .boxed()
                            .sorted((a, b) -> Float.compare(all[b], all[a]))
                            .limit(row.pairs)
                            .toList();

            LargestEntries byLanes = new LargestEntries(row.axis, row.supports, row.pairs, lanes);
            LargestEntries byNumbers = new LargestEntries(row.axis, row.supports, row.pairs, plain);
            // Another row before it changes nothing.
            byLanes.choose(new Before(row, random).framed());
            byLanes.choose(row.framed());
            byNumbers.choose(row.framed());

            List<Float> values = new ArrayList<>();
            for (int p = 0; p < row.pairs; p++) {
                assertThat(byLanes.column(p)).as("seed %d", seed).isEqualTo(byNumbers.column(p));
                assertThat(byLanes.value(p)).as("seed %d", seed).isEqualTo(byNumbers.value(p));
                assertThat(all[byLanes.column(p)]).as("seed %d", seed).isEqualTo(byLanes.value(p));
                values.add(byLanes.value(p));
            }
            values.sort((a, b) -> Float.compare(b, a));
            assertThat(values)
                    .as("seed %d", seed)
                    .isEqualTo(expected.stream().map(j -> all[j]).toList());
        }
    }

    /** A row of the same shape with other values, larger or smaller ones. */
    private record Before(Row like, SplittableRandom random) {
        float[] framed() {
            float scale = (float) Math.exp(3 * random.nextGaussian());
            float[] other = like.half.clone();
            for (int j = 0; j < other.length; j++) {
                other[j] *= scale * random.nextFloat();
            }
            return like.axis.framed(other, like.supports);
        }
    }

    @Test
    void aRowThatHoldsWhatIsNoNumberEndsAndSaysSo() {
        Row row = new Row(new SplittableRandom(5));
        float[] half = row.framed();
        Arrays.fill(half, Float.NaN);
        LargestEntries largest = new LargestEntries(row.axis, row.supports, row.pairs, lanes);

        largest.choose(half);

        for (int p = 0; p < row.pairs; p++) {
            assertThat(largest.value(p)).isNaN();
            assertThat(largest.column(p)).isEqualTo(p);
        }
        largest.choose(row.framed());
        assertThat(largest.value(0)).isNotNaN();
    }

    @Test
    void framedMapsDoubleToTheSameBits() {
        for (long seed = 1; seed <= CASES; seed++) {
            Row row = new Row(new SplittableRandom(seed));

            float[] byLanes = new float[row.supports * row.axis.fine()];
            float[] byNumbers = byLanes.clone();
            lanes.doubled(row.framed(), row.axis, row.supports, byLanes);
            plain.doubled(row.framed(), row.axis, row.supports, byNumbers);

            assertThat(byLanes).as("seed %d", seed).isEqualTo(row.doubled());
            assertThat(byNumbers).as("seed %d", seed).isEqualTo(row.doubled());
        }
    }

    @Test
    void rowsAreAddedToTheSameBits() {
        for (long seed = 1; seed <= CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int dim = random.nextInt(1, 70);
            int fine = random.nextInt(1, 20);
            float[] start = gaussian(random, dim);
            float[][] features = {gaussian(random, fine * dim), gaussian(random, fine * dim)};
            float[] factors = gaussian(random, random.nextInt(1, 40));
            Pairs pairs = pairs(random, 3 + factors.length, 2, fine);
            float[] byLanes = start.clone();
            float[] byNumbers = start.clone();

            lanes.addRows(byLanes, factors, pairs, 3, features);
            plain.addRows(byNumbers, factors, pairs, 3, features);

            assertThat(byLanes).as("seed %d", seed).isEqualTo(byNumbers);
            assertThat(Arrays.equals(byLanes, start)).isFalse();
        }
    }

    private static Pairs pairs(SplittableRandom random, int count, int supports, int fine) {
        return new Pairs(
                random.ints(count, 0, supports).toArray(), random.ints(count, 0, fine).toArray());
    }

    @Test
    void pairsAreRefinedToTheSameBits() {
        for (long seed = 1; seed <= CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int hidden = random.nextInt(4) == 0 ? random.nextInt(1, 40) : 16 * random.nextInt(1, 4);
            int fine = random.nextInt(1, 20);
            float[][] supports = {gaussian(random, fine * hidden), gaussian(random, fine * hidden)};
            float[] levels = gaussian(random, random.nextInt(1, 40));
            Pairs pairs = pairs(random, 2 + levels.length, 2, fine);
            float[] query = gaussian(random, fine * hidden);
            int cell = random.nextInt(fine);
            float[] attention = gaussian(random, hidden);
            float[] out = gaussian(random, hidden);
            float[] byLanes = new float[levels.length];
            float[] byNumbers = new float[levels.length];

            lanes.refine(byLanes, levels, pairs, 2, supports, query, cell, attention, out);
            plain.refine(byNumbers, levels, pairs, 2, supports, query, cell, attention, out);

            assertThat(byLanes).as("seed %d", seed).isEqualTo(byNumbers);
            double sum = 0;
            for (int c = 0; c < hidden; c++) {
                double x =
                        (double) supports[pairs.support()[2]][pairs.cell()[2] * hidden + c]
                                + query[cell * hidden + c]
                                + attention[c] * levels[0];
                sum += out[c] * x * phi(x);
            }
            assertThat((double) byLanes[0]).as("seed %d", seed).isEqualTo(sum, within(2e-5));
        }
    }

    /** The normal distribution, by the trapezoid rule. */
    private static double phi(double x) {
        double from = -9;
        int steps = 4000;
        double step = (Math.max(from, x) - from) / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double at = from + i * step;
            sum += (i == 0 || i == steps ? 0.5 : 1) * Math.exp(-at * at / 2);
        }
        return sum * step / Math.sqrt(2 * Math.PI);
    }

    @Test
    void theErrorFunctionIsThatOfFloat32() {
        for (double x = -9; x < 9; x += 0.01) {
            assertThat((double) RowLoops.gelu((float) x))
                    .as("%f", x)
                    .isEqualTo(x * phi(x), within(5e-7 * Math.max(1, Math.abs(x))));
        }
    }

    @Test
    void bothFormsCountTheSame() {
        for (long seed = 1; seed <= CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            float[] values = gaussian(random, 100);
            int count = random.nextInt(101);
            float bound = values[random.nextInt(100)];
            long expected = IntStream.range(0, count).filter(i -> values[i] >= bound).count();

            assertThat(lanes.countAtLeast(bound, values, count)).isEqualTo((int) expected);
            assertThat(plain.countAtLeast(bound, values, count)).isEqualTo((int) expected);
        }
    }

    private static float[] gaussian(SplittableRandom random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
