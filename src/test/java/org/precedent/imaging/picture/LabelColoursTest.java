package org.precedent.imaging.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

class LabelColoursTest {

    @ParameterizedTest
    @CsvSource({"2, 26, 16", "20, 26, 16", "64, 13, 7", "200, 4, 2"})
    void noTwoLabelsLookAlike(int labels, double allCones, double fewerCones) {
        List<LabelColours.Seen> seen =
                LabelColours.of(labels).stream().map(LabelColours.Seen::of).toList();

        assertThat(seen).hasSize(labels);
        assertThat(nearest(seen, LabelColours.Seen::lab)).isGreaterThanOrEqualTo(allCones);
        assertThat(nearest(seen, LabelColours.Seen::protan)).isGreaterThanOrEqualTo(fewerCones);
        assertThat(nearest(seen, LabelColours.Seen::deutan)).isGreaterThanOrEqualTo(fewerCones);
    }

    @Test
    void noColourComesTwiceHoweverManyLabelsThereAre() {
        assertThat(LabelColours.of(1000)).doesNotHaveDuplicates();
    }

    @Test
    void aLabelKeepsItsColourWhenOthersComeAfterIt() {
        assertThat(LabelColours.of(40).subList(0, 20)).isEqualTo(LabelColours.FIXED);
        assertThat(LabelColours.of(64).subList(0, 40)).isEqualTo(LabelColours.of(40));
        assertThat(LabelColours.of(3)).isEqualTo(LabelColours.FIXED.subList(0, 3));
        assertThat(LabelColours.of(0)).isEmpty();
    }

    @Test
    void colourSpaceIsCieLab() {
        // Reference values of CIELAB for sRGB's primaries under D65.
        assertThat(LabelColours.Seen.of(0xffffff).lab())
                .containsExactly(new double[] {100, 0, 0}, offset(0.02));
        assertThat(LabelColours.Seen.of(0xff0000).lab())
                .containsExactly(new double[] {53.24, 80.09, 67.20}, offset(0.02));
        assertThat(LabelColours.Seen.of(0x0000ff).lab())
                .containsExactly(new double[] {32.30, 79.19, -107.86}, offset(0.02));
        // Greys look the same to all eyes.
        assertThat(LabelColours.Seen.of(0x808080).deutan())
                .containsExactly(LabelColours.Seen.of(0x808080).lab(), offset(0.1));
    }

    @Test
    void anOverlayShowsTwentyLabelsAndItsLegendNamesEachByItsColour() {
        int side = 600;
        Map<String, Mask> masks = new LinkedHashMap<>();
        for (int label = 0; label < 20; label++) {
            boolean[] inside = new boolean[side * side];
            for (int y = 20 * label; y < 20 * label + 15; y++) {
                for (int x = 100; x < 200; x++) {
                    inside[y * side + x] = true;
                }
            }
            masks.put("structure-" + label, new Mask(side, side, inside));
        }
        Raster picture = Overlay.draw(new Raster(side, side, 1, 8, new short[side * side]), masks);

        List<Integer> outlines =
                IntStream.range(0, 20).mapToObj(label -> rgb(picture, 100, 20 * label)).toList();
        assertThat(outlines).isEqualTo(LabelColours.FIXED);
        List<Integer> legend =
                IntStream.range(side * side, side * picture.height())
                        .mapToObj(i -> rgb(picture, i % side, i / side))
                        .distinct()
                        .toList();
        assertThat(legend).containsAll(LabelColours.FIXED);
    }

    private static double nearest(
            List<LabelColours.Seen> seen, Function<LabelColours.Seen, double[]> eyes) {
        double nearest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < seen.size(); i++) {
            for (int j = 0; j < i; j++) {
                double[] a = eyes.apply(seen.get(i));
                double[] b = eyes.apply(seen.get(j));
                nearest = Math.min(nearest, LabelColours.Seen.distance(a, b));
            }
        }
        return nearest;
    }

    private static int rgb(Raster picture, int x, int y) {
        return picture.sample(x, y, 0) << 16
                | picture.sample(x, y, 1) << 8
                | picture.sample(x, y, 2);
    }
}
