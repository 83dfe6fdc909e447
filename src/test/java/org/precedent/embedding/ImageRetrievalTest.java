package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.SharedFiles;
import org.precedent.tensor.Torch;

/**
 * Whether similar images have similar masks, on real training images: the mask of the nearest image
 * of another patient against that of all others. Should the difference vanish, choosing supports by
 * this embedder is no better than drawing them.
 */
class ImageRetrievalTest {
    /** Sets with many patients, and what in a file name tells the patient. */
    private static final Map<String, String> SETS =
            Map.of(
                    "hippocampus_ax", "_[0-9]+$",
                    "left_atrium", "_.*$",
                    "nerve_us", "_.*$",
                    "mammogram", "_[0-9]+[.].*$",
                    "uwm_gi", "_.*$");

    private record Example(String patient, FloatBuffer vector, Mask mask) {}

    @Test
    void byThumbnailsTheNearestImageHasAMoreSimilarMaskThanTheAverageOne() throws IOException {
        nearestAboveAverage(new ThumbnailEmbedder());
    }

    @Test
    void byTheAttentionMapperTheNearestImageHasAMoreSimilarMaskThanTheAverageOne()
            throws IOException {
        try (Torch torch = Torch.start(Torch.Threads.ofCores());
                ImageEmbedder embedder = // an image comes back with each of its labels
                        new RememberingEmbedder(
                                Embedders.open(
                                        torch,
                                        "attention-mapper",
                                        SharedFiles.home()
                                                .resolve("models/cross_attention.safetensors")),
                                1000)) {
            assertThat(embedder.space().dimension()).isEqualTo(16 * 128);
            nearestAboveAverage(embedder);
        }
    }

    private static void nearestAboveAverage(ImageEmbedder embedder) throws IOException {
        Path training = shared().resolve("data/training");
        Assumptions.assumeTrue(
                Files.isDirectory(training), "skipped: no training images at " + training);
        double nearestSum = 0;
        double averageSum = 0;
        int tasks = 0;
        for (Map.Entry<String, String> set : SETS.entrySet()) {
            try (Stream<Path> labels = Files.list(training.resolve(set.getKey() + "/masks"))) {
                for (Path label : labels.sorted().toList()) {
                    List<Example> examples = examples(label, set.getValue(), embedder);
                    double nearest = 0;
                    double average = 0;
                    int queries = 0;
                    for (Example query : examples) {
                        List<Example> others =
                                examples.stream()
                                        .filter(e -> !e.patient().equals(query.patient()))
                                        .toList();
                        if (others.isEmpty()) {
                            continue;
                        }
                        Example best =
                                others.stream()
                                        .max(Comparator.comparingDouble(e -> product(e, query)))
                                        .orElseThrow();
                        nearest += dice(best.mask(), query.mask());
                        average +=
                                others.stream()
                                        .mapToDouble(e -> dice(e.mask(), query.mask()))
                                        .average()
                                        .orElseThrow();
                        queries++;
                    }
                    nearestSum += nearest / queries;
                    averageSum += average / queries;
                    tasks++;
                }
            }
        }
        assertThat(nearestSum / tasks - averageSum / tasks)
                .as(
                        "mean Dice of the nearest %.3f, of the average %.3f, over %d labels",
                        nearestSum / tasks, averageSum / tasks, tasks)
                .isGreaterThan(.04);
    }

    private static List<Example> examples(Path label, String notPatient, ImageEmbedder embedder)
            throws IOException {
        List<Example> examples = new ArrayList<>();
        try (Stream<Path> masks = Files.list(label)) {
            for (Path mask : masks.sorted().limit(60).toList()) {
                String file = mask.getFileName().toString();
                Path image = label.resolve("../../images/" + file);
                examples.add(
                        new Example(
                                file.replace(".png", "").replaceAll(notPatient, ""),
                                FloatBuffer.wrap(embedder.embed(read(image))),
                                Mask.fromRaster(read(mask))));
            }
        }
        return examples;
    }

    private static double product(Example a, Example b) {
        double sum = 0;
        for (int i = 0; i < a.vector().capacity(); i++) {
            sum += (double) a.vector().get(i) * b.vector().get(i);
        }
        return sum;
    }

    private static double dice(Mask a, Mask b) {
        int both = 0;
        for (int i = 0; i < a.inside().length; i++) {
            both += a.inside()[i] && b.inside()[i] ? 1 : 0;
        }
        return 2.0 * both / (a.area() + b.area());
    }

    private static Raster read(Path file) throws IOException {
        BufferedImage image = Objects.requireNonNull(ImageIO.read(new File(file.toString())));
        int[] grey =
                image.getRaster()
                        .getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (int[]) null);
        short[] samples = new short[grey.length];
        for (int i = 0; i < grey.length; i++) {
            samples[i] = (short) grey[i];
        }
        return new Raster(image.getWidth(), image.getHeight(), 1, 8, samples);
    }

    private static Path shared() {
        String named = System.getenv("PRECEDENT_SHARED");
        if (named != null) {
            return Path.of(named);
        }
        Path home = Path.of(System.getProperty("precedent.home", "."));
        Path beside = home.resolve("../shared");
        return Files.isDirectory(beside) ? beside : home.resolve("../../shared");
    }
}
