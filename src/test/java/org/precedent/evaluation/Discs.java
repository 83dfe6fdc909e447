package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.SegmentationNetwork;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

/**
 * Cases whose answer lies in similar ones: a bright disc somewhere along the diagonal of a noisy
 * image, and an embedder that sees where it is.
 */
public final class Discs {
    public static final int SIDE = 64;

    private Discs() {}

    public static EvaluationCases cases(int n) {
        return EvaluationCases.of(list(n));
    }

    public static List<EvaluationCase> list(int n) {
        Random random = new Random(4);
        List<EvaluationCase> cases = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            cases.add(disc("case" + i, "patient" + i, random));
        }
        return cases;
    }

    public static EvaluationCase disc(String id, String patient, Random random) {
        return disc(id, patient, 18 + 28 * random.nextDouble(), random);
    }

    /** With the labels {@code disc} and, in a corner and as dark as the rest, {@code ghost}. */
    public static EvaluationCase disc(String id, String patient, double centre, Random random) {
        boolean[] inside = new boolean[SIDE * SIDE];
        boolean[] ghost = new boolean[SIDE * SIDE];
        short[] samples = new short[SIDE * SIDE];
        for (int i = 0; i < samples.length; i++) {
            inside[i] = Math.hypot(i % SIDE - centre, i / SIDE - centre) < 14;
            ghost[i] = Math.hypot(i % SIDE - 52, i / SIDE - 12) < 8;
            samples[i] = (short) (random.nextInt(60) + (inside[i] ? 120 : 40));
        }
        Map<String, Mask> masks = new LinkedHashMap<>();
        masks.put("disc", new Mask(SIDE, SIDE, inside));
        masks.put("ghost", new Mask(SIDE, SIDE, ghost));
        return new EvaluationCase(id, patient, new Raster(SIDE, SIDE, 1, 8, samples), masks);
    }

    public static EvaluationPool pool(int cases, int queries, long seed) {
        return new EvaluationPool(cases(cases), "disc", queries, seed);
    }

    public static PoolRetrieval images() {
        return new PoolRetrieval(embedder());
    }

    /** Sees where the brightness of an image lies. */
    public static ImageEmbedder embedder() {
        return new PositionEmbedder();
    }

    /** Asks a network that averages the supports' masks. */
    public static TrialRunner examiner(PoolRetrieval images) {
        return examiner(images, new MeanMaskNetwork(), System::nanoTime);
    }

    public static TrialRunner examiner(
            PoolRetrieval images, SegmentationNetwork network, LongSupplier nanoTime) {
        return new TrialRunner(new Segmenter(network, SIDE), images, PixelSpacing.PIXELS, nanoTime);
    }

    /** Sees where the brightness of an image lies. */
    private static final class PositionEmbedder implements ImageEmbedder {
        @Override
        public EmbeddingSpace space() {
            return new EmbeddingSpace("position", "00000000", Level.IMAGE, 2);
        }

        @Override
        public float[] embed(Raster image) {
            double sum = 0;
            double x = 0;
            for (int i = 0; i < image.samples().length; i++) {
                double bright = Math.max(0, image.samples()[i] - 100);
                sum += bright;
                x += bright * (i % image.width());
            }
            double angle = x / sum / image.width() * Math.PI / 2;
            return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
        }
    }
}
