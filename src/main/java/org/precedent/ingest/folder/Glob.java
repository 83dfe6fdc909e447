package org.precedent.ingest.folder;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.precedent.ingest.folder.DatasetException.Code;

/**
 * A shell-style pattern of files, matched one folder at a time, so that a walk descends only where
 * something can match. {@code **} crosses folders and also stands for none. Names are compared in
 * Unicode's composed form (NFC), suffixes without their case.
 */
final class Glob {
    /** Runs of digits by their number, everything else by character: slice2 before slice10. */
    static final Comparator<String> NATURAL = Glob::compareNaturally;

    private static final String ANY_DEPTH = "**";

    private final Path start;
    private final List<List<Segment>> alternatives;

    /**
     * One name of a pattern.
     *
     * @param matcher null for {@code **}
     */
    private record Segment(@Nullable PathMatcher matcher) {
        boolean matches(Path name) {
            return matcher == null || matcher.matches(name);
        }
    }

    /** Which segment of which alternative a folder's entries are compared with. */
    private record Position(int alternative, int segment) {}

    /** Where in the pattern a folder lies: what its entries have to match. */
    record State(Set<Position> positions) {
        /** Whether nothing inside such a folder can match. */
        boolean isDead() {
            return positions.isEmpty();
        }
    }

    private Glob(Path start, List<List<Segment>> alternatives) {
        this.start = start;
        this.alternatives = alternatives;
    }

    /**
     * @param base what a relative glob starts from
     * @param glob shell style
     * @throws DatasetException GLOB
     */
    static Glob of(Path base, String glob) {
        String[] parts = glob.replace('\\', '/').split("/", -1);
        try {
            Path start = glob.startsWith("/") ? base.resolve("/") : base;
            int fixed = 0;
            while (fixed < parts.length - 1 && isOneName(start, parts[fixed])) {
                start = inside(start, parts[fixed++]);
            }
            List<List<Segment>> alternatives = new ArrayList<>();
            String rest = String.join("/", List.of(parts).subList(fixed, parts.length));
            for (String pattern : withoutSlashesInBraces(rest)) {
                alternatives.add(segments(pattern));
            }
            return new Glob(start, alternatives);
        } catch (InvalidPathException | PatternSyntaxException e) {
            throw new DatasetException(
                    Code.GLOB, "not a glob: " + glob + ": " + e.getMessage(), "glob", glob, e);
        }
    }

    /** A folder by its path, none of whose characters is a wildcard; it need not exist. */
    static Path folder(Path base, String path) {
        Path folder = path.startsWith("/") ? base.resolve("/") : base;
        try {
            for (String part : path.replace('\\', '/').split("/", -1)) {
                folder = inside(folder, part);
            }
            return folder;
        } catch (InvalidPathException e) {
            throw new DatasetException(
                    Code.GLOB, "not a folder: " + path + ": " + e.getMessage(), "folder", path, e);
        }
    }

    /** A part without a wildcard, or a folder whose very name looks like one. */
    private static boolean isOneName(Path folder, String part) {
        return !part.matches(".*[*?\\[{].*") || Files.isDirectory(folder.resolve(part));
    }

    /** The deepest folder that the pattern names without a wildcard; it need not exist. */
    Path start() {
        return start;
    }

    /** The state of {@link #start()}. */
    State first() {
        Set<Position> positions = new HashSet<>();
        for (int i = 0; i < alternatives.size(); i++) {
            reach(positions, i, 0);
        }
        return new State(positions);
    }

    /** The state of a folder inside a folder. */
    State step(State state, Path folder) {
        Path name = normal(folder);
        Set<Position> positions = new HashSet<>();
        for (Position at : state.positions()) {
            Segment segment = alternatives.get(at.alternative()).get(at.segment());
            if (segment.matcher() == null) {
                reach(positions, at.alternative(), at.segment());
            } else if (!isLast(at) && segment.matches(name)) {
                reach(positions, at.alternative(), at.segment() + 1);
            }
        }
        return new State(positions);
    }

    /** Whether an entry of a folder in this state is what the pattern means. */
    boolean matches(State state, Path entry) {
        Path name = normal(entry);
        return state.positions().stream()
                .anyMatch(at ->
                        isLast(at)
                                && alternatives
                                        .get(at.alternative())
                                        .get(at.segment())
                                        .matches(name));
    }

    private boolean isLast(Position at) {
        return at.segment() == alternatives.get(at.alternative()).size() - 1;
    }

    /** {@code **} stands for no folder as well, so what follows it is reached with it. */
    private void reach(Set<Position> positions, int alternative, int segment) {
        List<Segment> segments = alternatives.get(alternative);
        int at = segment;
        positions.add(new Position(alternative, at));
        while (segments.get(at).matcher() == null) {
            positions.add(new Position(alternative, ++at));
        }
    }

    /** A folder's entry by name; where there is none, the one whose name composes to the same. */
    static Path inside(Path folder, String name) {
        Path exact = folder.resolve(name);
        if (name.isEmpty() || Files.exists(exact) || !Files.isDirectory(folder)) {
            return exact;
        }
        String composed = composed(name);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (composed(entry.getFileName().toString()).equals(composed)) {
                    return entry;
                }
            }
        } catch (IOException e) {
            return exact; // told when it is listed
        }
        return exact;
    }

    /** Unicode's composed form: what file systems and keyboards write differently is one name. */
    static String composed(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    private static List<Segment> segments(String pattern) {
        List<Segment> segments = new ArrayList<>();
        String[] parts = pattern.split("/", -1);
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            String part = parts[i];
            if (part.startsWith(ANY_DEPTH)) {
                segments.add(new Segment(null));
                part = part.substring(1);
                if (!last && part.equals("*")) {
                    continue;
                }
            }
            if (part.isEmpty() && !last) {
                continue;
            }
            String composed = composed(part);
            segments.add(
                    new Segment(
                            FileSystems.getDefault()
                                    .getPathMatcher(
                                            "glob:" + (last ? lowerSuffix(composed) : composed))));
        }
        return segments;
    }

    /** {@code {a/b,c}/d} as {@code a/b/d} and {@code c/d}; braces without a slash stay. */
    private static List<String> withoutSlashesInBraces(String pattern) {
        int open = pattern.indexOf('{');
        int close = pattern.indexOf('}', open + 1);
        while (open >= 0 && close >= 0 && pattern.substring(open, close).indexOf('/') < 0) {
            open = pattern.indexOf('{', close);
            close = pattern.indexOf('}', open + 1);
        }
        if (open < 0 || close < 0) {
            return List.of(pattern);
        }
        List<String> all = new ArrayList<>();
        for (String one : pattern.substring(open + 1, close).split(",", -1)) {
            all.addAll(
                    withoutSlashesInBraces(
                            pattern.substring(0, open) + one + pattern.substring(close + 1)));
        }
        return all;
    }

    /** An entry's name as patterns are compared with it. */
    private static Path normal(Path entry) {
        Path name = entry.getFileName();
        String written = name.toString();
        String normal = lowerSuffix(composed(written));
        if (normal.equals(written)) {
            return name;
        }
        try {
            return Path.of(normal);
        } catch (InvalidPathException e) {
            return name; // a name that this locale cannot write: compared as it is
        }
    }

    private static String lowerSuffix(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0
                ? name
                : name.substring(0, dot) + name.substring(dot).toLowerCase(Locale.ROOT);
    }

    private static int compareNaturally(String a, String b) {
        int i = 0;
        int j = 0;
        while (i < a.length() && j < b.length()) {
            int endOfA = endOfDigits(a, i);
            int endOfB = endOfDigits(b, j);
            int order;
            if (endOfA > i && endOfB > j) {
                int left = withoutZeros(a, i, endOfA);
                int right = withoutZeros(b, j, endOfB);
                order = Integer.compare(endOfA - left, endOfB - right);
                while (order == 0 && left < endOfA) {
                    order = Character.compare(a.charAt(left++), b.charAt(right++));
                }
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

    /** Where a number begins behind its leading zeros; its last digit stays. */
    private static int withoutZeros(String text, int from, int end) {
        int start = from;
        while (start < end - 1 && text.charAt(start) == '0') {
            start++;
        }
        return start;
    }

    private static int endOfDigits(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }
}
