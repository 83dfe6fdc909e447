package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.precedent.DomainException;
import org.precedent.imaging.Limits;

/**
 * A good file is read, or refused because memory is short; never because of the file. A process of
 * its own with a small heap decodes files of every type beside ballast of every size, so that
 * memory runs out at every place of the decoders and of the libraries under them.
 */
class DecodingUnderMemoryPressureTest {
    private static final String READ = "read";
    private static final String BUSY = "busy";
    private static final int SIDE = 800;

    @Test
    void aShortageOfMemoryIsNeverBlamedOnTheFile() throws Exception {
        Process process =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-Xmx48m",
                                "-XX:+UseSerialGC",
                                "-Djava.awt.headless=true",
                                "-cp",
                                System.getProperty("java.class.path"),
                                DecodingUnderMemoryPressureTest.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        Map<String, Map<String, Integer>> outcomes = new TreeMap<>();
        out.lines()
                .filter(line -> line.startsWith("outcome "))
                .forEach(line -> {
                    String[] words = line.split(" ", 3);
                    outcomes.computeIfAbsent(words[1], t -> new TreeMap<>())
                            .merge(words[2], 1, Integer::sum);
                });
        assertThat(outcomes).as(out).containsOnlyKeys("bmp", "jpg", "png", "tif");
        outcomes.forEach((type, kinds) ->
                assertThat(kinds).as("%s: %s", type, kinds).containsOnlyKeys(READ, BUSY));
    }

    /** The process: one line a decoding, {@code outcome TYPE OUTCOME}. */
    public static void main(String... arguments) throws IOException {
        PrintStream out = System.out;
        Map<String, byte[]> files = files();
        ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
        // Classes are loaded while there is room.
        files.forEach((type, bytes) -> decoder.decode(bytes, "warm." + type));
        files.forEach((type, bytes) -> {
            for (int ballast = 0; ballast < 48; ballast++) {
                out.println("outcome " + type + " " + outcome(decoder, bytes, type, ballast));
            }
        });
    }

    private static String outcome(ImageDecoder decoder, byte[] bytes, String type, int mebibytes) {
        List<byte[]> ballast = new ArrayList<>();
        try {
            for (int i = 0; i < mebibytes; i++) {
                ballast.add(new byte[1 << 20]);
            }
        } catch (OutOfMemoryError e) {
            ballast.removeLast();
        }
        String outcome;
        try {
            outcome = decoder.decode(bytes, "x." + type).width() == SIDE ? READ : "wrong";
        } catch (DomainException e) {
            outcome =
                    e.kind() == DomainException.Kind.BUSY ? BUSY : e.code() + " " + e.getMessage();
        } catch (Throwable e) {
            outcome = e.toString();
        }
        ballast.clear();
        return outcome;
    }

    private static Map<String, byte[]> files() throws IOException {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(7);
        for (int i = 0; i < SIDE * SIDE; i++) {
            image.setRGB(i % SIDE, i / SIDE, random.nextInt());
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String type : List.of("png", "bmp", "jpg", "tif")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThat(ImageIO.write(image, type.equals("tif") ? "tiff" : type, out)).isTrue();
            files.put(type, out.toByteArray());
        }
        return files;
    }
}
