package org.precedent.curation.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

class DuplicatesTest {
    private static final int SIDE = 96;

    private final List<Fingerprint> prints = new ArrayList<>();
    private final List<Duplicates.Source> sources = new ArrayList<>();

    @Test
    void samePixelsNearCopiesAndMirrorImagesAreFoundAndNothingElse() {
        for (int i = 0; i < 20; i++) {
            add(texture(i), "p" + i, "i" + i);
        }
        add(texture(3), "elsewhere", "a");
        add(noisy(texture(5)), "p5", "b");
        add(cropped(texture(7), 2), "p7", "c");
        add(mirrored(texture(9)), "p9", "d");

        List<Finding> found = Duplicates.among(prints, sources);

        assertThat(found.stream().map(f -> f.other() + "=" + f.subject()))
                .containsExactlyInAnyOrder("3=20", "5=21", "7=22", "9=23");
        assertThat(found.getFirst().score()).isEqualTo(1);
        assertThat(found.getFirst().reason())
                .contains("the same pixels")
                .contains("one patient under two names? p3 and elsewhere");
        assertThat(found.stream().filter(f -> f.subject() == 23).findFirst().orElseThrow().reason())
                .contains("mirrored left to right");
        assertThat(found.stream().filter(f -> f.subject() == 21).findFirst().orElseThrow().reason())
                .doesNotContain("two names");
    }

    @Test
    void neighbouringSlicesAreTwoImages() {
        add(texture(1), "p", "series");
        add(noisy(texture(1)), "p", "series");
        assertThat(Duplicates.among(prints, sources)).isEmpty();
    }

    private void add(Raster image, String patient, String group) {
        prints.add(Fingerprint.of(image));
        sources.add(new Duplicates.Source(patient, group));
    }

    /** Smooth noise of its own. */
    private static Raster texture(long seed) {
        Random random = new Random(seed);
        short[] coarse = new short[12 * 12];
        for (int i = 0; i < coarse.length; i++) {
            coarse[i] = (short) random.nextInt(256);
        }
        return Resampling.bilinear(new Raster(12, 12, 1, 8, coarse), SIDE, SIDE);
    }

    private static Raster noisy(Raster image) {
        Random random = new Random(4);
        short[] samples = image.samples().clone();
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) Math.clamp(samples[i] + random.nextInt(5) - 2, 0, 255);
        }
        return new Raster(image.width(), image.height(), 1, 8, samples);
    }

    private static Raster cropped(Raster image, int by) {
        int side = SIDE - by;
        short[] samples = new short[side * side];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = image.samples()[(i / side + by) * SIDE + i % side + by];
        }
        return new Raster(side, side, 1, 8, samples);
    }

    private static Raster mirrored(Raster image) {
        short[] samples = new short[SIDE * SIDE];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = image.samples()[i / SIDE * SIDE + SIDE - 1 - i % SIDE];
        }
        return new Raster(SIDE, SIDE, 1, 8, samples);
    }
}
