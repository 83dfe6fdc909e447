package org.precedent.network.patchicl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.QueryPoint;
import org.precedent.network.Episode.Support;
import org.precedent.network.NetworkException;
import org.precedent.network.Prediction;
import org.precedent.network.Prediction.AttentionMap;
import org.precedent.network.Prediction.LabelAnswer;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.network.patchicl.PatchIclBackbone.Attended;
import org.precedent.network.patchicl.PatchIclBackbone.Context;
import org.precedent.network.patchicl.PatchIclBackbone.Encoded;
import org.precedent.network.patchicl.PatchMaps.FeatureMap;
import org.precedent.tensor.LoadedModel;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * PatchICL ("Scaling In-Context Segmentation with Hierarchical Supervision"): a cascade from coarse
 * to fine that looks only at the patches that are worth it. At each level l, of resolution r_l:
 *
 * <pre>
 *   1. w      = entropy(sigmoid(P_{l-1}))         eq. 1; the first level takes every patch
 *   2. chosen = top k of the patches' mean w      eq. 2; with Gumbel noise on demand
 *   3. v_i    = encoder(features of patch i)      {@link PatchIclExtractor}, {@link PatchIclBackbone}
 *   4. v      = attention over the patches of query and supports
 *   5. pred   = decoder(v), averaged where patches overlap          eq. 3
 *   6. P_l    = upsample(P_{l-1}) + pred where there are patches    eq. 4
 * </pre>
 *
 * <p>What a support contributes, its patches at every level and their vectors, depends neither on
 * the query nor on other supports: it is computed once and kept, some 30 kB at 128 x 128. A query
 * costs the extractor on one image, whatever K is, and attention over K times the patches.
 *
 * <p>The weight w_k of a support enters as log w_k on the attention logits of all its patches: a
 * support of weight zero changes nothing, and one that is listed twice with half the weight each
 * counts as once.
 *
 * <p>Where the paper and its code part, {@link Sampling} says which is which; what else differs
 * from the code is said in {@code models/training/patchicl.py}, which trains the weights.
 *
 * <p>The same episode gives the same bits, noise included. Another order of the supports changes
 * rounding only.
 */
public final class PatchIcl implements SegmentationNetwork {
    /** The name of this network. */
    public static final String NAME = "patchicl";

    /** Side of the images that the network was trained on. */
    public static final int NATIVE_SIZE = 128;

    /** Names of an encoding's tensors: numbers of patches [n], level by level, and c [n, D]. */
    static final String PATCHES = "patches";

    static final String VECTORS = "vectors";

    /** What makes a patch of a support worth taking. */
    public enum ContextSampling {
        /** That it lies near the boundary of the mask (paper). */
        DISTANCE,
        /** That it lies in the foreground (the paper's code). */
        FOREGROUND
    }

    /** How the weights of pixels make the score of a patch of the query. */
    public enum Pooling {
        /** Their mean (paper). */
        MEAN,
        /**
         * The largest in the window that begins at each pixel, scaled to [0, 1] over the image,
         * blurred by a Gaussian of 4 pixels, read where patches begin (the paper's code).
         */
        BLURRED_MAX
    }

    /**
     * How patches are chosen. Weights go with the sampling that they were trained with; an encoding
     * keeps the patches that it was made with.
     *
     * @param noise seed of the Gumbel noise that patches are drawn with; none: the highest scores
     */
    public record Sampling(ContextSampling context, Pooling pooling, OptionalLong noise) {
        /** Of this project's weights. */
        public static final Sampling DEFAULT =
                new Sampling(ContextSampling.DISTANCE, Pooling.MEAN, OptionalLong.empty());
    }

    private final Torch torch;
    private final String weightsSha256;
    private final LoadedModel model;
    private final PatchIclSize size;
    private final Sampling sampling;
    private final double temperature;
    private final PatchIclExtractor extractor;
    private final PatchIclBackbone backbone;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param weights of any size
     * @throws NetworkException when names or shapes are others
     */
    public PatchIcl(Torch torch, StateDict weights) {
        this(torch, weights, Sampling.DEFAULT);
    }

    /** As {@link #PatchIcl(Torch, StateDict)}, with another choice of patches. */
    public PatchIcl(Torch torch, StateDict weights, Sampling sampling) {
        this.size = PatchIclSize.of(weights, NAME);
        size.require(weights, NAME);
        this.torch = torch;
        this.sampling = sampling;
        this.weightsSha256 = weights.sha256();
        this.temperature = Math.exp(weights.get(PatchIclSize.TEMPERATURE).values()[0]);
        this.model = new LoadedModel(NAME, torch);
        this.extractor = new PatchIclExtractor(size, weights, model.weights());
        this.backbone = new PatchIclBackbone(size, weights, model.weights());
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
        return NATIVE_SIZE;
    }

    @Override
    public int sizeMultiple() {
        return PatchLevel.PATCH;
    }

    @Override
    public String device() {
        return torch.description();
    }

    @Override
    public boolean cachesSupports() {
        return true;
    }

    // ---------------------------------------------------------------- supports

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        requireSize(image.height(), image.width());
        model.requireOpen();
        String sha256 = SupportEncoding.imageSha256(image.image());
        List<SupportEncoding> encodings = new ArrayList<>();
        for (float[] mask : image.masks()) {
            Map<String, Tensor> tensors =
                    torch.call(scratch -> encode(scratch, image, mask, sha256));
            SupportEncoding encoding =
                    new SupportEncoding(
                            NAME, weightsSha256, image.height(), image.width(), sha256, tensors);
            NetworkException.requireFinite(NAME, encoding.tensor(VECTORS).values());
            encodings.add(encoding);
        }
        return encodings;
    }

    private Map<String, Tensor> encode(
            NDManager manager, SupportImage image, float[] mask, String sha256) {
        int h = image.height();
        int w = image.width();
        List<FeatureMap> features = extractor.features(manager, image.image(), mask, h, w);
        FeatureMap shown = new FeatureMap(h, w, 1, mask);
        float[] distances = PatchChoice.boundaryDistances(mask, h, w);
        List<PatchLevel> levels = levels(h, w);
        int total = levels.stream().mapToInt(PatchLevel::count).sum();
        float[] patches = new float[total];
        float[] vectors = new float[total * size.width()];
        int at = 0;
        for (int l = 0; l < levels.size(); l++) {
            PatchLevel level = levels.get(l);
            double[] scores =
                    switch (sampling.context()) {
                        case DISTANCE -> PatchChoice.nearness(distances, h, w, level);
                        case FOREGROUND ->
                                PatchChoice.scores(
                                        PatchChoice.foreground(mask, h, w, level),
                                        level,
                                        Pooling.BLURRED_MAX);
                    };
            int[] chosen = choose(scores, level, noise(sha256, l + levels.size()));
            float[] found =
                    backbone.contextVectors(
                            manager,
                            PatchMaps.take(features, level, chosen),
                            PatchMaps.take(List.of(shown), level, chosen),
                            level.resolution());
            System.arraycopy(found, 0, vectors, at * size.width(), found.length);
            for (int patch : chosen) {
                patches[at++] = patch;
            }
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(PATCHES, new Tensor(new long[] {total}, patches));
        tensors.put(VECTORS, new Tensor(new long[] {total, size.width()}, vectors));
        return tensors;
    }

    private int[] choose(double[] scores, PatchLevel level, @Nullable RandomGenerator noise) {
        return PatchChoice.draw(scores, level.count(), temperature, noise);
    }

    /** Depends on the seed, the image and the place in the cascade, and on nothing else. */
    private @Nullable RandomGenerator noise(String imageSha256, int place) {
        if (sampling.noise().isEmpty()) {
            return null;
        }
        long image = Long.parseUnsignedLong(imageSha256.substring(0, 16), 16);
        long seed = new SplittableRandom(sampling.noise().getAsLong()).nextLong();
        return new SplittableRandom(seed ^ image + place * 0x9e3779b97f4a7c15L);
    }

    // ---------------------------------------------------------------- queries

    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        return episodes.stream().map(this::answer).toList();
    }

    private Prediction answer(Episode episode) {
        requireSize(episode.height(), episode.width());
        model.requireOpen();
        for (LabelContext label : episode.labels()) {
            label.supports().forEach(s -> s.encoding().requireOf(this));
        }
        List<LabelAnswer> labels = torch.call(scratch -> new Pass(scratch, episode).run());
        labels.forEach(label -> NetworkException.requireFinite(NAME, label.logits()));
        return new Prediction(labels);
    }

    private List<PatchLevel> levels(int h, int w) {
        return PatchLevel.of(size.levels(), h, w);
    }

    /** One query with all of its labels. */
    private final class Pass {
        private final NDManager manager;
        private final Episode episode;
        private final List<PatchLevel> levels;
        private final List<NDArray> scales = new ArrayList<>();
        private final String sha256;

        Pass(NDManager manager, Episode episode) {
            this.manager = manager;
            this.episode = episode;
            this.levels = levels(episode.height(), episode.width());
            this.sha256 =
                    sampling.noise().isEmpty() ? "" : SupportEncoding.imageSha256(episode.query());
            for (PatchLevel level : levels) {
                scales.add(backbone.scaleVector(manager, level.resolution()));
            }
        }

        List<LabelAnswer> run() {
            List<FeatureMap> features;
            try (NDManager scratch = manager.newSubManager()) {
                features =
                        extractor.features(
                                scratch, episode.query(), null, episode.height(), episode.width());
            }
            // Every label begins with all patches of the first level.
            PatchLevel first = levels.getFirst();
            int[] all = PatchChoice.top(new double[first.patches()], first.patches());
            Encoded encoded =
                    backbone.encode(PatchMaps.take(features, first, all), scales.getFirst());
            List<LabelAnswer> answers = new ArrayList<>();
            for (LabelContext label : episode.labels()) {
                answers.add(cascade(label, features, all, encoded));
            }
            return answers;
        }

        /** One label, coarse to fine. */
        private LabelAnswer cascade(
                LabelContext label, List<FeatureMap> features, int[] all, Encoded first) {
            float[] combined = new float[0];
            float @Nullable [] registers = null;
            List<AttentionMap> attention = new ArrayList<>();
            for (int l = 0; l < levels.size(); l++) {
                PatchLevel level = levels.get(l);
                try (NDManager scratch = manager.newSubManager()) {
                    NDArray scale = scales.get(l).duplicate();
                    scale.attach(scratch);
                    int[] chosen = l == 0 ? all : mostUncertain(combined, l);
                    Encoded encoded =
                            l == 0
                                    ? first
                                    : backbone.encode(
                                            PatchMaps.take(features, level, chosen), scale);
                    NDArray target = encoded.vectors().duplicate();
                    target.attach(scratch);
                    Attended attended =
                            backbone.attend(
                                    registers,
                                    target,
                                    xs(level, chosen),
                                    ys(level, chosen),
                                    context(label, l),
                                    !episode.attended().isEmpty());
                    float[] logits = backbone.decode(attended.target(), encoded.maps(), scale);
                    PatchMaps.Placed placed = PatchMaps.place(logits, level, chosen);
                    combined =
                            l == 0
                                    ? placed.logits()
                                    : PatchMaps.fuse(combined, levels.get(l - 1), placed, level);
                    registers = attended.registers();
                    attention.addAll(seen(label, l, chosen, attended.attention()));
                }
            }
            return new LabelAnswer(combined, attention);
        }

        /** Steps 1 and 2. */
        private int[] mostUncertain(float[] before, int l) {
            PatchLevel level = levels.get(l);
            float[] weights =
                    PatchMaps.enlarge(PatchChoice.entropies(before), levels.get(l - 1), level);
            double[] scores = PatchChoice.scores(weights, level, sampling.pooling());
            return choose(scores, level, noise(sha256, l));
        }

        /** The patches of a level of all supports that weigh anything. */
        private Context context(LabelContext label, int l) {
            PatchLevel level = levels.get(l);
            int from = before(l);
            List<Support> supports =
                    label.supports().stream().filter(support -> support.weight() > 0).toList();
            int n = level.count();
            int d = size.width();
            float[] vectors = new float[supports.size() * n * d];
            float[] logWeights = new float[supports.size() * n];
            int[] patches = new int[supports.size() * n];
            for (int k = 0; k < supports.size(); k++) {
                Support support = supports.get(k);
                float[] all = support.encoding().tensor(VECTORS).values();
                System.arraycopy(all, from * d, vectors, k * n * d, n * d);
                int at = k * n;
                Arrays.fill(logWeights, at, at + n, (float) Math.log(support.weight()));
                System.arraycopy(chosen(support, from, n), 0, patches, at, n);
            }
            return new Context(vectors, logWeights, xs(level, patches), ys(level, patches));
        }

        private int[] chosen(Support support, int from, int n) {
            float[] all = support.encoding().tensor(PATCHES).values();
            int[] patches = new int[n];
            for (int i = 0; i < n; i++) {
                patches[i] = (int) all[from + i];
            }
            return patches;
        }

        /** Patches of a support at the levels before. */
        private int before(int l) {
            return levels.subList(0, l).stream().mapToInt(PatchLevel::count).sum();
        }

        private int[] xs(PatchLevel level, int[] patches) {
            return Arrays.stream(patches)
                    .map(patch -> level.x(patch, episode.height(), episode.width()))
                    .toArray();
        }

        private int[] ys(PatchLevel level, int[] patches) {
            return Arrays.stream(patches)
                    .map(patch -> level.y(patch, episode.height(), episode.width()))
                    .toArray();
        }

        /** Where the attended points that a patch of this level covers looked. */
        private List<AttentionMap> seen(
                LabelContext label, int l, int[] chosen, float[] attention) {
            PatchLevel level = levels.get(l);
            List<AttentionMap> maps = new ArrayList<>();
            for (QueryPoint point : episode.attended()) {
                int row = point.y() * level.height() / episode.height() / PatchLevel.PATCH;
                int column = point.x() * level.width() / episode.width() / PatchLevel.PATCH;
                int patch = row * level.columns() + column;
                for (int i = 0; i < chosen.length; i++) {
                    if (chosen[i] == patch) {
                        maps.add(seen(label, l, point, i, attention));
                    }
                }
            }
            return maps;
        }

        private AttentionMap seen(
                LabelContext label, int l, QueryPoint point, int row, float[] attention) {
            PatchLevel level = levels.get(l);
            int n = level.count();
            int from = row * (attention.length / n); // P rows of T
            int k = 0;
            double mass = 0;
            List<float[]> grids = new ArrayList<>();
            for (Support support : label.supports()) {
                float[] grid = new float[level.patches()];
                if (support.weight() > 0) {
                    int[] patches = chosen(support, before(l), n);
                    for (int i = 0; i < n; i++) {
                        grid[patches[i]] = attention[from + k * n + i];
                        mass += grid[patches[i]];
                    }
                    k++;
                }
                grids.add(grid);
            }
            int stride = Math.round((float) episode.width() / level.columns());
            return new AttentionMap(
                    point, stride, level.rows(), level.columns(), grids, Math.min(1, mass));
        }
    }

    private static void requireSize(int h, int w) {
        if (h % PatchLevel.PATCH != 0 || w % PatchLevel.PATCH != 0) {
            throw NetworkException.sizeRefused(h, w, PatchLevel.PATCH);
        }
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return PatchIclCost.of(size, k, height, width, labels);
    }

    /** Arrays that the weights hold, for leak tests. */
    int weightArrays() {
        return model.arrays();
    }

    @Override
    public void close() {
        model.close();
    }
}
