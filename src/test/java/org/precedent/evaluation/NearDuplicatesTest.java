package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.phantom.Phantoms;

class NearDuplicatesTest {
    private static EvaluationCase of(String id, Raster image) {
        return new EvaluationCase(id, id, image, Map.of());
    }

    @Test
    void knowsAnImageAgainShiftedBrightenedAndNoisy() {
        List<Phantoms.Phantom> phantoms = new Phantoms(5).patients(24);
        List<EvaluationCase> cases = new ArrayList<>();
        phantoms.forEach(p -> cases.add(of(p.id(), p.image())));
        Raster image = phantoms.getFirst().image();
        String id = phantoms.getFirst().id();
        cases.add(of("same", image));
        cases.add(of("shifted", changed(image, 3, 2, 1, 0)));
        cases.add(of("brighter", changed(image, 0, 0, 0.7, 0)));
        cases.add(of("noisy", changed(image, 1, 0, 1, 4)));
        NearDuplicates twins = NearDuplicates.among(cases);
        for (String again : List.of("same", "shifted", "brighter", "noisy")) {
            assertThat(twins.are(id, again)).as(again).isTrue();
            assertThat(twins.are(again, id)).as(again).isTrue();
        }
        assertThat(twins.are(id, id)).isFalse();
        // Slices of other patients, and other slices of the same one, are not twins.
        assertThat(twins.pairs())
                .allSatisfy(pair ->
                        assertThat(pair).isSubsetOf(id, "same", "shifted", "brighter", "noisy"));
    }

    @Test
    void takesConstantImagesForTwinsOnlyWhereTheyAreEqual() {
        short[] samples = new short[64 * 64];
        Arrays.fill(samples, (short) 7);
        NearDuplicates twins =
                NearDuplicates.among(
                        List.of(
                                of("black", new Raster(64, 64, 1, 8, new short[64 * 64])),
                                of("grey", new Raster(64, 64, 1, 8, samples)),
                                of("again", new Raster(64, 64, 1, 8, samples.clone()))));
        assertThat(twins.pairs()).containsExactly(Set.of("grey", "again"));
    }

    @Test
    void findsTheTwinsAmongWhiteBloodCellsAndNoOthers() throws IOException {
        Path folder =
                Path.of(System.getProperty("precedent.home", "."))
                        .resolve("../shared/data/evaluation/wbc1/images");
        assumeThat(folder).as("skipped: ../shared is absent").exists();
        ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
        List<EvaluationCase> cases = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                cases.add(of(name.substring(0, name.length() - 4), decoder.decode(file)));
            }
        }
        assertThat(cases).hasSize(300);
        // The first is the same file twice; the others are one cell each, photographed twice.
        assertThat(NearDuplicates.among(cases).pairs())
                .containsExactlyInAnyOrder(
                        Set.of("112", "139"),
                        Set.of("166", "171"),
                        Set.of("157", "158"),
                        Set.of("167", "169"));
        assertThat(NearDuplicates.among(cases).named(2))
                .isEqualTo("112 = 139, 157 = 158 and 2 pairs more");
        assertThat(NearDuplicates.among(cases).named(4)).endsWith("167 = 169");
    }

    /** Moved, its contrast changed, and with noise. */
    private static Raster changed(Raster image, int dx, int dy, double contrast, int noise) {
        Random random = new Random(1);
        short[] samples = new short[image.samples().length];
        for (int i = 0; i < samples.length; i++) {
            int x = Math.clamp(i % image.width() - dx, 0, image.width() - 1);
            int y = Math.clamp(i / image.width() - dy, 0, image.height() - 1);
            double value = 20 + contrast * image.sample(x, y, 0) + noise * random.nextGaussian();
            samples[i] = (short) Math.clamp(Math.round(value), 0, 255);
        }
        return new Raster(image.width(), image.height(), 1, 8, samples);
    }
}
