package org.precedent.imaging.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How files and folders of volumes are called; what they really hold, their content says. */
public final class VolumeNames {
    /** Longest first, so that a stem loses all of its suffix. */
    private static final List<String> SUFFIXES =
            List.of(".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".nhdr");

    /** What is kept in messages of the suffixes. */
    public static final String EXPECTED = ".nii, .nii.gz, .nrrd or a folder of one DICOM series";

    private static final int DICM = 128;
    private static final int LOOKED_AT = 16;

    private VolumeNames() {}

    /** Whether a file's name is that of a volume. */
    public static boolean isVolume(String name) {
        return !suffix(name).isEmpty();
    }

    /** A file's name without its suffix, the double ones of volumes included. */
    public static String stem(String name) {
        String suffix = suffix(name);
        if (!suffix.isEmpty()) {
            return name.substring(0, name.length() - suffix.length());
        }
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static String suffix(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return SUFFIXES.stream()
                .filter(suffix -> lower.endsWith(suffix) && lower.length() > suffix.length())
                .findFirst()
                .orElse("");
    }

    /** Whether a folder directly holds a DICOM file, among the first that are looked at. */
    public static boolean isSeries(Path folder) {
        int looked = 0;
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(folder, Files::isRegularFile)) {
            for (Path entry : entries) {
                if (entry.getFileName().toString().startsWith(".")) {
                    continue;
                }
                try (InputStream in = Files.newInputStream(entry)) {
                    byte[] start = in.readNBytes(DICM + 4);
                    if (start.length == DICM + 4
                            && start[DICM] == 'D'
                            && start[DICM + 1] == 'I'
                            && start[DICM + 2] == 'C'
                            && start[DICM + 3] == 'M') {
                        return true;
                    }
                }
                if (++looked == LOOKED_AT) {
                    return false;
                }
            }
        } catch (IOException e) {
            return false; // whoever reads it says why it cannot be read
        }
        return false;
    }
}
