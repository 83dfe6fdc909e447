package org.precedent.imaging.format.nrrd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;

/**
 * What the axes of an NRRD are: at most one of components ahead of those of space, and volumes
 * behind them.
 *
 * @param components along a first axis that is not of space; else 1
 * @param grid the axes of space; two-dimensional images are one voxel deep
 * @param volumes along axes behind those of space; else 1
 */
record NrrdAxes(int components, Grid grid, int volumes, List<String> notes) {
    private static final Pattern VECTOR = Pattern.compile("none|\\(([^()]*)\\)");
    private static final double[] UNKNOWN = {0, 0, 0};

    static NrrdAxes of(Reading reading, NrrdHeader header) {
        int[] sizes = sizes(reading, header);
        List<double @Nullable []> directions = directions(reading, header, sizes.length);
        int first = firstOfSpace(header, sizes.length, directions);
        int count = spatial(header, sizes.length, directions, first);
        if (first > 1 || count < 1 || count > 3) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "has axes in an order that is not read",
                    "kinds",
                    Reading.shown(String.valueOf(header.field("kinds"))),
                    "at most one of components, then up to three of space, then volumes");
        }
        int[] voxels = {1, 1, 1};
        System.arraycopy(sizes, first, voxels, 0, count);
        int volumes = 1;
        for (int axis = first + count; axis < sizes.length; axis++) {
            volumes *= sizes[axis];
        }
        List<String> notes = new ArrayList<>();
        Grid grid =
                directions.isEmpty()
                        ? plain(reading, header, voxels, first, count, notes)
                        : oriented(reading, header, voxels, directions, first, count, notes);
        return new NrrdAxes(first == 1 ? sizes[0] : 1, grid, volumes, notes);
    }

    private static int[] sizes(Reading reading, NrrdHeader header) {
        long dimension =
                NrrdHeader.whole(reading, "dimension", header.required(reading, "dimension"));
        String[] words = header.required(reading, "sizes").split("\\s+");
        if (dimension < 1 || dimension > 16 || words.length != dimension) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "declares " + words.length + " sizes for " + dimension + " dimensions",
                    "dimension",
                    dimension,
                    words.length);
        }
        int[] sizes = new int[words.length];
        long samples = 1;
        for (int axis = 0; axis < sizes.length; axis++) {
            long size = NrrdHeader.whole(reading, "sizes", words[axis]);
            if (size < 1 || size > reading.limits().maxPixels()) {
                throw tooMany(reading, size);
            }
            samples *= size;
            if (samples > reading.limits().maxPixels()) {
                throw tooMany(reading, samples);
            }
            sizes[axis] = (int) size;
        }
        return sizes;
    }

    private static ImagingException tooMany(Reading reading, long samples) {
        return reading.refuse(
                samples < 1 ? Code.UNREADABLE : Code.TOO_MANY_PIXELS,
                "declares "
                        + samples
                        + " samples along its axes; the limit is 1 to "
                        + reading.limits().maxPixels(),
                "sizes",
                samples,
                reading.limits().maxPixels());
    }

    /** One vector an axis, null for axes that are not of space; empty where the file has none. */
    private static List<double @Nullable []> directions(
            Reading reading, NrrdHeader header, int dimension) {
        String text = header.field("space directions");
        List<double @Nullable []> directions = new ArrayList<>();
        if (text == null) {
            return directions;
        }
        Matcher vectors = VECTOR.matcher(text);
        while (vectors.find()) {
            directions.add(
                    vectors.group(1) == null
                            ? null
                            : vector(reading, "space directions", vectors.group(1)));
        }
        if (directions.size() != dimension) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "has " + directions.size() + " space directions for " + dimension + " axes",
                    "space directions",
                    directions.size(),
                    dimension);
        }
        return directions;
    }

    private static double[] vector(Reading reading, String field, String text) {
        return Arrays.stream(text.split(","))
                .mapToDouble(word -> NrrdHeader.number(reading, field, word))
                .toArray();
    }

    private static int firstOfSpace(
            NrrdHeader header, int dimension, List<double @Nullable []> directions) {
        int first = 0;
        while (first < dimension && !isSpatial(header, first, directions)) {
            first++;
        }
        return first;
    }

    private static int spatial(
            NrrdHeader header, int dimension, List<double @Nullable []> directions, int first) {
        int count = 0;
        while (first + count < dimension
                && count < 3
                && isSpatial(header, first + count, directions)) {
            count++;
        }
        for (int axis = first + count; axis < dimension; axis++) {
            // Without a word on its kind a fourth axis is taken for time.
            if (isSpatial(header, axis, directions)
                    && (header.field("kinds") != null || !directions.isEmpty())) {
                return 0;
            }
        }
        return count;
    }

    private static boolean isSpatial(
            NrrdHeader header, int axis, List<double @Nullable []> directions) {
        if (!directions.isEmpty()) {
            double[] direction = directions.get(axis);
            // In a space with time, an axis that leads only into time is none of space.
            return direction != null
                    && (direction.length < 4
                            || direction[0] != 0
                            || direction[1] != 0
                            || direction[2] != 0);
        }
        String kinds = header.field("kinds");
        if (kinds == null) {
            return true;
        }
        String[] words = kinds.split("\\s+");
        String kind = axis < words.length ? words[axis].toLowerCase(Locale.ROOT) : "domain";
        return kind.equals("domain") || kind.equals("space") || kind.equals("???");
    }

    private static Grid plain(
            Reading reading,
            NrrdHeader header,
            int[] voxels,
            int first,
            int count,
            List<String> notes) {
        double[] spacing = UNKNOWN.clone();
        String spacings = header.field("spacings");
        if (spacings != null) {
            String[] words = spacings.split("\\s+");
            for (int axis = 0; axis < count && first + axis < words.length; axis++) {
                double step = Math.abs(NrrdHeader.number(reading, "spacings", words[first + axis]));
                spacing[axis] = Double.isFinite(step) ? step : 0;
            }
        }
        notes.add("there are no space directions: the orientation is unknown");
        return new Grid(voxels, spacing, null);
    }

    private static Grid oriented(
            Reading reading,
            NrrdHeader header,
            int[] voxels,
            List<double @Nullable []> directions,
            int first,
            int count,
            List<String> notes) {
        double[][] columns = new double[3][3];
        double mm = millimetres(reading, header);
        double[] spacing = UNKNOWN.clone();
        for (int axis = 0; axis < count; axis++) {
            double[] direction = directions.get(first + axis);
            for (int row = 0; direction != null && row < Math.min(3, direction.length); row++) {
                columns[axis][row] = direction[row] * mm;
            }
            double[] step = columns[axis];
            spacing[axis] = Math.hypot(Math.hypot(step[0], step[1]), step[2]);
            if (!(spacing[axis] > 0) || !Double.isFinite(spacing[axis])) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "has a space direction without a length",
                        "space directions",
                        Arrays.toString(step),
                        "a vector of finite length");
            }
        }
        double[] signs = signs(reading, header);
        if (signs.length == 0 || count < 3) {
            notes.add("it names no space of three dimensions: the orientation is unknown");
            return new Grid(voxels, spacing, null);
        }
        double[] origin = origin(reading, header, mm);
        for (int row = 0; row < 3; row++) {
            for (double[] column : columns) {
                column[row] = column[row] * signs[row] + 0.0;
            }
            origin[row] = origin[row] * signs[row] + 0.0;
        }
        return Grid.of(voxels, Affine.ofColumns(columns[0], columns[1], columns[2], origin));
    }

    private static double[] origin(Reading reading, NrrdHeader header, double mm) {
        String text = header.field("space origin");
        double[] origin = new double[3];
        if (text == null) {
            return origin;
        }
        Matcher matcher = VECTOR.matcher(text);
        if (!matcher.find() || matcher.group(1) == null) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "has a space origin that is no vector",
                    "space origin",
                    Reading.shown(text),
                    "(x,y,z)");
        }
        double[] vector = vector(reading, "space origin", matcher.group(1));
        for (int row = 0; row < Math.min(3, vector.length); row++) {
            origin[row] = Double.isFinite(vector[row]) ? vector[row] * mm : 0;
        }
        return origin;
    }

    /** What turns the file's space into LPS; empty where it names none. */
    private static double[] signs(Reading reading, NrrdHeader header) {
        String space = header.field("space");
        if (space == null) {
            return new double[0];
        }
        String name = space.toLowerCase(Locale.ROOT).replaceAll("(-time|t)$", "");
        return switch (name) {
            case "left-posterior-superior", "lps" -> new double[] {1, 1, 1};
            case "right-anterior-superior", "ras" -> new double[] {-1, -1, 1};
            case "left-anterior-superior", "las" -> new double[] {1, -1, 1};
            default ->
                    throw reading.refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "lies in a space that says nothing of a patient",
                            "space",
                            Reading.shown(space),
                            "left-posterior-superior, right-anterior-superior or"
                                    + " left-anterior-superior");
        };
    }

    private static double millimetres(Reading reading, NrrdHeader header) {
        String units = header.field("space units");
        if (units == null) {
            return 1;
        }
        String unit = units.replace("\"", " ").trim().split("\\s+")[0];
        return switch (unit.toLowerCase(Locale.ROOT)) {
            case "mm", "millimeter", "millimeters", "" -> 1;
            case "cm" -> 10;
            case "m" -> 1000;
            case "um", "microns", "micron" -> 0.001;
            default ->
                    throw reading.refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "measures space in another unit",
                            "space units",
                            Reading.shown(unit),
                            "mm, cm, m or um");
        };
    }
}
