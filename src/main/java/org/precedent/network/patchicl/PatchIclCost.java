package org.precedent.network.patchicl;

import static org.precedent.network.patchicl.PatchLevel.PATCH;

import java.util.List;
import org.precedent.network.Model.Cost;
import org.precedent.network.universeg.UniverSeg;

/**
 * What {@link PatchIcl} costs. With N = H W pixels and P patches of a level, multiply-adds (of two
 * FLOPs each) that grow with the image are those of the extractor, for one image
 *
 * <pre>
 *   as published   N (27 F + 29.8125 F^2)      for the query and for each of K supports
 *   here           N (9 F + 29.671875 F^2)     for the query
 * </pre>
 *
 * <p>since encodings of supports are kept. All else depends on the patches alone. Norms and
 * activations are not counted.
 */
public final class PatchIclCost {
    /** Side of the blur's kernel in the published sampler, which runs it in two dimensions. */
    private static final long BLUR = 17;

    /** Calls of the published network with norms that depend on the scale, at each level. */
    private static final int FILM_CALLS = 2;

    private PatchIclCost() {}

    /** Of the network as published. */
    public static Cost asPublished(int k, int h, int w, int labels) {
        return of(PatchIclSize.PUBLISHED, k, h, w, labels);
    }

    /**
     * @param k supports of each label
     * @param labels asked for at once
     */
    public static Cost of(PatchIclSize size, int k, int h, int w, int labels) {
        if (k < 1 || h < 1 || w < 1 || labels < 1) {
            throw new IllegalArgumentException(
                    "cost of " + k + " supports of " + labels + " labels at " + h + " x " + w);
        }
        return new Cost(
                2 * macs(size, k, h, w, labels),
                2 * labels * macsAsPublished(size, k, h, w, true),
                workingBytes(size, k, h, w));
    }

    /**
     * Multiply-adds of a network of this size run as the published one is: nothing is kept, every
     * image goes through the extractor, every token through every layer.
     *
     * @param products whether the products of attention count, which PyTorch's counter leaves out
     *     on the CPU
     */
    static long macsAsPublished(PatchIclSize size, int k, int h, int w, boolean products) {
        long d = size.width();
        long f = size.features();
        long images = k + 1L;
        long macs = images * ((long) h * w * (27 * f + 18 * f * f));
        for (int block = 1; block < PatchIclSize.BLOCKS; block++) {
            macs += images * pixels(h, w, block) * 36 * f * f;
        }
        List<PatchLevel> levels = PatchLevel.of(size.levels(), h, w);
        for (PatchLevel level : levels) {
            boolean first = level == levels.getFirst();
            long patches = level.count();
            macs += images * patches * encoderMacs(size) + FILM_CALLS * filmMacs(d);
            macs += k * patches * contextMacs(d);
            long alone = k * patches + size.registers();
            long joint = (k + 1) * patches + (first ? 1L : 2L) * size.registers();
            macs += size.contextLayers() * 12 * d * d * alone;
            macs += size.jointLayers() * 12 * d * d * joint;
            if (products) {
                macs += size.contextLayers() * 2 * d * alone * (alone + 1);
                macs += size.jointLayers() * 2 * d * joint * (joint + 1);
            }
            macs += patches * decoderMacs(size);
            if (!first) {
                long windows = (level.height() - PATCH + 1L) * (level.width() - PATCH + 1L);
                macs += images * windows * BLUR * BLUR;
            }
        }
        return macs;
    }

    /** Multiply-adds that {@link PatchIcl} spends on one query, its supports encoded. */
    static long macs(PatchIclSize size, int k, int h, int w, int labels) {
        long d = size.width();
        long f = size.features();
        long macs = (long) h * w * (9 * f + 18 * f * f);
        for (int block = 1; block < PatchIclSize.BLOCKS; block++) {
            boolean last = block == PatchIclSize.BLOCKS - 1;
            macs += pixels(h, w, block) * (last ? 27 : 36) * f * f;
        }
        List<PatchLevel> levels = PatchLevel.of(size.levels(), h, w);
        for (PatchLevel level : levels) {
            boolean first = level == levels.getFirst();
            long patches = level.count();
            // All labels share the first level's patches.
            macs += (first ? 1 : labels) * (patches * encoderMacs(size) + filmMacs(d));
            long registers = (first ? 1L : 2L) * size.registers();
            long one = attentionMacs(size, k * patches, registers, patches);
            one += patches * decoderMacs(size) + filmMacs(d) * (size.skips() ? patches : 1);
            macs += labels * one;
        }
        return macs;
    }

    private static long attentionMacs(PatchIclSize size, long t, long registers, long patches) {
        long d = size.width();
        long alone = t + size.registers();
        long macs = size.contextLayers() * (14 * d * d * alone + 2 * d * alone * (alone + 1));
        long all = t + registers + patches;
        long asking = registers + patches;
        long seen = 2 * d * asking * (all + 1);
        long between = 14 * d * d * all + 2 * d * t * (t + registers + 1) + seen;
        long last = 3 * d * d * all + 11 * d * d * asking + seen;
        return macs + (size.jointLayers() - 1) * between + last;
    }

    /** Of one patch: its features to D channels, then 3 x 3 convolutions to 8 x 8, 4 x 4, 2 x 2. */
    private static long encoderMacs(PatchIclSize size) {
        long d = size.width();
        return 64 * size.channels() * d + (64 + 16 + 4) * 9 * d * d;
    }

    /** Of one patch of a support: the mask's encoder, and the fusion. */
    private static long contextMacs(long d) {
        long[] widths = {PatchIclSize.MASK_WIDTHS[0], PatchIclSize.MASK_WIDTHS[1]};
        long mask = 16 * 4 * widths[0] + 4 * 4 * widths[0] * widths[1] + 4 * widths[1] * d;
        return mask + 2 * d * d;
    }

    /** Of one patch: doublings and convolutions to 2 x 2, 4 x 4 and 8 x 8, and the head. */
    private static long decoderMacs(PatchIclSize size) {
        long d = size.width();
        long fused = (size.skips() ? 2 : 1) * 9 * d * d;
        return (1 + 4 + 16) * 4 * d * d + (4 + 16 + 64) * fused + 64 * (9 * d * d / 2 + d / 2);
    }

    /** The scale and shift of three norms. */
    private static long filmMacs(long d) {
        return PatchIclSize.STAGES * 2 * d * d;
    }

    private static long pixels(int h, int w, int block) {
        return (long) (h >> block) * (w >> block);
    }

    /**
     * The extractor's first block, with five maps and the taken features; or the widest layer of
     * attention, with its tokens, their projections and hidden numbers, and three arrays of logits.
     */
    private static long workingBytes(PatchIclSize size, int k, int h, int w) {
        long extractor = 7L * Float.BYTES * size.features() * h * w;
        long attention = 0;
        for (PatchLevel level : PatchLevel.of(size.levels(), h, w)) {
            long tokens = (k + 1L) * level.count() + 2L * size.registers();
            long logits =
                    Math.min(
                            UniverSeg.ARRAY_BYTES,
                            Float.BYTES * PatchIclSize.HEADS * tokens * tokens);
            attention = Math.max(attention, 24L * Float.BYTES * size.width() * tokens + 3 * logits);
        }
        return Math.max(extractor, attention);
    }
}
