package org.precedent.network.crossattention;

import static org.precedent.network.crossattention.CrossAttentionSize.SCALES;
import static org.precedent.network.crossattention.CrossAttentionSize.STAGES;
import static org.precedent.network.crossattention.CrossAttentionSize.STRIPS;
import static org.precedent.tensor.Layers.gelu;
import static org.precedent.tensor.Layers.linear;
import static org.precedent.tensor.Layers.spatial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.precedent.network.Parameters;
import org.precedent.tensor.Layers;

/**
 * The encoders of the cross-attention network, on maps [B, H, W, C]: a stem of two 3 x 3
 * convolutions, then four stages that each halve the map with a 3 x 3 convolution and go through
 * blocks x + l f(norm(x)).
 *
 * <ul>
 *   <li>The attention mapper is MSCAN (Guo et al., SegNeXt, NeurIPS 2022). Its stem halves the map
 *       too, in place of the first stage, and a block looks around: multi-scale attention, then a
 *       feed-forward network with a depthwise 3 x 3 convolution inside.
 *   <li>The segmentation and the support encoder have no such attention, and only the first
 *       feed-forward network of a stage has its 3 x 3 convolution. With a stem of stride 2 their
 *       fields of view are the paper's 7, 19, 43, 91 and 187 px.
 * </ul>
 *
 * <p>Every norm is a z-score over channels, height and width together.
 */
final class CrossAttentionEncoder {
    /** What an encoder is for. */
    enum Kind {
        /** Image to where to look. */
        MAPPER(1, SCALES),
        /** Query to skips. */
        SEGMENTATION(1, STAGES + 1),
        /** Image and mask to what is seen there. */
        SUPPORT(2, SCALES);

        private final int channels;
        private final int maps;

        Kind(int channels, int maps) {
            this.channels = channels;
            this.maps = maps;
        }

        /** Channels of the input. */
        int channels() {
            return channels;
        }
    }

    /** Makes what normalises [B, H, W, C], from its weight and bias. */
    interface Normalization {
        UnaryOperator<NDArray> of(NDArray weight, NDArray bias);
    }

    private final Normalization normalization;
    private final Conv stemIn;
    private final UnaryOperator<NDArray> stemNorm;
    private final Conv stemOut;
    private final @Nullable UnaryOperator<NDArray> stemMap;
    private final List<Stage> stages = new ArrayList<>();

    /** One stage: what halves the map, the blocks, and the norm of the map that is read. */
    private record Stage(
            @Nullable Conv down,
            UnaryOperator<NDArray> norm,
            List<UnaryOperator<NDArray>> blocks,
            @Nullable UnaryOperator<NDArray> out) {}

    /**
     * @param parameters checked against {@code size}
     * @param name prefix of the encoder's tensors
     */
    CrossAttentionEncoder(CrossAttentionSize size, Parameters parameters, String name, Kind kind) {
        this(size, parameters, name, kind, parameters::norm);
    }

    /**
     * @param normalization instead of {@link Parameters#norm}, for tests of the field of view
     */
    CrossAttentionEncoder(
            CrossAttentionSize size,
            Parameters parameters,
            String name,
            Kind kind,
            Normalization normalization) {
        this.normalization = normalization;
        boolean mapper = kind == Kind.MAPPER;
        stemIn = new Conv(parameters, name + ".stem.conv1", size.stemStride());
        stemNorm = norm(parameters, name + ".stem.norm1");
        stemOut = new Conv(parameters, name + ".stem.conv2", mapper ? 2 : 1);
        stemMap = kind.maps > STAGES ? norm(parameters, name + ".stem.out") : null;
        for (int i = 0; i < STAGES; i++) {
            String stage = name + ".stages." + i;
            CrossAttentionSize.Stage of = (mapper ? size.mapper() : size.encoder()).get(i);
            List<UnaryOperator<NDArray>> blocks = new ArrayList<>();
            for (int j = 0; j < of.depth(); j++) {
                String block = stage + ".blocks." + j;
                blocks.add(
                        mapper
                                ? new MapperBlock(parameters, block)
                                : new Block(parameters, block, j == 0));
            }
            stages.add(
                    new Stage(
                            mapper && i == 0 ? null : new Conv(parameters, stage + ".down", 2),
                            norm(parameters, stage + ".norm"),
                            blocks,
                            STAGES - i <= kind.maps ? norm(parameters, stage + ".out") : null));
        }
    }

    /**
     * @param x [B, H, W, C], H and W multiples of the coarse stride
     * @return the maps that are read, coarse to fine, each [B, h, w, D], beside {@code x}
     */
    List<NDArray> maps(NDArray x) {
        List<NDArray> maps = new ArrayList<>();
        NDArray y =
                Layers.contained(
                        x, image -> stemOut.apply(gelu(stemNorm.apply(stemIn.apply(image)))));
        if (stemMap != null) {
            y = Layers.contained(y, stemMap);
            maps.add(y);
        }
        for (Stage stage : stages) {
            y =
                    Layers.contained(
                            y,
                            map ->
                                    stage.norm.apply(
                                            stage.down == null ? map : stage.down.apply(map)));
            for (UnaryOperator<NDArray> block : stage.blocks) {
                y = Layers.contained(y, block);
            }
            if (stage.out != null) {
                maps.add(Layers.contained(y, stage.out));
            }
        }
        return maps.reversed();
    }

    /** A convolution that pads to keep the size, or divides it by its stride. */
    static final class Conv implements UnaryOperator<NDArray> {
        private final NDArray weight;
        private final NDArray bias;
        private final int stride;

        Conv(Parameters parameters, String name, int stride) {
            this.weight = parameters.kernel(name + ".weight");
            this.bias = parameters.vector(name + ".bias");
            this.stride = stride;
        }

        @Override
        public NDArray apply(NDArray x) {
            return spatial(x, weight, bias, stride);
        }
    }

    /** A 1 x 1 convolution. */
    static final class Pointwise implements UnaryOperator<NDArray> {
        private final NDArray weight;
        private final NDArray bias;

        Pointwise(Parameters parameters, String name) {
            this.weight = parameters.matrix(name + ".weight");
            this.bias = parameters.vector(name + ".bias");
        }

        @Override
        public NDArray apply(NDArray x) {
            return linear(x, weight, bias);
        }
    }

    private UnaryOperator<NDArray> norm(Parameters parameters, String name) {
        return normalization.of(
                parameters.vector(name + ".weight"), parameters.vector(name + ".bias"));
    }

    /** Expansion, depthwise 3 x 3 or none, GELU, and back. */
    private static final class FeedForward implements UnaryOperator<NDArray> {
        private final Pointwise expand;
        private final @Nullable Conv around;
        private final Pointwise reduce;

        FeedForward(Parameters parameters, String name, boolean spatial) {
            expand = new Pointwise(parameters, name + ".expand");
            around = spatial ? new Conv(parameters, name + ".spatial", 1) : null;
            reduce = new Pointwise(parameters, name + ".reduce");
        }

        @Override
        public NDArray apply(NDArray x) {
            NDArray wide = expand.apply(x);
            return reduce.apply(gelu(around == null ? wide : around.apply(wide)));
        }
    }

    /** x + l FFN(norm(x)). */
    private final class Block implements UnaryOperator<NDArray> {
        private final NDArray scale;
        private final UnaryOperator<NDArray> norm;
        private final FeedForward ffn;

        Block(Parameters parameters, String name, boolean spatial) {
            scale = parameters.vector(name + ".scale");
            norm = norm(parameters, name + ".norm");
            ffn = new FeedForward(parameters, name + ".ffn", spatial);
        }

        @Override
        public NDArray apply(NDArray x) {
            return ffn.apply(norm.apply(x)).muli(scale).addi(x);
        }
    }

    /** x + l1 Attn(norm(x)), then x + l2 FFN(norm(x)). */
    private final class MapperBlock implements UnaryOperator<NDArray> {
        private final NDArray scale1;
        private final NDArray scale2;
        private final UnaryOperator<NDArray> norm1;
        private final MultiScaleAttention attention;
        private final UnaryOperator<NDArray> norm2;
        private final FeedForward ffn;

        MapperBlock(Parameters parameters, String name) {
            scale1 = parameters.vector(name + ".scale1");
            scale2 = parameters.vector(name + ".scale2");
            norm1 = norm(parameters, name + ".norm1");
            attention = new MultiScaleAttention(parameters, name + ".attention");
            norm2 = norm(parameters, name + ".norm2");
            ffn = new FeedForward(parameters, name + ".ffn", true);
        }

        @Override
        public NDArray apply(NDArray x) {
            NDArray y = attention.apply(norm1.apply(x)).muli(scale1).addi(x);
            return ffn.apply(norm2.apply(y)).muli(scale2).addi(y);
        }
    }

    /**
     * x + leave(u * gate(a + sum of strips of a)), with u = GELU(enter(x)), a a depthwise 5 x 5 of
     * u, and a strip a depthwise 1 x n followed by n x 1.
     */
    private static final class MultiScaleAttention implements UnaryOperator<NDArray> {
        private final Pointwise enter;
        private final Conv local;
        private final List<Conv> rows = new ArrayList<>();
        private final List<Conv> columns = new ArrayList<>();
        private final Pointwise gate;
        private final Pointwise leave;

        MultiScaleAttention(Parameters parameters, String name) {
            enter = new Pointwise(parameters, name + ".enter");
            local = new Conv(parameters, name + ".local", 1);
            for (int s = 0; s < STRIPS.size(); s++) {
                rows.add(new Conv(parameters, name + ".strips." + s + ".row", 1));
                columns.add(new Conv(parameters, name + ".strips." + s + ".column", 1));
            }
            gate = new Pointwise(parameters, name + ".gate");
            leave = new Pointwise(parameters, name + ".leave");
        }

        @Override
        public NDArray apply(NDArray x) {
            NDArray u = gelu(enter.apply(x));
            NDArray a = local.apply(u);
            // A copy that gradients go through, and whose memory is in the order of its shape.
            NDArray total = a.getManager().zeros(a.getShape()).addi(a);
            for (int s = 0; s < rows.size(); s++) {
                total.addi(columns.get(s).apply(rows.get(s).apply(a)));
            }
            return leave.apply(gate.apply(total).muli(u)).addi(x);
        }
    }

    /** An input array [1, H, W, C] whose channels are the given planes. */
    static NDArray input(NDManager manager, int h, int w, float[]... planes) {
        float[] values = new float[h * w * planes.length];
        for (int c = 0; c < planes.length; c++) {
            for (int i = 0; i < h * w; i++) {
                values[i * planes.length + c] = planes[c][i];
            }
        }
        return Layers.own(manager, values, new Shape(1, h, w, planes.length));
    }
}
