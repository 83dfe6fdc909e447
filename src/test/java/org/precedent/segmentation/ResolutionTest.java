package org.precedent.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Frame;
import org.precedent.imaging.NetworkInput.Geometry;
import org.precedent.segmentation.Resolution.Extent;

class ResolutionTest {
    private static List<Extent> discs(int side, int... areas) {
        return Arrays.stream(areas).mapToObj(a -> new Extent(side, side, a)).toList();
    }

    @Test
    void nothingIsSaidOfWhatTheNetworkSees() {
        assertThat(
                        Resolution.below(
                                "liver",
                                Geometry.fit(512, 300, 128),
                                discs(512, 16 * 16, 5000, 16 * 16)))
                .isNull();
        assertThat(Resolution.below("liver", Geometry.fit(40, 40, 128), discs(40, 9, 9))).isNull();
    }

    @Test
    void theMedianSupportDecidesAndTheReasonNamesLabelSizeAndLimit() {
        assertThat(Resolution.below("stone", Geometry.fit(256, 256, 128), discs(256, 4, 16, 4000)))
                .contains("stone")
                .contains("4.0 pixels")
                .contains("128 x 128")
                .contains("fewer than 16");
        assertThat(
                        Resolution.below(
                                "stone", Geometry.fit(256, 256, 128), discs(256, 4, 4000, 4000)))
                .isNull();
        // The same object in a long image, which fills 128 x 6 of the square.
        assertThat(
                        Resolution.below(
                                "stone",
                                Geometry.fit(100, 100, 128),
                                Collections.nCopies(3, new Extent(1280, 64, 1000))))
                .contains("9.4 pixels");
    }

    @Test
    void aQueryReducedByMoreThanFourIsToldWithItsSize() {
        assertThat(Resolution.below("lung", Geometry.fit(513, 100, 128), discs(128, 5000)))
                .contains("lung")
                .contains("513 x 100")
                .contains("reduced 4.0 times")
                .contains("more than 4");
        assertThat(Resolution.below("lung", Geometry.fit(2048, 2000, 128), discs(2048, 16)))
                .contains("fewer than 16")
                .contains("reduced 16.0 times");
    }

    @Test
    void aFrameAroundTheQueryIsNotReducedAndItsSupportsAreTakenToHaveOne() {
        Geometry framed = Geometry.fit(1000, 1000, new Frame(250, 260, 750, 740), 128);
        assertThat(Resolution.below("lung", framed, discs(1000, 5000))).isNull();
        assertThat(Resolution.below("stone", framed, discs(1000, 300))).isNull();
        assertThat(Resolution.below("stone", framed, discs(1000, 200))).contains("13.1 pixels");
    }
}
