package org.precedent.imaging;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The file types that are read, each known by its first bytes and by its name's suffix. */
public enum ImageFormat {
    PNG(List.of("png"), new int[][] {{0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a}}),
    BMP(List.of("bmp", "dib"), new int[][] {{'B', 'M'}}),
    JPEG(List.of("jpg", "jpeg", "jpe"), new int[][] {{0xff, 0xd8, 0xff}}),
    /** The last two are BigTIFF: recognised so that the refusal can say so. */
    TIFF(
            List.of("tif", "tiff"),
            new int[][] {
                {'I', 'I', 42, 0}, {'M', 'M', 0, 42}, {'I', 'I', 43, 0}, {'M', 'M', 0, 43}
            });

    private final List<String> suffixes;
    private final int[][] magics;

    ImageFormat(List<String> suffixes, int[][] magics) {
        this.suffixes = suffixes;
        this.magics = magics;
    }

    /** Lower case, without the dot. */
    public List<String> suffixes() {
        return suffixes;
    }

    /** What the content says it is. */
    public static Optional<ImageFormat> ofContent(byte[] bytes) {
        return Arrays.stream(values()).filter(format -> format.matches(bytes)).findFirst();
    }

    /** What a file's name says it is: the part after the last dot, in any case. */
    public static Optional<ImageFormat> ofName(String name) {
        String suffix = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return Arrays.stream(values()).filter(f -> f.suffixes.contains(suffix)).findFirst();
    }

    private boolean matches(byte[] bytes) {
        for (int[] magic : magics) {
            boolean same = bytes.length >= magic.length;
            for (int i = 0; same && i < magic.length; i++) {
                same = (bytes[i] & 0xff) == magic[i];
            }
            if (same) {
                return true;
            }
        }
        return false;
    }
}
