package org.precedent.ingest.folder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.precedent.imaging.ImageFormat;
import org.precedent.ingest.folder.DatasetException.Code;

/** Image files by glob, and the order of their names. */
final class Glob {
    /** Runs of digits by their number, everything else by character: slice2 before slice10. */
    static final Comparator<String> NATURAL = Glob::compareNaturally;

    private static final int MAX_DEPTH = 32;

    private Glob() {}

    /**
     * The image files that match, in natural order of their paths. Hidden files and files of types
     * that are not read are passed over; links to folders are not followed.
     *
     * @param base what a relative glob starts from
     * @param glob shell style; {@code **} crosses folders and also stands for none
     */
    static List<Path> images(Path base, String glob) {
        String[] parts = glob.replace('\\', '/').split("/", -1);
        int fixed = 0;
        while (fixed < parts.length - 1 && !parts[fixed].matches(".*[*?\\[{].*")) {
            fixed++;
        }
        String prefix = String.join("/", List.of(parts).subList(0, fixed));
        String rest = String.join("/", List.of(parts).subList(fixed, parts.length));
        try {
            Path start = base.resolve(glob.startsWith("/") && fixed <= 1 ? "/" + prefix : prefix);
            // The runtime's ** needs a folder in between; with an empty alternative it needs none.
            PathMatcher matcher =
                    FileSystems.getDefault()
                            .getPathMatcher("glob:" + rest.replace("**/", "{,**/}"));
            int depth = rest.contains("**") ? MAX_DEPTH : parts.length - fixed;
            return list(start, matcher, depth);
        } catch (InvalidPathException | PatternSyntaxException e) {
            throw new DatasetException(
                    Code.GLOB, "not a glob: " + glob + ": " + e.getMessage(), "glob", glob, e);
        }
    }

    private static List<Path> list(Path start, PathMatcher matcher, int depth) {
        if (!Files.isDirectory(start)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(start, depth)) {
            List<Path> found = new ArrayList<>();
            walk.filter(file -> matcher.matches(start.relativize(file)))
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .filter(file -> ImageFormat.ofName(file.getFileName().toString()).isPresent())
                    .filter(Files::isRegularFile)
                    .forEach(found::add);
            found.sort(Comparator.comparing(Path::toString, NATURAL));
            return found;
        } catch (IOException | UncheckedIOException e) {
            throw new DatasetException(
                    Code.UNREADABLE_FOLDER,
                    "cannot list " + start + ": " + e.getMessage(),
                    "folder",
                    start.toString(),
                    e);
        }
    }

    private static int compareNaturally(String a, String b) {
        int i = 0;
        int j = 0;
        while (i < a.length() && j < b.length()) {
            int endOfA = endOfDigits(a, i);
            int endOfB = endOfDigits(b, j);
            int order;
            if (endOfA > i && endOfB > j) {
                String left = a.substring(i, endOfA).replaceFirst("^0+(?=.)", "");
                String right = b.substring(j, endOfB).replaceFirst("^0+(?=.)", "");
                order = Integer.compare(left.length(), right.length());
                order = order != 0 ? order : left.compareTo(right);
                i = endOfA;
                j = endOfB;
            } else {
                order = Character.compare(a.charAt(i++), b.charAt(j++));
            }
            if (order != 0) {
                return order;
            }
        }
        int order = Integer.compare(a.length() - i, b.length() - j);
        // 7 and 07 are equal numbers but different names.
        return order != 0 ? order : a.compareTo(b);
    }

    private static int endOfDigits(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }
}
