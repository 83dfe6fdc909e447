package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

class BaselinesTest {
    private static final Raster DARK_LEFT = new Raster(4, 1, 1, 8, new short[] {10, 20, 200, 210});
    private static final Mask LEFT = new Mask(4, 1, new boolean[] {true, true, false, false});
    private static final Mask FIRST = new Mask(4, 1, new boolean[] {true, false, false, false});

    @Test
    void averagesMasksByWeight() {
        List<Baselines.Support> supports =
                List.of(
                        new Baselines.Support(DARK_LEFT, LEFT, 0.6),
                        new Baselines.Support(DARK_LEFT, FIRST, 0.4));
        assertThat(Baselines.meanMask(DARK_LEFT, supports).inside())
                .containsExactly(true, true, false, false);
        Raster large = new Raster(8, 2, 1, 8, new short[16]);
        assertThat(Baselines.meanMask(large, supports).area()).isEqualTo(8);
    }

    @Test
    void copiesTheNearestMask() {
        Raster large = new Raster(8, 1, 1, 8, new short[8]);
        assertThat(
                        Baselines.nearestMask(large, new Baselines.Support(DARK_LEFT, FIRST, 1))
                                .inside())
                .containsExactly(true, true, false, false, false, false, false, false);
    }

    @Test
    void learnsWhichGreysAreInside() {
        Raster mirrored = new Raster(4, 1, 1, 8, new short[] {210, 200, 20, 10});
        assertThat(
                        Baselines.greyLevel(
                                        mirrored,
                                        List.of(new Baselines.Support(DARK_LEFT, LEFT, 1)))
                                .inside())
                .containsExactly(false, false, true, true);
    }
}
