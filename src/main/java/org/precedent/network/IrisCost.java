package org.precedent.network;

import static org.precedent.network.IrisSize.FEED_FORWARD;
import static org.precedent.network.IrisSize.TASK_LAYERS;
import static org.precedent.network.IrisSize.TWO_WAY_LAYERS;
import static org.precedent.network.IrisSize.classWidth;

import org.precedent.network.Model.Cost;

/**
 * What {@link IrisNetwork} costs. Convolutions and matrix products count, a multiply-add as two
 * FLOPs; norms, activations and softmax do not. The two figures of a query differ by its
 * upsampling, a product along each axis here and uncounted otherwise, and by the weighted mean of K
 * task embeddings.
 */
final class IrisCost {
    private IrisCost() {}

    /** Of the 2D network of this project, as {@link Architecture.CostModel}. */
    static Cost ofRecipe(int k, int h, int w, int labels) {
        return ofQuery(IrisSize.RECIPE, k, labels, h, w);
    }

    /** Of one query whose supports are encoded. */
    static Cost ofQuery(IrisSize size, int k, int labels, int... pixels) {
        if (k < 1 || labels < 1) {
            throw new IllegalArgumentException("cost of " + k + " supports, " + labels + " labels");
        }
        long published =
                encoder(size, pixels)
                        + sharedDecoder(size, pixels)
                        + twoWay(size, labels, pixels)
                        + classDecoders(size, labels, pixels);
        long mean = (long) k * labels * size.taskTokens() * size.channels();
        long ours = published + upsampling(size, labels, pixels) + mean;
        return new Cost(2 * ours, 2 * published, workingBytes(size, labels, pixels));
    }

    /** FLOPs of encoding one image with so many masks. */
    static long ofEncoding(IrisSize size, int masks, int... pixels) {
        long c = size.channels();
        long p = places(size, size.levels() - 1, pixels);
        long fine = size.fineChannels();
        long macs = encoder(size, pixels) + p * size.cell() * fine * fine;
        macs += size.expands() ? (1 + masks) * p * c * size.shuffled() : 0;
        long lowered = 0; // U^T y, one axis after the other
        long lines = places(size, 0, pixels);
        for (int axis : pixels) {
            lowered += lines * (axis / size.ratio());
            lines /= size.ratio();
        }
        macs += masks * (lowered + p * c);
        long m = size.tokens();
        for (int i = 0; i < TASK_LAYERS; i++) {
            // The first queries are the learned tokens, which all masks have in common.
            long cross = 2 * p * c * c + 2 * m * p * c + m * c * c;
            macs +=
                    masks * (cross + among(m, c) + feedForward(m, c))
                            + (i == 0 ? 1 : masks) * m * c * c;
        }
        return 2 * macs;
    }

    private static long encoder(IrisSize size, int[] pixels) {
        long macs = places(size, 0, pixels) * kernel(size) * size.widths().getFirst();
        for (int i = 0; i < size.levels(); i++) {
            int out = size.widths().get(i);
            macs += block(size, size.widths().get(Math.max(0, i - 1)), out, i, pixels);
            macs += i == 0 ? 0 : block(size, out, out, i, pixels);
        }
        return macs;
    }

    private static long block(IrisSize size, long in, long out, int level, int[] pixels) {
        long shortcut = in == out ? 0 : in * out;
        return places(size, level, pixels) * (kernel(size) * out * (in + out) + shortcut);
    }

    private static long sharedDecoder(IrisSize size, int[] pixels) {
        long macs = 0;
        for (int level = size.levels() - 2; level >= 0; level--) {
            long fine = size.widths().get(level);
            macs += places(size, level + 1, pixels) * size.widths().get(level + 1) * fine;
            macs += block(size, 2 * fine, fine, level, pixels);
        }
        return macs;
    }

    private static long twoWay(IrisSize size, long n, int[] pixels) {
        long c = size.channels();
        long inner = c / 2;
        long m = size.taskTokens();
        long p = places(size, size.levels() - 1, pixels);
        long macs = 0;
        for (int i = 0; i < TWO_WAY_LAYERS; i++) {
            long images = i == 0 ? 1 : n; // the first layer's image is still one for all classes
            macs += n * (among(m, c) + feedForward(m, c));
            macs += images * 3 * p * c * inner; // its keys and values, and its queries
            macs += n * (4 * m * c * inner + p * inner * c + 4 * m * p * inner);
        }
        return macs;
    }

    /** Self-attention of m tokens. */
    private static long among(long m, long c) {
        return 4 * m * c * c + 2 * m * m * c;
    }

    private static long feedForward(long m, long c) {
        return 2 * FEED_FORWARD * m * c * c;
    }

    private static long classDecoders(IrisSize size, long n, int[] pixels) {
        long c = size.channels();
        int finest = size.levels() - 2;
        long macs = c * c + places(size, finest + 1, pixels) * c * classWidth(finest);
        for (int level = finest; level >= 0; level--) {
            long width = classWidth(level);
            long in = size.widths().get(level);
            long conv = level == 0 ? width : kernel(size) * width * classWidth(level - 1);
            macs += c * width * in + places(size, level, pixels) * (width * in + conv);
        }
        return n * macs;
    }

    private static long upsampling(IrisSize size, long n, int[] pixels) {
        long macs = 0;
        for (int level = size.levels() - 2; level >= 0; level--) {
            long channels = size.widths().get(level) + n * classWidth(level);
            long lines = places(size, level + 1, pixels);
            for (int axis : pixels) {
                lines *= 2;
                macs += lines * (axis >> (level + 1)) * channels;
            }
        }
        return macs;
    }

    /** The encoder's levels, the widest block of the shared decoder, and one group of classes. */
    private static long workingBytes(IrisSize size, long n, int[] pixels) {
        long kept = 0;
        for (int level = 0; level < size.levels(); level++) {
            kept += 2 * places(size, level, pixels) * size.widths().get(level);
        }
        long full = places(size, 0, pixels);
        long block = 8 * full * size.widths().getFirst();
        long most = Math.max(1, UniverSeg.ARRAY_BYTES / (Float.BYTES * full * classWidth(0)));
        long classes = 4 * full * classWidth(0) * Math.min(n, most) + full * n;
        return Float.BYTES * (kept + Math.max(block, classes));
    }

    private static long places(IrisSize size, int level, int[] pixels) {
        long places = 1;
        for (int axis : pixels) {
            places *= axis >> level;
        }
        return places;
    }

    private static long kernel(IrisSize size) {
        return size.dims() == 2 ? 9 : 27;
    }
}
