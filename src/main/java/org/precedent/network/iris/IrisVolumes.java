package org.precedent.network.iris;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.imaging.Volume;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.NetworkException;
import org.precedent.network.SupportEncoding;
import org.precedent.network.VolumeNetwork;
import org.precedent.tensor.LoadedModel;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;

/**
 * Iris (Gao et al., "Show and Segment", CVPR 2025) on volumes. What is larger than a window is
 * segmented window by window, half of one overlapping the next, and the logits of overlapping
 * windows are averaged, as in the paper's evaluation. Of an annotated volume that is larger, the
 * window around the mask's centre is encoded: the paper demands only that it holds the structure.
 *
 * <p>Where a window is no multiple of r, the network sees zeros beyond the end.
 */
public final class IrisVolumes implements VolumeNetwork {
    /** What it is called where networks are chosen; its encodings are those of Iris. */
    public static final String NAME = "iris3d";

    /** Side of the paper's window. */
    public static final int WINDOW = 128;

    /** Grows when a change of the program changes an answer's last bits. */
    private static final int ARITHMETIC = 1;

    private final Torch torch;
    private final int window;
    private final String weightsSha256;
    private final LoadedModel model;
    private final IrisSize size;
    private final IrisNetwork network;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param weights of three dimensions, any widths
     * @throws NetworkException when names or shapes are others
     */
    public IrisVolumes(Torch torch, StateDict weights) {
        this(torch, weights, WINDOW);
    }

    /**
     * @param window side in voxels instead of {@link #WINDOW}, a multiple of r
     */
    IrisVolumes(Torch torch, StateDict weights, int window) {
        this.size = IrisSize.require(weights, Iris.NAME, 3);
        if (window < size.ratio() || window % size.ratio() != 0) {
            throw new IllegalArgumentException(
                    "window of " + window + ", must be a multiple of " + size.ratio());
        }
        this.torch = torch;
        this.window = window;
        this.weightsSha256 = weights.sha256();
        this.model = new LoadedModel(Iris.NAME, torch);
        this.network = new IrisNetwork(size, weights, model.weights());
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
        return window;
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return IrisCost.ofQuery(size, k, labels, height, height, width);
    }

    /** Of one window, which is the whole volume where that is smaller. */
    @Override
    public long workingBytes(int[] sizes, int labels) {
        int[] padded = new int[3];
        for (int axis = 0; axis < 3; axis++) {
            padded[axis] = Math.ceilDiv(Math.min(window, sizes[axis]), size.ratio()) * size.ratio();
        }
        return IrisCost.ofQuery(size, 1, labels, padded).workingBytes();
    }

    @Override
    public String arithmetic() {
        return ARITHMETIC + " " + torch.description();
    }

    @Override
    public List<SupportEncoding> encodeVolume(Volume image, List<float[]> masks) {
        model.requireOpen();
        if (masks.isEmpty()) {
            throw new IllegalArgumentException("an annotated volume needs at least one mask");
        }
        Map<List<Integer>, List<Integer>> byCorner = new LinkedHashMap<>();
        for (int k = 0; k < masks.size(); k++) {
            if (masks.get(k).length != image.values().length) {
                throw new IllegalArgumentException(
                        "volume has "
                                + image.values().length
                                + " voxels, its label "
                                + masks.get(k).length);
            }
            List<Integer> corner = cornerAround(image.sizes(), masks.get(k));
            byCorner.computeIfAbsent(corner, c -> new ArrayList<>()).add(k);
        }
        String sha256 = SupportEncoding.imageSha256(image.values());
        SupportEncoding[] encodings = new SupportEncoding[masks.size()];
        byCorner.forEach((corner, ks) -> {
            Box box = box(image.sizes(), corner);
            List<float[]> cut = ks.stream().map(k -> box.cut(masks.get(k))).toList();
            float[] pixels = box.cut(image.values());
            List<float[]> embeddings =
                    torch.call(scratch -> network.embed(scratch, pixels, cut, box.padded()));
            for (int i = 0; i < ks.size(); i++) {
                NetworkException.requireFinite(Iris.NAME, embeddings.get(i));
                encodings[ks.get(i)] =
                        size.encoding(
                                weightsSha256,
                                image.height(),
                                image.width(),
                                sha256,
                                embeddings.get(i));
            }
        });
        return List.of(encodings);
    }

    @Override
    public List<float[]> segmentVolume(Volume query, List<LabelContext> labels) {
        model.requireOpen();
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("a query needs at least one label");
        }
        List<float[]> embeddings = new ArrayList<>();
        for (LabelContext label : labels) {
            label.supports().forEach(s -> s.encoding().requireOf(Iris.NAME, weightsSha256));
            embeddings.add(Iris.mean(label.supports()));
        }
        int voxels = query.values().length;
        List<float[]> sums = new ArrayList<>();
        labels.forEach(label -> sums.add(new float[voxels]));
        int[] counts = new int[voxels];
        for (List<Integer> corner : corners(query.sizes())) {
            Box box = box(query.sizes(), corner);
            float[] pixels = box.cut(query.values());
            // One call a window, so that others have their turn in between.
            List<float[]> logits =
                    torch.call(
                            scratch -> network.segment(scratch, pixels, box.padded(), embeddings));
            for (int k = 0; k < sums.size(); k++) {
                NetworkException.requireFinite(Iris.NAME, logits.get(k));
                box.add(logits.get(k), sums.get(k));
            }
            box.count(counts);
        }
        for (float[] sum : sums) {
            for (int i = 0; i < voxels; i++) {
                sum[i] /= counts[i];
            }
        }
        return sums;
    }

    /** Where windows begin: half a window apart, the last one at the end. */
    private List<List<Integer>> corners(int[] sizes) {
        List<List<Integer>> corners = List.of(List.of());
        for (int length : sizes) {
            List<List<Integer>> longer = new ArrayList<>();
            for (List<Integer> corner : corners) {
                for (int start : starts(length, window)) {
                    List<Integer> next = new ArrayList<>(corner);
                    next.add(start);
                    longer.add(next);
                }
            }
            corners = longer;
        }
        return corners;
    }

    /** Of windows along one axis. */
    static List<Integer> starts(int length, int window) {
        List<Integer> starts = new ArrayList<>();
        int last = Math.max(0, length - window);
        for (int start = 0; start < last; start += window / 2) {
            starts.add(start);
        }
        starts.add(last);
        return starts;
    }

    /** The corner of the window around a mask's centre of mass, or around the volume's centre. */
    private List<Integer> cornerAround(int[] sizes, float[] mask) {
        double[] centre = new double[3];
        double mass = 0;
        for (int i = 0; i < mask.length; i++) {
            mass += mask[i];
            centre[0] += (double) mask[i] * (i / (sizes[1] * sizes[2]));
            centre[1] += (double) mask[i] * (i / sizes[2] % sizes[1]);
            centre[2] += (double) mask[i] * (i % sizes[2]);
        }
        List<Integer> corner = new ArrayList<>();
        for (int axis = 0; axis < 3; axis++) {
            double middle = mass > 0 ? centre[axis] / mass : sizes[axis] / 2.0;
            int start = (int) Math.round(middle - window / 2.0);
            corner.add(Math.clamp(start, 0, Math.max(0, sizes[axis] - window)));
        }
        return corner;
    }

    private Box box(int[] sizes, List<Integer> corner) {
        int[] lengths = new int[3];
        long[] padded = new long[3];
        for (int axis = 0; axis < 3; axis++) {
            lengths[axis] = Math.min(window, sizes[axis]);
            padded[axis] = (long) Math.ceilDiv(lengths[axis], size.ratio()) * size.ratio();
        }
        return new Box(sizes, corner, lengths, padded);
    }

    /**
     * A window of a volume.
     *
     * @param sizes of the volume
     * @param corner where the window begins
     * @param lengths of the window
     * @param padded lengths as the network sees it
     */
    private record Box(int[] sizes, List<Integer> corner, int[] lengths, long[] padded) {

        /**
         * A line of voxels of the window: where it begins in the volume, and where in the window.
         */
        private interface Lines {
            void line(int inVolume, int inWindow);
        }

        private void lines(Lines each) {
            for (int z = 0; z < lengths[0]; z++) {
                for (int y = 0; y < lengths[1]; y++) {
                    int row = (corner.get(0) + z) * sizes[1] + corner.get(1) + y;
                    int paddedRow = z * (int) padded[1] + y;
                    each.line(row * sizes[2] + corner.get(2), paddedRow * (int) padded[2]);
                }
            }
        }

        /** What the network sees, [padded] row-major. */
        float[] cut(float[] volume) {
            float[] cut = new float[(int) (padded[0] * padded[1] * padded[2])];
            lines((from, to) -> System.arraycopy(volume, from, cut, to, lengths[2]));
            return cut;
        }

        void add(float[] of, float[] volume) {
            lines((to, from) -> {
                for (int x = 0; x < lengths[2]; x++) {
                    volume[to + x] += of[from + x];
                }
            });
        }

        void count(int[] volume) {
            lines((to, from) -> {
                for (int x = 0; x < lengths[2]; x++) {
                    volume[to + x]++;
                }
            });
        }
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
