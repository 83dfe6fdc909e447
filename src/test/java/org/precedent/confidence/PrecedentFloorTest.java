package org.precedent.confidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.confidence.PrecedentFloor.Extent;
import org.precedent.imaging.Appearance;
import org.precedent.imaging.Raster;

class PrecedentFloorTest {
    private static final int SIDE = 96;
    private static final Extent USUAL = new Extent(900, 9216);
    private static final List<Extent> SUPPORTS =
            List.of(new Extent(600, 9216), new Extent(1200, 9216));

    /** Pictures of one kind: a bright disc on a dark slope, with grain. */
    private static Raster disc(int seed) {
        Random random = new Random(seed);
        double x0 = 40 + random.nextInt(16);
        double y0 = 40 + random.nextInt(16);
        double radius = 15 + random.nextInt(10);
        short[] samples = new short[SIDE * SIDE];
        for (int i = 0; i < samples.length; i++) {
            double d = Math.hypot(i % SIDE - x0, i / SIDE - y0);
            double value = (d < radius ? 190 : 30 + i / SIDE / 4.0) + 6 * random.nextGaussian();
            samples[i] = (short) Math.clamp((long) value, 0, 255);
        }
        return new Raster(SIDE, SIDE, 1, 8, samples);
    }

    private static Raster inverted(Raster image) {
        short[] samples = image.samples().clone();
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (255 - samples[i]);
        }
        return new Raster(image.width(), image.height(), 1, 8, samples);
    }

    private static Familiarity pool() {
        List<Familiarity.Known> known = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            known.add(new Familiarity.Known(Appearance.of(disc(i)), "p" + i));
        }
        return Familiarity.of(known).orElseThrow();
    }

    private static Optional<String> crossed(Raster query) {
        Appearance appearance = Appearance.of(query);
        return PrecedentFloor.crossed(
                appearance, Optional.of(pool().strangeness(appearance)), USUAL, SUPPORTS);
    }

    @Test
    void aPictureOfThePoolsKindPasses() {
        for (int seed = 100; seed < 110; seed++) {
            assertThat(crossed(disc(seed))).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void oneGreyValueIsNoPicture() {
        assertThat(crossed(new Raster(SIDE, SIDE, 1, 8, new short[SIDE * SIDE])).orElseThrow())
                .contains("one grey value");
    }

    @Test
    void noiseIsNoPicture() {
        short[] samples = new short[SIDE * SIDE];
        Random random = new Random(1);
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) random.nextInt(256);
        }
        assertThat(crossed(new Raster(SIDE, SIDE, 1, 8, samples)).orElseThrow()).contains("noise");
    }

    @Test
    void anInvertedPictureIsUnlikeThePool() {
        assertThat(crossed(inverted(disc(100))).orElseThrow())
                .contains("unlike every image of the pool");
    }

    @Test
    void aMaskOfAnotherSizeOrNoneIsTold() {
        Appearance query = Appearance.of(disc(100));
        assertThat(PrecedentFloor.crossed(query, Optional.empty(), new Extent(0, 9216), SUPPORTS))
                .hasValueSatisfying(reason -> assertThat(reason).contains("empty"));
        assertThat(PrecedentFloor.crossed(query, Optional.empty(), new Extent(149, 9216), SUPPORTS))
                .hasValueSatisfying(reason -> assertThat(reason).contains("1.6%").contains("6.5%"));
        assertThat(PrecedentFloor.crossed(query, Optional.empty(), new Extent(150, 9216), SUPPORTS))
                .isEmpty();
        assertThat(
                        PrecedentFloor.crossed(
                                query, Optional.empty(), new Extent(4800, 9216), SUPPORTS))
                .isEmpty();
        assertThat(
                        PrecedentFloor.crossed(
                                query, Optional.empty(), new Extent(4801, 9216), SUPPORTS))
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("52.1%").contains("13.0%"));
    }

    @Test
    void tooFewPatientsSayNothing() {
        List<Familiarity.Known> known = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            known.add(new Familiarity.Known(Appearance.of(disc(i)), "the same patient"));
        }
        assertThat(Familiarity.of(known)).isEmpty();
    }

    @Test
    void resolutionAndGainAreNotAppearance() {
        Raster image = disc(3);
        short[] doubled = new short[4 * SIDE * SIDE];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = (short) (image.sample(i % (2 * SIDE) / 2, i / (2 * SIDE) / 2, 0) * 128);
        }
        Raster larger = new Raster(2 * SIDE, 2 * SIDE, 1, 16, doubled);
        assertThat(pool().strangeness(Appearance.of(larger))).isLessThan(1);
    }

    @Test
    void paddingIsNotAppearance() {
        Raster image = disc(3);
        int side = SIDE * 3 / 2;
        short[] padded = new short[side * side];
        for (int i = 0; i < SIDE * SIDE; i++) {
            padded[(i / SIDE + SIDE / 4) * side + i % SIDE + SIDE / 4] = image.samples()[i];
        }
        Raster query = new Raster(side, side, 1, 8, padded);
        assertThat(Appearance.of(query).features()).isEqualTo(Appearance.of(image).features());
        assertThat(crossed(query)).isEmpty();
    }
}
