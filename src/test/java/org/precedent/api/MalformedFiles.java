package org.precedent.api;

import java.util.Arrays;
import java.util.List;
import org.precedent.imaging.Raster;
import org.precedent.phantom.Phantoms.Phantom;

/** Images, masks and label maps that are not what they have to be. */
final class MalformedFiles extends MalformedUploads {
    private static final String LIVER_IS_255 = "\"labelValues\":{\"liver\":255}";

    MalformedFiles(String task, Phantom phantom) {
        super(task, phantom);
        images();
        masks();
    }

    // ---- files

    private void images() {
        for (String type : TYPES) {
            kind(
                    "truncated " + type,
                    random -> {
                        byte[] whole = honest(type);
                        int length = 1 + random.nextInt(whole.length - 20);
                        return image("x." + type, Arrays.copyOf(whole, length));
                    });
        }
        kind(
                "flipped bit in a png",
                random -> {
                    byte[] file = honest("png");
                    file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
                    return image("x.png", file);
                });
        kind("empty image", random -> image("x." + any(random, TYPES), new byte[0]));
        kind(
                "noise behind a signature",
                random -> {
                    String type = any(random, TYPES);
                    byte[] noise = new byte[50 + random.nextInt(5000)];
                    random.nextBytes(noise);
                    System.arraycopy(honest(type), 0, noise, 0, 10);
                    return image("x." + type, noise);
                });
        kind(
                "png of impossible size",
                random -> {
                    int[] size =
                            any(
                                    random,
                                    List.of(
                                            new int[] {60_000, 60_000},
                                            new int[] {16_384, 16_384},
                                            new int[] {Integer.MAX_VALUE, 1},
                                            new int[] {-1, -1},
                                            new int[] {0, 10}));
                    return image("x.png", HostileFiles.png(size[0], size[1], 1000));
                });
        kind(
                "png that inflates to 256 MB",
                random ->
                        image(
                                "x.png",
                                random.nextBoolean()
                                        ? HostileFiles.png(160, 160, 256L << 20)
                                        : HostileFiles.pngWithText(256L << 20)));
        kind(
                "bmp or jpeg of impossible size",
                random ->
                        random.nextBoolean()
                                ? image("x.bmp", HostileFiles.bmp(1 << 30, 1 << 30))
                                : image("x.jpg", HostileFiles.jpeg(honest("jpg"), 65_500, 65_500)));
        kind(
                "tiff of impossible size",
                random ->
                        image(
                                "x.tif",
                                random.nextBoolean()
                                        ? HostileFiles.tiff(60_000, 60_000, 4096)
                                        : HostileFiles.tiff(64, 64, 256L << 20)));
        kind(
                "image of 36 million pixels with a mask of 160 x 160",
                random -> image("x.png", HostileFiles.png(6000, 6000, 6000L * 6001)));
        kind(
                "wrong type for the suffix",
                random -> {
                    String type = any(random, TYPES);
                    String other = TYPES.get((TYPES.indexOf(type) + 1 + random.nextInt(3)) % 4);
                    return image("x." + other, honest(type));
                });
        kind(
                "suffix of no image",
                random ->
                        image(
                                any(random, List.of("x", "x.dcm", "x.png.exe", "..", ".")),
                                honest("png")));
        kind(
                "hostile file name",
                random ->
                        image(
                                any(
                                        random,
                                        List.of(
                                                "n".repeat(300) + ".png",
                                                "a\u0000b.png",
                                                "a\nb.png",
                                                "a\u007fb.png",
                                                "a\u0085b.png",
                                                "a\u202egnp.exe.png",
                                                "a\u2028b.png",
                                                "../../etc/passwd")),
                                honest("png")));
    }

    private void masks() {
        kind(
                "mask of another size",
                random -> {
                    int width = 1 + random.nextInt(300);
                    int height = width == 160 ? 161 : 160;
                    return mask(grey(width, height, 255));
                });
        kind(
                "stray mask values",
                random -> {
                    short[] samples = phantom.masks().get("liver").toRaster().samples().clone();
                    // An area, so that it is no noise at an edge.
                    int corner = random.nextInt(156) * 160 + random.nextInt(156);
                    short stray = (short) (2 + random.nextInt(250));
                    for (int i = 0; i < 16; i++) {
                        samples[corner + i / 4 * 160 + i % 4] = stray;
                    }
                    return mask(new Raster(160, 160, 1, 8, samples));
                });
        kind("mask of nothing", random -> mask(grey(160, 160, 0)));
        kind(
                "broken mask file",
                random -> {
                    byte[] file = Arrays.copyOf(mask, random.nextInt(mask.length - 12));
                    return images(good(null, "mask.liver").file("mask.liver", "m.png", file));
                });
        kind(
                "label that is not known",
                random ->
                        images(
                                good(null, "mask.liver")
                                        .file(
                                                "mask."
                                                        + any(
                                                                random,
                                                                List.of(
                                                                        "",
                                                                        "heart",
                                                                        "../liver",
                                                                        "liver/../../spine",
                                                                        "li\u0000ver",
                                                                        "LIVER",
                                                                        "l".repeat(9000))),
                                                "m.png",
                                                mask)));
        kind(
                "label map that does not fit",
                random -> {
                    String values =
                            any(
                                    random,
                                    List.of(
                                            "{\"liver\":0}",
                                            "{\"liver\":65536}",
                                            "{\"liver\":-1}",
                                            "{\"liver\":null}",
                                            "{\"liver\":1.5}",
                                            "{\"liver\":99999999999}",
                                            "{\"liver\":17}",
                                            "{\"a/b\":255}",
                                            "{\"\":255}",
                                            "{}",
                                            "null",
                                            "[]"));
                    return images(
                            good(
                                            "{\"task\":\"%s\",\"patient\":\"p\",\"labelValues\":%s}"
                                                    .formatted(task, values),
                                            "mask.liver")
                                    .file("labelmap", "map.png", mask));
                });
        kind(
                "label in a mask and in the label map",
                random ->
                        images(
                                good("{\"task\":\"%s\",\"patient\":\"p\",%s}"
                                                .formatted(task, LIVER_IS_255))
                                        .file("labelmap", "map.png", mask)));
    }
}
