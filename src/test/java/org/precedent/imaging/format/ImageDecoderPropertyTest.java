package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;

/** Whatever the bytes: a valid raster within the limits, or a refusal with its facts. */
class ImageDecoderPropertyTest {
    private static final long SEED = 20_261_122;
    private static final Limits LIMITS = new Limits(1 << 20, 1 << 16, 1024);
    // Far above what a 1,024-pixel image takes, far below what a bomb would.
    private static final long MOST_BYTES = 64L << 20;

    private final ImageDecoder decoder = new ImageDecoder(LIMITS);
    private int cases;
    private int refusals;

    @Test
    void survivesTruncationAtEveryRegion() {
        SampleFiles.all()
                .forEach((name, bytes) -> {
                    for (int part = 0; part < 24; part++) {
                        int length = (int) ((long) bytes.length * part / 24);
                        check(Arrays.copyOf(bytes, length), name, "cut at " + length);
                    }
                });
        assertThat(refusals).as("of %d truncated files", cases).isEqualTo(cases);
    }

    @Test
    void survivesDamagedBytes() {
        Random random = new Random(SEED);
        List<Map.Entry<String, byte[]>> files = new ArrayList<>(SampleFiles.all().entrySet());
        for (int i = 0; i < 4000; i++) {
            Map.Entry<String, byte[]> file = files.get(random.nextInt(files.size()));
            byte[] bytes = file.getValue().clone();
            int changes = 1 + random.nextInt(4);
            for (int c = 0; c < changes; c++) {
                // Headers are at the front, or for TIFF at the back: half of the changes go there.
                int region = random.nextInt(4);
                int at =
                        switch (region) {
                            case 0 -> random.nextInt(Math.min(64, bytes.length));
                            case 1 ->
                                    bytes.length - 1 - random.nextInt(Math.min(200, bytes.length));
                            default -> random.nextInt(bytes.length);
                        };
                bytes[at] =
                        switch (random.nextInt(4)) {
                            case 0 -> (byte) random.nextInt(256);
                            case 1 -> (byte) 0xff;
                            case 2 -> 0;
                            default -> (byte) (bytes[at] ^ 1 << random.nextInt(8));
                        };
            }
            check(bytes, file.getKey(), "seed " + SEED + " case " + i);
        }
        assertThat(cases).isEqualTo(4000);
        assertThat(refusals).isGreaterThan(1000);
    }

    @Test
    void survivesWrongSuffixesAndHostileNames() {
        List<String> names =
                List.of(
                        "../../../etc/passwd.png",
                        "..\\..\\x.tif",
                        "nul\0byte.png",
                        "line\nbreak.bmp",
                        "x".repeat(300) + ".jpg",
                        "\ud800.png",
                        ".png",
                        "",
                        ".",
                        "/",
                        "png",
                        "\u202egnp.exe",
                        "a.png.exe");
        SampleFiles.all()
                .forEach((file, bytes) -> {
                    for (String name : names) {
                        check(bytes, name, "named " + name.length());
                    }
                });
        assertThat(cases).isGreaterThan(200);
    }

    @Test
    void survivesNoiseBehindEveryMagic() {
        Random random = new Random(SEED);
        String[][] magics = {
            {"\u0089PNG\r\n\u001a\n", "n.png"},
            {"BM", "n.bmp"},
            {"\u00ff\u00d8\u00ff", "n.jpg"},
            {"II*\0", "n.tif"},
            {"MM\0*", "n.tif"}
        };
        for (int i = 0; i < 1000; i++) {
            String[] magic = magics[i % magics.length];
            byte[] bytes = new byte[magic[0].length() + random.nextInt(400)];
            random.nextBytes(bytes);
            for (int c = 0; c < magic[0].length(); c++) {
                bytes[c] = (byte) magic[0].charAt(c);
            }
            check(bytes, magic[1], "seed " + SEED + " noise " + i);
        }
        assertThat(refusals).isEqualTo(cases);
    }

    private void check(byte[] bytes, String name, String what) {
        cases++;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            Raster raster = decoder.decode(bytes, name);
            assertThat(raster.width()).isLessThanOrEqualTo(LIMITS.maxSide());
            assertThat((long) raster.width() * raster.height())
                    .isLessThanOrEqualTo(LIMITS.maxPixels());
        } catch (ImagingException e) {
            refusals++;
            assertThat(e.fields()).as(what).containsKey("file");
            assertThat(e.getMessage()).as(what).doesNotContain("\0", "\n", "/", "..\\");
            assertThat(e.getMessage().length()).as(what).isLessThan(400);
        } catch (Throwable e) {
            throw new AssertionError(name + ", " + what + ": " + e, e);
        }
        long taken = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(taken).as("%s, %s", name, what).isLessThan(MOST_BYTES);
    }
}
