package org.precedent.network.iris;

import static org.precedent.network.iris.IrisSize.FEED_FORWARD;
import static org.precedent.network.iris.IrisSize.HEADS;
import static org.precedent.network.iris.IrisSize.TWO_WAY_LAYERS;
import static org.precedent.network.iris.IrisSize.classWidth;

import org.precedent.network.Architecture;
import org.precedent.network.Model.Cost;
import org.precedent.network.universeg.UniverSeg;

/**
 * What {@link IrisNetwork} costs. Convolutions and matrix products count, a multiply-add as two
 * FLOPs; norms, activations and softmax do not. The figure "as published" is that of the plain
 * definition, {@code models/training/iris.py}, as a counter of PyTorch gives it. Ours differs by
 * attention that projects tokens in place of maps, by upsampling, which is a product along each
 * axis here and uncounted there, and by the weighted mean of K task embeddings.
 */
public final class IrisCost {
    private IrisCost() {}

    /** Of the 2D network of this project, as {@link Architecture.CostModel}. */
    public static Cost ofRecipe(int k, int h, int w, int labels) {
        return ofQuery(IrisSize.RECIPE, k, labels, h, w);
    }

    /** Of a network of three dimensions and a volume as deep as high. */
    public static Cost ofVolumes(int k, int h, int w, int labels) {
        return ofQuery(IrisSize.OF_VOLUMES, k, labels, h, h, w);
    }

    /** Of one query whose supports are encoded. */
    static Cost ofQuery(IrisSize size, int k, int labels, int... pixels) {
        if (k < 1 || labels < 1) {
            throw new IllegalArgumentException("cost of " + k + " supports, " + labels + " labels");
        }
        long shared = encoder(size, pixels) + sharedDecoder(size, pixels);
        long classes = classDecoders(size, labels, pixels);
        long published = shared + classes + plainTwoWay(size, labels, pixels);
        long mean = (long) k * labels * size.taskTokens() * size.channels();
        long ours =
                shared
                        + classes
                        + twoWay(size, labels, pixels)
                        + upsampling(size, labels, pixels)
                        + mean;
        return new Cost(2 * ours, 2 * published, workingBytes(size, labels, pixels));
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

    /** With every map projected to queries, keys and values, and the class decoder's first step. */
    private static long plainTwoWay(IrisSize size, long n, int[] pixels) {
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
        return macs + n * p * c * classWidth(size.levels() - 2);
    }

    /** As {@link IrisNetwork} does it, with the class decoder's first step. */
    private static long twoWay(IrisSize size, long n, int[] pixels) {
        long c = size.channels();
        long inner = c / 2;
        long m = size.taskTokens();
        long p = places(size, size.levels() - 1, pixels);
        long width = classWidth(size.levels() - 2);
        long read = HEADS * m * p; // of a map by all heads of all tokens, for each channel
        // The first layer, whose image is still one for all classes: keys, values and queries.
        long macs = 3 * p * c * inner + n * (5 * m * c * inner + 3 * m * p * inner + read * c);
        for (int i = 1; i < TWO_WAY_LAYERS; i++) {
            boolean last = i == TWO_WAY_LAYERS - 1;
            long gather = 4 * m * c * inner + 2 * read * c;
            long spread = 4 * m * c * inner + read * c + read * (last ? width : c);
            macs += n * (gather + spread);
        }
        macs += n * (HEADS * m * c * width + p * c * width); // the last layer's, and its input's
        return macs + n * TWO_WAY_LAYERS * (among(m, c) + feedForward(m, c));
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
        long macs = c * c;
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
        long half = places(size, 1, pixels) * classWidth(1);
        long most = Math.max(1, UniverSeg.ARRAY_BYTES / (Float.BYTES * half));
        long classes = 6 * half * Math.min(n, most) + 2 * full * n;
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
