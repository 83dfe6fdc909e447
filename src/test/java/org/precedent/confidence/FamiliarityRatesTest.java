package org.precedent.confidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Appearance;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;

/**
 * Both kinds of error of {@link Familiarity}, on the pictures of ../shared/data/evaluation:
 * pictures of other sets and inverted ones that pass, and a set's own pictures, each held against
 * those of other patients, that do not. It prints a line a pair that is not told apart always.
 */
class FamiliarityRatesTest {
    /** Sets whose file names begin with the patient; elsewhere every picture is of another one. */
    private static final Set<String> NAMED_BY_PATIENT = Set.of("curvas_ct", "hvsmr", "liver_ct");

    private static final int MOST = 100;

    /** One picture, and the same inverted. */
    private record Picture(Familiarity.Known known, Appearance inverted) {}

    @Test
    void tellsOtherSetsAndInvertedPicturesFromThePools() throws IOException {
        Path folder =
                Path.of(System.getProperty("precedent.home", "."))
                        .resolve("../shared/data/evaluation");
        assumeThat(folder).as("skipped: ../shared is absent").exists();
        Map<String, List<Picture>> sets = new TreeMap<>();
        try (Stream<Path> found = Files.list(folder)) {
            for (Path set : found.filter(Files::isDirectory).sorted().toList()) {
                sets.put(String.valueOf(set.getFileName()), read(set));
            }
        }
        int foreign = 0;
        int told = 0;
        int inverted = 0;
        int toldInverted = 0;
        int own = 0;
        int strange = 0;
        for (Map.Entry<String, List<Picture>> set : sets.entrySet()) {
            List<Familiarity.Known> known = set.getValue().stream().map(Picture::known).toList();
            Familiarity pool = Familiarity.of(known).orElseThrow();
            for (Picture picture : set.getValue()) {
                inverted++;
                toldInverted += pool.strangeness(picture.inverted()) > 1 ? 1 : 0;
                own++;
                strange +=
                        withoutPatient(known, picture.known())
                                                .strangeness(picture.known().appearance())
                                        > 1
                                ? 1
                                : 0;
            }
            for (Map.Entry<String, List<Picture>> other : sets.entrySet()) {
                if (!other.getKey().equals(set.getKey())) {
                    long here =
                            other.getValue().stream()
                                    .filter(p -> pool.strangeness(p.known().appearance()) > 1)
                                    .count();
                    foreign += other.getValue().size();
                    told += (int) here;
                    if (here < other.getValue().size()) {
                        System.out.printf(
                                "%-13s asked with %-13s told %3d of %3d%n",
                                set.getKey(), other.getKey(), here, other.getValue().size());
                    }
                }
            }
        }
        System.out.printf(
                "other sets told %d of %d, inverted %d of %d, own pictures of other patients called"
                        + " strange %d of %d%n",
                told, foreign, toldInverted, inverted, strange, own);
        assertThat((double) told / foreign).isGreaterThan(0.94);
        assertThat((double) toldInverted / inverted).isGreaterThan(0.99);
        assertThat((double) strange / own).isLessThan(0.08);
    }

    private static Familiarity withoutPatient(List<Familiarity.Known> pool, Familiarity.Known one) {
        return Familiarity.of(
                        pool.stream().filter(p -> !p.patient().equals(one.patient())).toList())
                .orElseThrow();
    }

    private static List<Picture> read(Path set) throws IOException {
        ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
        boolean named = NAMED_BY_PATIENT.contains(String.valueOf(set.getFileName()));
        List<Path> files = new ArrayList<>();
        try (Stream<Path> found = Files.list(set.resolve("images"))) {
            found.sorted().forEach(files::add);
        }
        int step = Math.ceilDiv(files.size(), MOST);
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < files.size(); i += step) {
            String name = String.valueOf(files.get(i).getFileName());
            Raster image = decoder.decode(files.get(i));
            pictures.add(
                    new Picture(
                            new Familiarity.Known(
                                    Appearance.of(image),
                                    named ? name.substring(0, name.indexOf('_')) : name),
                            Appearance.of(inverted(image))));
        }
        return pictures;
    }

    private static Raster inverted(Raster image) {
        short[] samples = image.samples().clone();
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (image.maxValue() - (samples[i] & 0xFFFF));
        }
        return new Raster(
                image.width(), image.height(), image.channels(), image.bitsPerSample(), samples);
    }
}
