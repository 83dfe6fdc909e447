package org.precedent.network.crossattention;

import static org.precedent.network.crossattention.CrossAttentionSize.SCALES;
import static org.precedent.network.crossattention.CrossAttentionSize.STAGES;
import static org.precedent.network.crossattention.CrossAttentionSize.STRIPS;

import java.util.List;
import org.precedent.network.Architecture;
import org.precedent.network.Model.Cost;
import org.precedent.network.crossattention.CrossAttentionSize.Stage;
import org.precedent.network.universeg.UniverSeg;

/**
 * What {@link CrossAttention} costs. Convolutions and matrix products count, a multiply-add as two
 * FLOPs; norms, activations, softmax and the search for the largest entries do not.
 *
 * <p>As published, every support goes through the mapper's copy and the support encoder for every
 * query, and the fine attention matrix, K M^2 numbers, is formed and multiplied with the features;
 * interpolation is not counted. Here supports are encoded before, interpolation is a sum of four
 * products, and {@link AttentionUpsampler} never forms the fine matrix.
 */
public final class CrossAttentionCost {
    private final CrossAttentionSize size;
    private final int topK;
    private final int height;
    private final int width;

    private CrossAttentionCost(CrossAttentionSize size, int topK, int height, int width) {
        this.size = size;
        this.topK = topK;
        this.height = height;
        this.width = width;
    }

    /** Of the paper's layout, as {@link Architecture.CostModel}. */
    public static Cost ofPaper(int k, int h, int w, int labels) {
        return of(CrossAttentionSize.PAPER, CrossAttention.TOP_K, k, h, w, labels);
    }

    /**
     * Of one query.
     *
     * @param topK K0
     * @param k supports of each label
     * @param labels asked for at once, of the same supports' images
     */
    public static Cost of(CrossAttentionSize size, int topK, int k, int h, int w, int labels) {
        if (k < 1 || h < 1 || w < 1 || labels < 1) {
            throw new IllegalArgumentException(
                    "cost of " + k + " supports at " + h + " x " + w + ", " + labels + " labels");
        }
        CrossAttentionCost cost = new CrossAttentionCost(size, topK, h, w);
        return new Cost(
                2 * cost.here(k, labels), 2 * cost.published(k, labels), cost.bytes(k, labels));
    }

    /** FLOPs of encoding one image with so many masks. */
    static long ofEncoding(CrossAttentionSize size, int h, int w, int masks) {
        CrossAttentionCost cost = new CrossAttentionCost(size, 0, h, w);
        return 2 * (cost.encodeImage() + masks * (cost.encoder(2) + cost.pooling()));
    }

    private long published(long k, long labels) {
        long macs = mapper() + encoder(1) + decoder(labels, labels, false);
        macs += k * encodeImage() + k * labels * encoder(2);
        macs += coarseAttention(k, size.tokens());
        for (int scale = 0; scale < SCALES; scale++) {
            macs += scale > 0 ? refinement(k, scale) : 0;
            macs += labels * cells(scale) * k * cells(scale) * size.encoderDim(scale);
        }
        return macs;
    }

    private long here(long k, long labels) {
        long macs = mapper() + encoder(1) + decoder(labels, 1, true);
        macs += coarseAttention(k, 0);
        for (int scale = 1; scale < SCALES; scale++) {
            // Each row of U_q A; of the middle matrix also each row of its product with U_s^T.
            macs += refinement(k, scale) + 4 * cells(scale) * k * cells(scale - 1);
        }
        macs += 4 * cells(1) * k * cells(1);
        long coarse = cells(0) * k * cells(0) * size.encoderDim(0);
        long middle = cells(1) * k * cells(1) * (size.encoderDim(1) + size.encoderDim(2));
        long fine = cells(2) * (4 + pairs(k, 2)) * size.encoderDim(2);
        return macs + labels * (coarse + middle + fine);
    }

    private long encodeImage() {
        long d = size.attentionDim();
        long macs = mapper() + cells(0) * d * d;
        for (int scale = 1; scale < SCALES; scale++) {
            macs += cells(scale) * size.mapperDim(scale) * size.hidden();
        }
        return macs;
    }

    /** U_s^T of the fine features. */
    private long pooling() {
        return 4 * cells(2) * size.encoderDim(2);
    }

    private long mapper() {
        List<Stage> stages = size.mapper();
        long first = stages.getFirst().dim();
        long strips = 2L * STRIPS.stream().mapToInt(n -> n).sum();
        long macs = cells(STAGES) * 9 * first / 2 + cells(SCALES) * 9 * first / 2 * first;
        for (int i = 0; i < STAGES; i++) {
            long dim = stages.get(i).dim();
            long down = i == 0 ? 0 : 9 * stages.get(i - 1).dim() * dim;
            long attention = 3 * dim * dim + (25 + strips) * dim;
            long block = attention + feedForward(stages.get(i), true);
            macs += cells(STAGES - 1 - i) * (down + stages.get(i).depth() * block);
        }
        return macs;
    }

    private long encoder(long channels) {
        long stem = size.stem();
        long macs = cells(STAGES) * 9 * stem * (channels + stem);
        long in = stem;
        for (int i = 0; i < STAGES; i++) {
            Stage stage = size.encoder().get(i);
            long blocks =
                    feedForward(stage, true) + (stage.depth() - 1) * feedForward(stage, false);
            macs += cells(STAGES - 1 - i) * (9 * in * stage.dim() + blocks);
            in = stage.dim();
        }
        return macs;
    }

    private static long feedForward(Stage stage, boolean spatial) {
        long wide = (long) stage.ratio() * stage.dim();
        return 2 * wide * stage.dim() + (spatial ? 9 * wide : 0);
    }

    /**
     * Eq. 2.
     *
     * @param tokens whose keys are made for the query
     */
    private long coarseAttention(long k, long tokens) {
        long d = size.attentionDim();
        long n = cells(0);
        return n * d * d + tokens * d * d + n * (k * n + size.tokens()) * d;
    }

    private long pairs(long k, int scale) {
        return Math.min((long) topK << 2 * scale, k * cells(scale));
    }

    /** Steps 5 and 6, without what belongs to the supports. */
    private long refinement(long k, int scale) {
        long hidden = size.hidden();
        return cells(scale) * hidden * (size.mapperDim(scale) + 2 * pairs(k, scale));
    }

    /**
     * @param skips times that a skip is led through the merging convolution
     * @param subPixel whether a transposed convolution is one of kernel 2 with four times the
     *     channels
     */
    private long decoder(long labels, long skips, boolean subPixel) {
        long macs = 0;
        for (int scale = 0; scale <= STAGES; scale++) {
            long dim = size.encoderDim(scale);
            long n = cells(scale);
            if (scale > 0) {
                macs += labels * doubling(scale - 1, size.encoderDim(scale - 1), dim, subPixel);
                macs += (labels + skips) * n * dim * dim;
            }
            macs += labels * n * dim * dim * (18 + (scale < SCALES ? 1 : 0));
        }
        long stem = size.stem();
        if (size.stemStride() == 2) {
            macs += labels * doubling(STAGES, stem, stem, subPixel);
        }
        return macs + labels * 9 * height * width * stem;
    }

    /** A transposed convolution from the grid of a scale to the next. */
    private long doubling(int scale, long in, long out, boolean subPixel) {
        long h = height / size.stride(scale);
        long w = width / size.stride(scale);
        return in * out * (subPixel ? 16 * (h + 1) * (w + 1) : 9 * h * w);
    }

    /**
     * The attention matrices; a group of supports in Java and as native arrays; the fine pairs and
     * a chunk of their hidden values; the query's maps.
     */
    private long bytes(long k, long labels) {
        long attention = cells(0) * k * cells(0) + cells(1) * k * cells(1);
        long column = cells(1) * (cells(1) + size.encoderDim(1) + size.encoderDim(2));
        long group = Math.min(2 * k * column, UniverSeg.ARRAY_BYTES);
        long pairs = 3 * cells(2) * pairs(k, 2) + 3L * (1 << 20);
        long maps = (10 + 6 * labels) * cells(STAGES) * size.stem() * 2;
        return Float.BYTES * (attention + group + pairs + maps);
    }

    /** Cells of the grid of a scale. */
    private long cells(int scale) {
        return (long) (height / size.stride(scale)) * (width / size.stride(scale));
    }
}
