package org.precedent.imaging.format;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/**
 * Turns decoded masks and label maps into {@link Mask masks}, and refuses what would make a wrong
 * one: another size than the image's, values that could mean more than one thing, a mask of
 * nothing.
 *
 * <p>Input comes from {@link ImageDecoder#decodeLabels}. Meaning is in the values and colours of
 * the pixels, never in a palette's indices:
 *
 * <ul>
 *   <li>A grey mask is 0 outside and 255 inside, or 1 inside where nothing else occurs; in 16 bit
 *       also 65535. One with soft edges or JPEG noise is cut at the half ({@link SoftMask}).
 *   <li>A mask of two colours is background where it is darker, by luma.
 *   <li>A label map has a value or a colour a label; 0 and black are background.
 *   <li>An ignored value is unknown: it is outside every mask, it never decides which value is the
 *       object, and {@link MaskReading#unknown} counts it.
 * </ul>
 */
public final class MaskReader {
    private static final int BLACK = 0;

    private final Strays strays;
    private final List<MaskValue> ignored;

    /** What to do with values of a label map that no label has and that are not ignored. */
    public enum Strays {
        REFUSE,
        /**
         * Count them as unknown. Masks of one label are read as with {@link #REFUSE}: there, what
         * an undeclared value means would decide which value is the object.
         */
        IGNORE
    }

    public MaskReader(Strays strays) {
        this(strays, List.of());
    }

    /**
     * @param ignored values that mean unknown, in masks and label maps alike
     */
    public MaskReader(Strays strays, List<MaskValue> ignored) {
        this.strays = strays;
        this.ignored = List.copyOf(ignored);
    }

    /**
     * One label's mask.
     *
     * @param image what the mask lies on
     * @throws ImagingException when it is of another size, empty, or leaves open what its object is
     */
    public MaskReading mask(MaskFile file, String label, Raster image) {
        MaskPixels pixels = checked(file, image);
        Map<Integer, String> declared = declared(pixels);
        Set<Integer> unknown = declared.keySet();
        Map<Integer, Integer> counts = pixels.counts(unknown);
        Map<String, Integer> passed = take(counts, declared);
        if (counts.isEmpty()) {
            throw empty(
                    file,
                    "every pixel has an ignored value, " + String.join(", ", passed.keySet()));
        }
        if (pixels.isColour() || (file.colourTable() && counts.size() == 2)) {
            int object = lighterOfTwo(file, pixels, counts);
            return reading(file, pixels, label, pixels.shown(object), v -> v == object, passed);
        }
        OptionalInt exact = exactObject(pixels, counts);
        if (exact.isPresent()) {
            int inside = exact.getAsInt();
            if (file.lossy() && inside < pixels.top()) {
                throw lossy(file, "mask of 0 and " + inside, "save it as PNG, or as 0 and 255");
            }
            if (!counts.containsKey(inside)) {
                throw empty(file, "no pixel is " + inside + passedWords(passed));
            }
            return reading(file, pixels, label, pixels.shown(inside), v -> v == inside, passed);
        }
        SoftMask soft = new SoftMask(pixels, counts, unknown);
        SoftMask.Refusal refusal = soft.refusal();
        if (refusal != null) {
            throw unclear(file, pixels, counts, refusal);
        }
        return cut(file, pixels, label, soft, unknown, passed);
    }

    /**
     * Every label's mask of one label map.
     *
     * @param values label name to value, at least one; 0 and black are background
     * @return with the labels that occur, in the order of {@code values}
     * @throws ImagingException when it is of another size or has values that are neither background
     *     nor a label nor ignored
     */
    public MaskReading labels(MaskFile file, Raster image, Map<String, MaskValue> values) {
        checkValues(values);
        MaskPixels pixels = checked(file, image);
        Map<String, Integer> codes = new LinkedHashMap<>();
        values.forEach(
                (label, value) -> pixels.find(value).ifPresent(code -> codes.put(label, code)));
        String only = onlyLabelAtTheTop(pixels, codes, values);
        if (file.lossy() && only == null) {
            throw lossy(file, "label map", "save it as PNG");
        }
        Map<Integer, String> declared = declared(pixels);
        Set<Integer> unknown = declared.keySet();
        Set<Integer> known = new TreeSet<>(codes.values());
        known.add(BLACK);
        Set<Integer> wanted = new HashSet<>(known);
        wanted.addAll(unknown);
        Map<Integer, Integer> counts = pixels.counts(wanted);
        Map<String, Integer> passed = take(counts, declared);
        Map<Integer, Integer> others = new LinkedHashMap<>(counts);
        others.keySet().removeAll(known);
        if (!others.isEmpty()) {
            SoftMask soft = only == null ? null : new SoftMask(pixels, counts, unknown);
            if (only != null && soft != null && soft.refusal() == null) {
                return cut(file, pixels, only, soft, unknown, passed);
            }
            if (strays == Strays.REFUSE) {
                throw undeclared(file, pixels, others, values);
            }
            Map<Integer, String> undeclared = new TreeMap<>();
            others.keySet().forEach(value -> undeclared.put(value, pixels.shown(value)));
            passed.putAll(take(counts, undeclared));
        }
        Map<String, Mask> masks = new LinkedHashMap<>();
        codes.forEach((label, code) -> {
            if (counts.containsKey(code)) {
                masks.put(label, pixels.select(code));
            }
        });
        return new MaskReading(file.name(), masks, pixels.size(), null, 0, 0, passed);
    }

    private void checkValues(Map<String, MaskValue> values) {
        values.forEach((label, value) -> {
            if (value.number() == BLACK) {
                throw new IllegalArgumentException(
                        "label "
                                + label
                                + " has value "
                                + value
                                + ", expected "
                                + MaskValue.EXPECTED);
            }
            if (ignored.stream().anyMatch(value::meansTheSameAs)) {
                throw new IllegalArgumentException(
                        "label " + label + " has value " + value + ", which is ignored");
            }
        });
    }

    /** How this file's pixels hold the ignored values, and how those were declared. */
    private Map<Integer, String> declared(MaskPixels pixels) {
        Map<Integer, String> declared = new TreeMap<>();
        for (MaskValue value : ignored) {
            pixels.find(value).ifPresent(code -> declared.putIfAbsent(code, value.toString()));
        }
        return declared;
    }

    /** Takes values out of the counts and says how often they were there. */
    private static Map<String, Integer> take(
            Map<Integer, Integer> counts, Map<Integer, String> values) {
        Map<String, Integer> taken = new LinkedHashMap<>();
        values.forEach((value, shown) -> {
            Integer count = counts.remove(value);
            if (count != null) {
                taken.put(shown, count);
            }
        });
        return taken;
    }

    /** What is inside where a grey mask has nothing but one of the known pairs. */
    private static OptionalInt exactObject(MaskPixels pixels, Map<Integer, Integer> counts) {
        for (int inside : new int[] {pixels.top(), 255, 1}) {
            if (Set.of(0, inside).containsAll(counts.keySet())) {
                return OptionalInt.of(inside);
            }
        }
        return OptionalInt.empty();
    }

    /**
     * The lighter of two colours. Colours of equal luma, one colour alone and more than two leave
     * open which is the object.
     */
    private static int lighterOfTwo(
            MaskFile file, MaskPixels pixels, Map<Integer, Integer> counts) {
        List<Integer> colours = List.copyOf(counts.keySet());
        String found = pixels.listed(counts);
        if (colours.size() == 1) {
            throw value(
                    file,
                    "mask has one colour only, "
                            + found
                            + ", so it is open whether that is the object",
                    found,
                    "two colours, background and object",
                    "send a label map and name the colour of its label (NAME=#RRGGBB)");
        }
        if (colours.size() > 2) {
            throw value(
                    file,
                    "mask holds " + counts.size() + " colours: " + found,
                    found,
                    "two colours, background and object",
                    "send a label map and name each label's colour (NAME=#RRGGBB), or declare what"
                            + " means unknown (--ignore, metadata.ignore)");
        }
        long first = luma(pixels, colours.get(0));
        long second = luma(pixels, colours.get(1));
        if (first == second) {
            throw value(
                    file,
                    "mask holds two colours of equal lightness: " + found,
                    found,
                    "a background that is darker than the object",
                    "send a label map and name the colour of its label (NAME=#RRGGBB)");
        }
        return first > second ? colours.get(0) : colours.get(1);
    }

    /** Luma of ITU-R BT.601, in thousandths. */
    private static long luma(MaskPixels pixels, int value) {
        return pixels.isColour()
                ? 299L * (value >> 16) + 587L * (value >> 8 & 255) + 114L * (value & 255)
                : 1000L * value;
    }

    /** The label of a map that names only the upper end: a mask, which may have soft edges. */
    private static @Nullable String onlyLabelAtTheTop(
            MaskPixels pixels, Map<String, Integer> codes, Map<String, MaskValue> values) {
        if (pixels.isColour() || values.size() != 1 || codes.size() != 1) {
            return null;
        }
        Map.Entry<String, Integer> only = codes.entrySet().iterator().next();
        return only.getValue() == pixels.top() ? only.getKey() : null;
    }

    private static MaskReading cut(
            MaskFile file,
            MaskPixels pixels,
            String label,
            SoftMask soft,
            Set<Integer> unknown,
            Map<String, Integer> passed) {
        int half = soft.half();
        return new MaskReading(
                file.name(),
                Map.of(label, select(pixels, v -> v >= half && !unknown.contains(v))),
                pixels.size(),
                ">= " + half,
                soft.inexact(),
                soft.between(),
                passed);
    }

    private static MaskReading reading(
            MaskFile file,
            MaskPixels pixels,
            String label,
            String object,
            IntPredicate inside,
            Map<String, Integer> passed) {
        Map<String, Mask> masks = Map.of(label, select(pixels, inside));
        return new MaskReading(file.name(), masks, pixels.size(), object, 0, 0, passed);
    }

    private static Mask select(MaskPixels pixels, IntPredicate chosen) {
        boolean[] inside = new boolean[pixels.size()];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = chosen.test(pixels.value(i));
        }
        return new Mask(pixels.width(), pixels.height(), inside);
    }

    private static MaskPixels checked(MaskFile file, Raster image) {
        Raster raster = file.raster();
        if (raster.width() != image.width() || raster.height() != image.height()) {
            String size = raster.width() + " x " + raster.height();
            String expected = image.width() + " x " + image.height();
            throw new ImagingException(
                    Code.MASK_SIZE,
                    file.name()
                            + ": mask is "
                            + size
                            + ", its image "
                            + expected
                            + " pixels: send the mask that was drawn on this image",
                    Map.of("file", file.name(), "field", "size", "value", size, "limit", expected),
                    null);
        }
        MaskPixels pixels = MaskPixels.of(raster);
        if (!pixels.hasNamedColours()) {
            throw value(
                    file,
                    "mask has 16 bit colours that are no 8 bit ones",
                    "16 bits a channel",
                    "8 bits a channel",
                    "save it with 8 bits a channel, or as grey with one value a label");
        }
        return pixels;
    }

    /** Noise of a value or two is another label, or none, and nothing in the file tells. */
    private static ImagingException lossy(MaskFile file, String what, String remedy) {
        return value(
                file,
                what
                        + " is a JPEG, which changes values by some steps, so that its values cannot"
                        + " be told apart",
                "JPEG",
                "a format that keeps values",
                remedy);
    }

    private static ImagingException unclear(
            MaskFile file,
            MaskPixels pixels,
            Map<Integer, Integer> counts,
            SoftMask.Refusal refusal) {
        if (!refusal.field().equals(SoftMask.VALUES)) {
            return new ImagingException(
                    Code.MASK_VALUE,
                    file.name() + ": " + refusal.why() + ": save the mask as 0 and 255",
                    Map.of(
                            "file",
                            file.name(),
                            "field",
                            refusal.field(),
                            "value",
                            refusal.value(),
                            "limit",
                            refusal.limit()),
                    null);
        }
        Map<Integer, Integer> others = new LinkedHashMap<>(counts);
        others.remove(0);
        String found = pixels.listed(others);
        return value(
                file,
                "mask holds beside 0 the values " + found + ", and " + refusal.why(),
                found,
                "0 and " + pixels.top() + ", or 0 and 1",
                "clean the mask, name its values as labels of a label map (NAME=VALUE), or declare"
                        + " what means unknown (--ignore, metadata.ignore); ignoring all unknown"
                        + " values does not say which is the object");
    }

    private static ImagingException undeclared(
            MaskFile file,
            MaskPixels pixels,
            Map<Integer, Integer> others,
            Map<String, MaskValue> values) {
        String found = pixels.listed(others);
        String expected =
                pixels.shown(BLACK)
                        + " as background, "
                        + values.entrySet().stream()
                                .map(entry -> entry.getValue() + " as " + entry.getKey())
                                .collect(Collectors.joining(", "));
        return value(
                file,
                "label map holds values without a label: " + found,
                found,
                expected,
                "clean the map, name the values as labels (NAME="
                        + (pixels.isColour() ? "#RRGGBB" : "VALUE")
                        + "), or declare what means unknown (--ignore, metadata.ignore)");
    }

    private static ImagingException value(
            MaskFile file, String problem, String found, String expected, String remedy) {
        return new ImagingException(
                Code.MASK_VALUE,
                file.name() + ": " + problem + "; expected " + expected + ": " + remedy,
                Map.of("file", file.name(), "field", "values", "value", found, "limit", expected),
                null);
    }

    private static String passedWords(Map<String, Integer> passed) {
        return passed.isEmpty() ? "" : " beside ignored " + String.join(", ", passed.keySet());
    }

    private static ImagingException empty(MaskFile file, String why) {
        return new ImagingException(
                Code.MASK_EMPTY,
                file.name()
                        + ": mask is empty ("
                        + why
                        + "): leave the file out where the label is absent",
                Map.of("file", file.name(), "field", "area", "value", 0, "limit", 1),
                null);
    }
}
