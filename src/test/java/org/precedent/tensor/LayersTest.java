package org.precedent.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.types.Shape;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Convolutions against plain sums: every number of channels, also those that fill no block. */
class LayersTest extends OnTorch {
    private static final int B = 2;
    private static final int O = 5;
    private static final int H = 4;
    private static final int W = 5;

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void convolvesWithAnyNumberOfChannels(int depth) {
        Shape ones = depth == 1 ? new Shape(1, 1) : new Shape(1, 1, 1);
        for (int channels = 1; channels <= 40; channels++) {
            SplittableRandom random = new SplittableRandom(channels);
            float[] x = random(random, B * channels * depth * H * W);
            float[] kernel = random(random, O * channels * depth * 9);
            float[] bias = random(random, O);
            Shape xShape =
                    depth == 1 ? new Shape(B, channels, H, W) : new Shape(B, channels, depth, H, W);
            Shape kernelShape =
                    depth == 1 ? new Shape(O, channels, 3, 3) : new Shape(O, channels, depth, 3, 3);

            float[] y =
                    torch.call(manager ->
                            Layers.convolution(
                                            manager.create(x, xShape),
                                            manager.create(kernel, kernelShape),
                                            manager.create(bias),
                                            ones,
                                            ones,
                                            ones,
                                            1)
                                    .toFloatArray());

            // Padding of one on every side, depth included, keeps 3 x 3 x 3 and 3 x 3 at their
            // size.
            for (int at = 0; at < y.length; at++) {
                assertThat((double) y[at])
                        .as("%d channels, entry %d", channels, at)
                        .isCloseTo(plain(x, kernel, bias, channels, depth, at), offset(1e-4));
            }
        }
    }

    /** One entry of the convolution's result, [B, O, D, H, W] row-major. */
    private static double plain(
            float[] x, float[] kernel, float[] bias, int channels, int depth, int at) {
        int column = at % W;
        int row = at / W % H;
        int slice = at / (W * H) % depth;
        int out = at / (W * H * depth) % O;
        int b = at / (W * H * depth * O);
        double sum = bias[out];
        for (int c = 0; c < channels; c++) {
            for (int dz = 0; dz < depth; dz++) {
                for (int dy = 0; dy < 3; dy++) {
                    for (int dx = 0; dx < 3; dx++) {
                        int z = slice + dz - depth / 2;
                        int i = row + dy - 1;
                        int j = column + dx - 1;
                        if (z >= 0 && z < depth && i >= 0 && i < H && j >= 0 && j < W) {
                            double value = x[(((b * channels + c) * depth + z) * H + i) * W + j];
                            int k = (((out * channels + c) * depth + dz) * 3 + dy) * 3 + dx;
                            sum += value * kernel[k];
                        }
                    }
                }
            }
        }
        return sum;
    }

    private static float[] random(SplittableRandom random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
