package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/**
 * Both kinds of error of {@link Fingerprint}, on the pictures of ../shared/data/evaluation. It
 * prints a line for each set and kind of change; by default it changes every eighth picture, with
 * {@code -Dprecedent.rates=all} every one.
 */
class NearDuplicateRatesTest {
    private static final ImageDecoder DECODER = new ImageDecoder(Limits.DEFAULT);

    /** Pictures that really are one: the same file, or one cell photographed twice. */
    private static final Set<String> TRULY_SAME =
            Set.of("wbc1 112=139", "wbc1 157=158", "wbc1 166=171", "wbc1 167=169");

    /** Sets whose file names begin with the patient; elsewhere every picture is of another one. */
    private static final Set<String> NAMED_BY_PATIENT = Set.of("curvas_ct", "hvsmr", "liver_ct");

    private static final int PADDED = 60;

    private record Picture(String id, String patient, Raster image, Fingerprint print) {}

    @Test
    void findsEveryPictureSentAgainAndTakesNoTwoPatientsForOne() throws IOException {
        Path folder =
                Path.of(System.getProperty("precedent.home", "."))
                        .resolve("../shared/data/evaluation");
        assumeThat(folder).as("skipped: ../shared is absent").exists();
        int every = System.getProperty("precedent.rates", "").equals("all") ? 1 : 8;
        Set<String> taken = new TreeSet<>();
        List<String> missed = new ArrayList<>();
        try (Stream<Path> sets = Files.list(folder)) {
            for (Path set : sets.filter(Files::isDirectory).sorted().toList()) {
                List<Picture> pictures = read(set);
                missed.addAll(missed(set, pictures, every));
                taken.addAll(taken(set, pictures));
                // What lies around all pictures of a set is no likeness between them.
                for (int width : new int[] {10, 4}) {
                    List<Picture> padded = padded(pictures, width);
                    missed.addAll(missed(set, padded, 8));
                    taken.addAll(taken(set, padded));
                }
            }
        }
        assertThat(missed).isEmpty();
        assertThat(taken).isEqualTo(new TreeSet<>(TRULY_SAME));
    }

    private static List<Picture> read(Path set) throws IOException {
        boolean named = NAMED_BY_PATIENT.contains(String.valueOf(set.getFileName()));
        try (Stream<Path> files = Files.list(set.resolve("images"))) {
            return files.sorted().toList().parallelStream()
                    .map(file -> {
                        String name = String.valueOf(file.getFileName());
                        Raster image = DECODER.decode(file);
                        String id = name.substring(0, name.lastIndexOf('.'));
                        return new Picture(
                                id,
                                named ? id.substring(0, id.indexOf('_')) : id,
                                image,
                                Fingerprint.of(image));
                    })
                    .toList();
        }
    }

    /**
     * At most {@value #PADDED} of them, as values from 40 up with zeros around: a letterbox of the
     * picture's own keeps a value of its own.
     */
    private static List<Picture> padded(List<Picture> pictures, int part) {
        return pictures.stream()
                .limit(PADDED)
                .map(p -> {
                    Raster image = framed(levels(p.image(), 40, 0.8, 0), part);
                    return new Picture(
                            p.id() + " padded by 1/" + part,
                            p.patient(),
                            image,
                            Fingerprint.of(image));
                })
                .toList();
    }

    private static List<String> missed(Path set, List<Picture> pictures, int every) {
        List<String> missed = new ArrayList<>();
        List<Picture> asked =
                IntStream.range(0, pictures.size())
                        .filter(i -> i % every == 0)
                        .mapToObj(pictures::get)
                        .toList();
        changes()
                .forEach((name, change) -> {
                    double[] likeness =
                            asked.parallelStream()
                                    .mapToDouble(p ->
                                            p.print()
                                                    .likeness(
                                                            Fingerprint.of(
                                                                    change.apply(p.image()))))
                                    .toArray();
                    double least = 1;
                    int found = 0;
                    for (int i = 0; i < likeness.length; i++) {
                        least = Math.min(least, likeness[i]);
                        if (likeness[i] > Fingerprint.SAME) {
                            found++;
                        } else if (!name.startsWith("(")) {
                            missed.add(set.getFileName() + " " + asked.get(i).id() + " " + name);
                        }
                    }
                    System.out.printf(
                            "%-13s %-22s found %3d of %3d, least likeness %.3f%n",
                            set.getFileName(), name, found, likeness.length, least);
                });
        return missed;
    }

    private static List<String> taken(Path set, List<Picture> pictures) {
        List<String> taken = new ArrayList<>();
        double most = 0;
        String which = "none is alike";
        int pairs = 0;
        long start = System.nanoTime();
        for (int i = 0; i < pictures.size(); i++) {
            for (int j = i + 1; j < pictures.size(); j++) {
                Picture a = pictures.get(i);
                Picture b = pictures.get(j);
                if (a.patient().equals(b.patient())) {
                    continue;
                }
                pairs++;
                double likeness = a.print().likeness(b.print());
                String pair = set.getFileName() + " " + a.id() + "=" + b.id();
                if (likeness > Fingerprint.SAME) {
                    taken.add(pair);
                } else if (likeness > most) {
                    most = likeness;
                    which = pair;
                }
            }
        }
        System.out.printf(
                "%-13s %d pairs of two patients, taken for one: %s; the most alike others %.3f (%s); %.3f ms a pair%n",
                set.getFileName(),
                pairs,
                taken,
                most,
                which,
                (System.nanoTime() - start) / 1e6 / Math.max(1, pairs));
        return taken;
    }

    /** What happens to pictures on their way; those in brackets are told, not promised. */
    private static Map<String, UnaryOperator<Raster>> changes() {
        Map<String, UnaryOperator<Raster>> changes = new LinkedHashMap<>();
        for (int quality : new int[] {50, 60, 75, 85, 95}) {
            changes.put("JPEG " + quality, image -> jpeg(image, quality));
        }
        changes.put("half size", image -> scaled(image, 0.5));
        changes.put("double size", image -> scaled(image, 2));
        changes.put("one pixel", NearDuplicateRatesTest::onePixel);
        changes.put("brighter by 20", image -> levels(image, 20, 1, 0));
        changes.put("contrast x 0.7", image -> levels(image, 0, 0.7, 0));
        changes.put("noise of +-2", image -> levels(image, 0, 1, 2));
        changes.put("(cut by 1%)", image -> cut(image, 0.01));
        changes.put("(cut by 2%)", image -> cut(image, 0.02));
        changes.put("(cut by 3%)", image -> cut(image, 0.03));
        changes.put("(cut by 5%)", image -> cut(image, 0.05));
        changes.put(
                "(half, JPEG 50, noise)", image -> levels(jpeg(scaled(image, 0.5), 50), 0, 1, 2));
        changes.put("framed by 10%", image -> framed(image, 10));
        return changes;
    }

    private static Raster jpeg(Raster image, int quality) {
        boolean grey = image.channels() == 1;
        BufferedImage buffered =
                new BufferedImage(
                        image.width(),
                        image.height(),
                        grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                for (int c = 0; c < image.channels(); c++) {
                    buffered.getRaster().setSample(x, y, c, image.sample(x, y, c));
                }
            }
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam how = writer.getDefaultWriteParam();
            how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            how.setCompressionQuality(quality / 100f);
            writer.setOutput(out);
            writer.write(null, new IIOImage(buffered, null, null), how);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return DECODER.decode(bytes.toByteArray(), "again.jpg");
    }

    private static Raster scaled(Raster image, double factor) {
        return Resampling.bilinear(
                image,
                (int) Math.round(image.width() * factor),
                (int) Math.round(image.height() * factor));
    }

    private static Raster onePixel(Raster image) {
        short[] samples = image.samples().clone();
        int at = (image.height() / 3 * image.width() + image.width() / 3) * image.channels();
        int now = samples[at] & 0xff;
        for (int c = 0; c < image.channels(); c++) {
            samples[at + c] = (short) (now < 128 ? 255 : 0);
        }
        return new Raster(image.width(), image.height(), image.channels(), 8, samples);
    }

    private static Raster levels(Raster image, int brightness, double contrast, int noise) {
        Random random = new Random(1);
        short[] samples = new short[image.samples().length];
        for (int i = 0; i < samples.length; i++) {
            double value =
                    (image.samples()[i] & 0xff) * contrast
                            + brightness
                            + (noise == 0 ? 0 : random.nextInt(-noise, noise + 1));
            samples[i] = (short) Math.clamp(Math.round(value), 0, 255);
        }
        return new Raster(image.width(), image.height(), image.channels(), 8, samples);
    }

    /** A part of width and height away, on the left and at the top more than on the other sides. */
    private static Raster cut(Raster image, double share) {
        int dx = (int) Math.round(image.width() * share);
        int dy = (int) Math.round(image.height() * share);
        return window(image, dx, dy, image.width() - 2 * dx, image.height() - 2 * dy);
    }

    private static Raster framed(Raster image, int part) {
        int dx = image.width() / part;
        int dy = image.height() / part;
        return window(image, -dx, -dy, image.width() + 2 * dx, image.height() + 2 * dy);
    }

    /** Black where the window leaves the image. */
    private static Raster window(Raster image, int left, int top, int width, int height) {
        short[] samples = new short[width * height * image.channels()];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int u = left + x;
                int v = top + y;
                if (u >= 0 && v >= 0 && u < image.width() && v < image.height()) {
                    for (int c = 0; c < image.channels(); c++) {
                        samples[(y * width + x) * image.channels() + c] =
                                (short) image.sample(u, v, c);
                    }
                }
            }
        }
        return new Raster(width, height, image.channels(), 8, samples);
    }
}
