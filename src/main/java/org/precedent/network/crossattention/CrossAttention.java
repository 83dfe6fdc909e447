package org.precedent.network.crossattention;

import static org.precedent.network.crossattention.CrossAttentionSize.SCALES;
import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.QueryPoint;
import org.precedent.network.Episode.Support;
import org.precedent.network.LocationEncoder;
import org.precedent.network.NetworkException;
import org.precedent.network.Parameters;
import org.precedent.network.Prediction;
import org.precedent.network.Prediction.AttentionMap;
import org.precedent.network.Prediction.LabelAnswer;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.network.crossattention.AttentionUpsampler.Rows;
import org.precedent.network.crossattention.AttentionUpsampler.Upsampled;
import org.precedent.network.crossattention.CrossAttentionEncoder.Kind;
import org.precedent.network.crossattention.QueryMemory.Encoded;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.tensor.DirectValues;
import org.precedent.tensor.Layers;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * In-context cross-attention segmentation (Ciusdel, Serban, Passerini, 2025), weighted. One
 * attention matrix says, from images alone, where in the supports each cell of the query looks:
 *
 * <pre>
 *   A = softmax(X_q W_Q W_K^T [X_s ; t]^T / (0.1 D T) + log w)       eq. 2, without t's columns
 * </pre>
 *
 * <p>X_q and X_s are the coarse maps of the attention mapper and of its momentum copy, t synthetic
 * tokens that take what finds nothing alike. {@link AttentionUpsampler} brings A to two finer
 * grids, and on each of the three grids {@link CrossAttentionDecoder} adds A times the support
 * encoder's features, which alone know the masks.
 *
 * <p>log w_k is added to the columns of support k. So a support of weight 0 is not there, weight 1
 * is the only one, and one that is given twice, with half its weight each, changes no attention
 * mass. With equal weights this is the paper's attention but for the tokens: theirs is - log K.
 *
 * <p>What belongs to a support is computed when it is encoded, and no encoder runs for it again:
 *
 * <pre>
 *   keys          [N, D]         X_s W_K
 *   middle_pairs  [4 N, hidden]  what the refinement sees of a support's cell
 *   fine_pairs    [16 N, hidden]
 *   coarse        [N, D_0]       features of image and mask
 *   middle        [4 N, D_1 + D_2]  beside them, those of the fine grid pooled to this one
 *   fine          [16 N, D_2]
 * </pre>
 *
 * <p>of which the first three are the image's and shared by its labels. Labels with the same
 * supports and weights share one attention. Memory of a query grows with K by 64 N^2 bytes for the
 * middle matrix, 64 N (D_1 + D_2 + N) for what of it is a native array at once, which is cut into
 * groups of supports, and little else; the fine matrix is never formed.
 *
 * <p>What the encoders make of a query is kept for the next ones that ask with other supports.
 *
 * <p>The same episode gives the same bits. The order of the supports changes rounding only.
 *
 * <p>Longer than others because it is the paper's network from top to bottom: each part stands with
 * its weights.
 */
public final class CrossAttention implements SegmentationNetwork, LocationEncoder {
    /** The name of this network. */
    public static final String NAME = "cross_attention";

    /** Side of the images that a network with a stem of stride 1 is trained on. */
    static final int NATIVE_SIZE = 128;

    /** And of the paper's images, with a stem of stride 2. */
    public static final int PAPER_SIZE = 256;

    /** K0 of the paper's tests: 4 K0 pairs a cell are refined on the middle grid, then 16 K0. */
    static final int TOP_K = 8;

    private static final float LEAST_TEMPERATURE = 0.05f;
    private static final float LARGEST_TEMPERATURE = 20;

    /** Encoded queries that are kept at least: two, as they are and mirrored. */
    private static final int KEPT_QUERIES = 4;

    /** Where memory does not suffice, arrays are not made smaller than this. */
    private static final long LEAST_ARRAY_BYTES = 1 << 20;

    private static final String KEYS = "keys";
    private static final List<String> PAIRS = List.of("", "middle_pairs", "fine_pairs");
    private static final List<String> FEATURES = List.of("coarse", "middle", "fine");

    private final Torch torch;
    private final int topK;
    private final long arrayBytes;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final LongAdder supportEncoderRuns = new LongAdder();
    private final ThreadLocal<Memory> memory = ThreadLocal.withInitial(Memory::new);
    private final String weightsSha256;
    private final CrossAttentionSize size;
    private final NDManager weightsManager;

    private final CrossAttentionEncoder mapper;
    private final CrossAttentionEncoder momentumMapper;
    private final NDArray queryWeight;
    private final NDArray keyWeight;
    private final NDArray tokenKeys;
    private final List<AttentionUpsampler> upsamplers = new ArrayList<>();
    private final CrossAttentionEncoder segmentationEncoder;
    private final CrossAttentionEncoder supportEncoder;
    private final CrossAttentionDecoder decoder;
    private final QueryMemory queries;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param weights of any widths, with a stem of stride 1 or 2
     * @throws NetworkException when names or shapes are others
     */
    public CrossAttention(Torch torch, StateDict weights) {
        this(torch, weights, TOP_K, UniverSeg.ARRAY_BYTES);
    }

    /**
     * @param topK K0, instead of {@link #TOP_K}
     * @param arrayBytes most bytes of one array, instead of {@link UniverSeg#ARRAY_BYTES}, for
     *     tests
     */
    CrossAttention(Torch torch, StateDict weights, int topK, long arrayBytes) {
        this.size = CrossAttentionSize.require(weights, NAME);
        this.torch = torch;
        this.topK = topK;
        this.arrayBytes = arrayBytes;
        this.weightsSha256 = weights.sha256();
        this.weightsManager = torch.newManager();
        Parameters parameters = new Parameters(weights, weightsManager);
        mapper = new CrossAttentionEncoder(size, parameters, "mapper", Kind.MAPPER);
        momentumMapper =
                new CrossAttentionEncoder(size, parameters, "mapper_momentum", Kind.MAPPER);
        queryWeight = scaledQueryWeight(parameters);
        keyWeight = parameters.matrix("attention.key.weight");
        try (NDArray tokens = parameters.matrix("attention.tokens")) {
            tokenKeys = linear(tokens, keyWeight, null).transpose(); // [D, T]
        }
        for (int scale = 1; scale < SCALES; scale++) {
            upsamplers.add(new AttentionUpsampler(parameters, "upsamplers." + (scale - 1)));
        }
        segmentationEncoder =
                new CrossAttentionEncoder(size, parameters, "segmentation", Kind.SEGMENTATION);
        supportEncoder = new CrossAttentionEncoder(size, parameters, "support", Kind.SUPPORT);
        decoder = new CrossAttentionDecoder(size, parameters);
        queries = new QueryMemory(Math.max(KEPT_QUERIES, 2 * torch.width()), torch::newManager);
    }

    /** W_Q / (0.1 D T): a query times a key is then the number inside the softmax. */
    private NDArray scaledQueryWeight(Parameters parameters) {
        double temperature =
                Math.clamp(
                        Math.exp(parameters.scalar("attention.log_temperature")),
                        LEAST_TEMPERATURE,
                        LARGEST_TEMPERATURE);
        int d = size.attentionDim();
        float[] scaled = parameters.values("attention.query.weight").clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (scaled[i] / (0.1 * d * temperature));
        }
        return Layers.own(weightsManager, scaled, new Shape(d, d));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String weightsSha256() {
        return weightsSha256;
    }

    @Override
    public int nativeSize() {
        return size.stemStride() == 1 ? NATIVE_SIZE : PAPER_SIZE;
    }

    @Override
    public int sizeMultiple() {
        return size.sizeMultiple();
    }

    /** Passes run side by side, one on a thread. */
    @Override
    public int batch() {
        return torch.width();
    }

    /** As many as the last stage of its training showed. */
    @Override
    public int supportsTogether() {
        return 16;
    }

    /** 1, and in effect 2, ran on as many threads as there were cores. */
    @Override
    public int arithmeticVersion() {
        return 3;
    }

    @Override
    public String device() {
        return torch.lane();
    }

    @Override
    public boolean cachesSupports() {
        return true;
    }

    @Override
    public boolean reportsAttention() {
        return true;
    }

    @Override
    public int locationDimension() {
        return size.attentionDim();
    }

    @Override
    public int locationStride() {
        return size.stride(0);
    }

    /** X_s W_K of an image in the place of a support. */
    @Override
    public float[][] keyVectors(float[] image, int height, int width) {
        return cells(image, height, width, momentumMapper, keyWeight);
    }

    /** X_q W_Q / (0.1 D T) of an image in the place of the query. */
    @Override
    public float[][] queryVectors(float[] image, int height, int width) {
        return cells(image, height, width, mapper, queryWeight);
    }

    private float[][] cells(
            float[] image, int h, int w, CrossAttentionEncoder encoder, NDArray weight) {
        requireOpen();
        requireSize(h, w);
        float[] vectors =
                torch.alone(scratch -> {
                    NDArray x = CrossAttentionEncoder.input(scratch, h, w, image);
                    return linear(encoder.maps(x).getFirst(), weight, null).toFloatArray();
                });
        NetworkException.requireFinite(NAME, vectors);
        return matrix(vectors, vectors.length / size.attentionDim());
    }

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        requireOpen();
        int h = image.height();
        int w = image.width();
        requireSize(h, w);
        String sha256 = SupportEncoding.imageSha256(image.image());
        List<Function<NDManager, Map<String, Tensor>>> parts = new ArrayList<>();
        parts.add(scratch -> encodeImage(scratch, image));
        for (float[] mask : image.masks()) {
            parts.add(scratch -> encodeMask(scratch, image, mask));
        }
        List<Map<String, Tensor>> encoded = torch.each(parts);
        List<SupportEncoding> encodings = new ArrayList<>();
        for (Map<String, Tensor> ofMask : encoded.subList(1, encoded.size())) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(encoded.getFirst());
            tensors.putAll(ofMask);
            tensors.values().forEach(t -> NetworkException.requireFinite(NAME, t.values()));
            encodings.add(new SupportEncoding(NAME, weightsSha256, h, w, sha256, tensors));
        }
        return encodings;
    }

    private Map<String, Tensor> encodeImage(NDManager scratch, SupportImage image) {
        supportEncoderRuns.increment();
        NDArray x =
                CrossAttentionEncoder.input(scratch, image.height(), image.width(), image.image());
        List<NDArray> maps = momentumMapper.maps(x);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(KEYS, tensor(linear(maps.getFirst(), keyWeight, null)));
        for (int scale = 1; scale < SCALES; scale++) {
            NDArray pairs = upsamplers.get(scale - 1).projectSupport(maps.get(scale));
            tensors.put(PAIRS.get(scale), tensor(pairs));
        }
        return tensors;
    }

    private Map<String, Tensor> encodeMask(NDManager scratch, SupportImage image, float[] mask) {
        supportEncoderRuns.increment();
        int h = image.height();
        int w = image.width();
        NDArray x = CrossAttentionEncoder.input(scratch, h, w, image.image(), mask);
        List<NDArray> maps = supportEncoder.maps(x);
        float[] fine = maps.get(2).toFloatArray();
        float[] pooled = upsamplers.get(1).pooled(fine, h / size.stride(1), w / size.stride(1));
        float[] middle = beside(maps.get(1).toFloatArray(), size.encoderDim(1), pooled);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(FEATURES.get(0), tensor(maps.getFirst()));
        tensors.put(FEATURES.get(1), tensor(middle, size.encoderDim(1) + size.encoderDim(2)));
        tensors.put(FEATURES.get(2), tensor(fine, size.encoderDim(2)));
        return tensors;
    }

    /** Rows of {@code dim} numbers, each followed by its row of another matrix. */
    private static float[] beside(float[] left, int dim, float[] right) {
        int rows = left.length / dim;
        int other = right.length / rows;
        float[] both = new float[left.length + right.length];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(left, i * dim, both, i * (dim + other), dim);
            System.arraycopy(right, i * other, both, i * (dim + other) + dim, other);
        }
        return both;
    }

    /** [1, h, w, D] as [h w, D]. */
    private static Tensor tensor(NDArray map) {
        return tensor(map.toFloatArray(), (int) map.getShape().get(3));
    }

    private static Tensor tensor(float[] values, int dim) {
        return new Tensor(new long[] {values.length / dim, dim}, values);
    }

    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        requireOpen();
        for (Episode episode : episodes) {
            requireSize(episode.height(), episode.width());
            for (LabelContext label : episode.labels()) {
                label.supports().forEach(s -> s.encoding().requireOf(this));
            }
        }
        // Each by itself: the bits of an answer must not depend on what else is in the batch.
        Rows rows = episodes.size() < torch.width() ? Rows.BY_SEVERAL : Rows.BY_ONE_THREAD;
        List<BiFunction<NDManager, Long, Prediction>> passes = new ArrayList<>();
        for (Episode episode : episodes) {
            passes.add((scratch, bytes) -> answer(scratch, bytes, episode, rows));
        }
        return torch.each(arrayBytes, LEAST_ARRAY_BYTES, passes);
    }

    private Prediction answer(NDManager scratch, long bytes, Episode episode, Rows rows) {
        int h = episode.height();
        int w = episode.width();
        return queries.with(
                w,
                episode.query(),
                kept -> encodeQuery(kept, h, w, episode.query()),
                encoded -> new Pass(scratch, bytes, encoded.under(scratch), episode, rows).run());
    }

    private Encoded encodeQuery(NDManager kept, int h, int w, float[] query) {
        try (NDManager scratch = kept.newSubManager()) {
            NDArray x = CrossAttentionEncoder.input(scratch, h, w, query); // [1, H, W, 1]
            List<NDArray> mapped = mapper.maps(x);
            NDArray vectors = linear(mapped.getFirst(), queryWeight, null); // [1, h, w, D]
            List<float[]> pairs = new ArrayList<>();
            for (int scale = 1; scale < SCALES; scale++) {
                pairs.add(upsamplers.get(scale - 1).projectQuery(mapped.get(scale)).toFloatArray());
            }
            List<NDArray> skips = segmentationEncoder.maps(x);
            skips.forEach(skip -> skip.attach(kept));
            return new Encoded(h, w, attached(vectors, kept), pairs, skips);
        }
    }

    private static NDArray attached(NDArray view, NDManager manager) {
        view.attach(manager);
        return view;
    }

    /**
     * Where a query looks in some supports.
     *
     * @param coarse [N][K N]
     * @param middle the same on the middle grid, [4 N][K 4 N]
     * @param fine and on the fine one
     */
    private record Attention(float[][] coarse, float[][] middle, Upsampled fine) {}

    /** Memory that one of libtorch's threads writes arrays into. */
    private static final class Memory {
        final DirectValues columns = new DirectValues();
        final DirectValues stack = new DirectValues();
    }

    /** Supports that have one attention: their images and weights, in order. */
    private record Sharing(List<String> images, List<Double> weights) {
        static Sharing of(List<Support> supports) {
            return new Sharing(
                    supports.stream().map(s -> s.encoding().imageSha256()).toList(),
                    supports.stream().map(Support::weight).toList());
        }
    }

    /** One query with all its labels. All arrays belong to one manager, which the caller closes. */
    private final class Pass {
        private final NDManager manager;
        private final long arrayBytes;
        private final Encoded query;
        private final Episode episode;
        private final Rows rows;
        private final Map<Sharing, Attention> attentions = new HashMap<>();

        Pass(NDManager manager, long bytes, Encoded query, Episode episode, Rows rows) {
            this.manager = manager;
            this.arrayBytes = bytes;
            this.query = query;
            this.episode = episode;
            this.rows = rows;
        }

        /** Cells of the grid at a scale, over its height or width in pixels. */
        private int cells(int pixels, int scale) {
            return pixels / size.stride(scale);
        }

        private int cells(int scale) {
            return cells(query.height(), scale) * cells(query.width(), scale);
        }

        Prediction run() {
            List<NDList> attended = List.of(new NDList(), new NDList(), new NDList());
            List<List<AttentionMap>> reported = new ArrayList<>();
            for (LabelContext label : episode.labels()) {
                List<Support> present =
                        label.supports().stream().filter(s -> s.weight() > 0).toList();
                Attention attention =
                        attentions.computeIfAbsent(Sharing.of(present), s -> attend(present));
                attendedBy(attention, present, attended);
                reported.add(maps(attention, label.supports()));
            }
            List<NDArray> features = attended.stream().map(all -> NDArrays.concat(all, 0)).toList();
            float[] logits = decoder.logits(query.skips(), features).toFloatArray();
            NetworkException.requireFinite(NAME, logits);
            int pixels = query.height() * query.width();
            List<LabelAnswer> labels = new ArrayList<>();
            for (int l = 0; l < reported.size(); l++) {
                float[] of = Arrays.copyOfRange(logits, l * pixels, (l + 1) * pixels);
                labels.add(new LabelAnswer(of, reported.get(l)));
            }
            return new Prediction(labels);
        }

        /** The attention on all three grids; masks play no part in it. */
        private Attention attend(List<Support> supports) {
            float[][] coarse = coarseAttention(supports);
            double[] weights = supports.stream().mapToDouble(Support::weight).toArray();
            float[][] middle = upsample(coarse, 1, weights, supports).matrix();
            return new Attention(coarse, middle, upsample(middle, 2, weights, supports));
        }

        /** Eq. 2, with log w: [N][K N]. */
        private float[][] coarseAttention(List<Support> supports) {
            int n = cells(0);
            try (NDManager scratch = manager.newSubManager()) {
                query.vectors().attach(scratch);
                NDArray q = query.vectors().reshape(n, size.attentionDim());
                NDList logits = new NDList();
                for (int k = 0; k < supports.size(); k += group(0)) {
                    int to = Math.min(supports.size(), k + group(0));
                    NDArray keys = stacked(scratch, supports.subList(k, to), KEYS);
                    logits.add(q.matMul(keys.transpose())); // [N, k N]
                }
                float[] shift = new float[supports.size() * n];
                for (int i = 0; i < shift.length; i++) {
                    shift[i] = (float) Math.log(supports.get(i / n).weight());
                }
                NDArray ofSupports =
                        NDArrays.concat(logits, 1).addi(scratch.create(shift)); // [N, K N]
                NDArray ofTokens = q.matMul(tokenKeys); // [N, T]
                NDArray all = NDArrays.concat(new NDList(ofSupports, ofTokens), 1).softmax(1);
                NDArray kept = all.get(new NDIndex().addAllDim().addSliceDim(0, shift.length));
                query.vectors().attach(manager);
                return matrix(kept.toFloatArray(), n);
            }
        }

        private Upsampled upsample(
                float[][] attention, int scale, double[] weights, List<Support> supports) {
            return upsamplers
                    .get(scale - 1)
                    .upsample(
                            rows,
                            attention,
                            cells(query.height(), scale - 1),
                            cells(query.width(), scale - 1),
                            weights,
                            query.pairs().get(scale - 1),
                            values(supports, PAIRS.get(scale)),
                            topK << 2 * scale);
        }

        /**
         * A times the support features of one label, on each grid.
         *
         * @param attended gets an array [1, h w, D] for each
         */
        private void attendedBy(
                Attention attention, List<Support> supports, List<NDList> attended) {
            NDArray coarse = product(attention.coarse, supports, FEATURES.get(0));
            attended.get(0).add(coarse.expandDims(0));
            NDArray both = product(attention.middle, supports, FEATURES.get(1));
            int dim = size.encoderDim(1);
            int all = dim + size.encoderDim(2);
            NDArray middle = both.get(new NDIndex().addAllDim().addSliceDim(0, dim));
            attended.get(1).add(middle.expandDims(0));
            NDArray base = both.get(new NDIndex().addAllDim().addSliceDim(dim, all));
            float[] fine =
                    attention.fine.times(
                            matrix(base.toFloatArray(), cells(1)),
                            values(supports, FEATURES.get(2)));
            attended.get(2)
                    .add(Layers.own(manager, fine, new Shape(1, cells(2), size.encoderDim(2))));
        }

        /** A matrix of attention times stored features: [rows, D]. */
        private NDArray product(float[][] attention, List<Support> supports, String features) {
            int n = attention[0].length / supports.size();
            int group = group(attention.length == cells(0) ? 0 : 1);
            NDArray sum = null;
            for (int k = 0; k < supports.size(); k += group) {
                int to = Math.min(supports.size(), k + group);
                try (NDManager scratch = manager.newSubManager()) {
                    int from = k * n;
                    int columns = (to - k) * n;
                    NDArray a =
                            memory.get()
                                    .columns
                                    .array(
                                            scratch,
                                            new Shape(attention.length, columns),
                                            values -> {
                                                for (float[] row : attention) {
                                                    values.put(row, from, columns);
                                                }
                                            });
                    NDArray part = a.matMul(stacked(scratch, supports.subList(k, to), features));
                    if (sum == null) {
                        sum = attached(part, manager);
                    } else {
                        sum.addi(part);
                    }
                }
            }
            if (sum == null) {
                throw new IllegalStateException("no supports");
            }
            return sum;
        }

        /** Supports whose columns are one native array at a scale. */
        private int group(int scale) {
            long bytes = (long) cells(scale) * cells(scale) * Float.BYTES;
            bytes = Math.max(bytes, (long) cells(scale) * size.attentionDim() * Float.BYTES);
            return (int) Math.clamp(arrayBytes / bytes, 1, 1 << 16);
        }

        /** Where the attended points looked, coarse to fine. */
        private List<AttentionMap> maps(Attention attention, List<Support> supports) {
            List<AttentionMap> maps = new ArrayList<>();
            for (QueryPoint point : episode.attended()) {
                for (int scale = 0; scale < SCALES; scale++) {
                    int h = cells(query.height(), scale);
                    int w = cells(query.width(), scale);
                    int stride = size.stride(scale);
                    int cell = point.y() / stride * w + point.x() / stride;
                    float[] row =
                            switch (scale) {
                                case 0 -> attention.coarse[cell];
                                case 1 -> attention.middle[cell];
                                default -> attention.fine.row(cell);
                            };
                    maps.add(map(point, stride, h, w, row, supports));
                }
            }
            return maps;
        }

        /** Cuts a row into the supports' maps; those of weight 0, which it lacks, are zero. */
        private static AttentionMap map(
                QueryPoint point, int stride, int h, int w, float[] row, List<Support> supports) {
            List<float[]> perSupport = new ArrayList<>();
            int at = 0;
            double mass = 0;
            for (Support support : supports) {
                float[] map = new float[h * w];
                if (support.weight() > 0) {
                    System.arraycopy(row, at, map, 0, h * w);
                    at += h * w;
                }
                for (float value : map) {
                    mass += value;
                }
                perSupport.add(map);
            }
            return new AttentionMap(point, stride, h, w, perSupport, Math.min(1, mass));
        }
    }

    /** A tensor of all supports, one below the other; of use until the next one is asked for. */
    private NDArray stacked(NDManager manager, List<Support> supports, String name) {
        long[] shape = supports.getFirst().encoding().tensor(name).shape();
        return memory.get()
                .stack
                .array(
                        manager,
                        new Shape(supports.size() * shape[0], shape[1]),
                        values ->
                                supports.forEach(
                                        s -> values.put(s.encoding().tensor(name).values())));
    }

    private static float[][] values(List<Support> supports, String name) {
        return supports.stream()
                .map(s -> s.encoding().tensor(name).values())
                .toArray(float[][]::new);
    }

    /** Row-major values as rows. */
    private static float[][] matrix(float[] values, int rows) {
        int columns = values.length / rows;
        float[][] matrix = new float[rows][];
        for (int i = 0; i < rows; i++) {
            matrix[i] = Arrays.copyOfRange(values, i * columns, (i + 1) * columns);
        }
        return matrix;
    }

    private void requireSize(int h, int w) {
        if (h % sizeMultiple() != 0 || w % sizeMultiple() != 0) {
            throw NetworkException.sizeRefused(h, w, sizeMultiple());
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException(NAME + " is closed");
        }
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return CrossAttentionCost.of(size, topK, k, height, width, labels);
    }

    /** How often an encoder has run for a support, for tests. */
    long supportEncoderRuns() {
        return supportEncoderRuns.sum();
    }

    /** Arrays that the weights hold, for leak tests. */
    int weightArrays() {
        return weightsManager.getManagedArrays().size();
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        queries.clear();
        torch.release(weightsManager);
    }
}
