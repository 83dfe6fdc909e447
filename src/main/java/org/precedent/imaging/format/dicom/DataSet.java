package org.precedent.imaging.format.dicom;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;

/** The elements of a file, or of one item of a sequence, that are on the keep-list. */
final class DataSet {
    /** Character sets of one part, besides Latin-1. */
    private static final Map<String, String> CHARACTER_SETS =
            Map.ofEntries(
                    Map.entry("ISO_IR 101", "ISO-8859-2"),
                    Map.entry("ISO_IR 109", "ISO-8859-3"),
                    Map.entry("ISO_IR 110", "ISO-8859-4"),
                    Map.entry("ISO_IR 144", "ISO-8859-5"),
                    Map.entry("ISO_IR 127", "ISO-8859-6"),
                    Map.entry("ISO_IR 126", "ISO-8859-7"),
                    Map.entry("ISO_IR 138", "ISO-8859-8"),
                    Map.entry("ISO_IR 148", "ISO-8859-9"),
                    Map.entry("ISO_IR 203", "ISO-8859-15"),
                    Map.entry("ISO_IR 166", "TIS-620"),
                    Map.entry("ISO_IR 192", "UTF-8"),
                    Map.entry("GB18030", "GB18030"),
                    Map.entry("GBK", "GBK"));

    private final Reading reading;
    private final Map<Tag, Element> elements = new EnumMap<>(Tag.class);

    DataSet(Reading reading) {
        this.reading = reading;
    }

    /** Refuses an element that is there twice: which of the two counts cannot be known. */
    void put(Element element) {
        if (elements.put(element.tag(), element) != null) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "holds " + element.tag() + " twice",
                    element.tag().toString(),
                    "twice",
                    "once");
        }
    }

    boolean has(Tag tag) {
        return elements.containsKey(tag);
    }

    @Nullable Element get(Tag tag) {
        return elements.get(tag);
    }

    /** Whether there is a value, and not just an element without one. */
    boolean hasValue(Tag tag) {
        Element element = elements.get(tag);
        return element != null && element.length() > 0;
    }

    /** The items of a sequence; none where it is absent. */
    List<DataSet> items(Tag tag) {
        Element element = elements.get(tag);
        return element == null ? List.of() : element.items();
    }

    /** The first of several texts; empty where there is none. */
    String text(Tag tag) {
        Element element = elements.get(tag);
        return element == null || element.length() == 0 ? "" : element.texts()[0];
    }

    /** All of several texts. */
    List<String> texts(Tag tag) {
        Element element = elements.get(tag);
        return element == null || element.length() == 0
                ? List.of()
                : Arrays.asList(element.texts());
    }

    /** A code, in upper case as codes are. */
    String code(Tag tag) {
        return text(tag).toUpperCase(Locale.ROOT);
    }

    /** An unsigned 16-bit number that must be there. */
    int number(Tag tag) {
        return optional(tag)
                .orElseThrow(() ->
                        reading.refuse(
                                Code.UNREADABLE,
                                "does not say its " + tag,
                                tag.toString(),
                                "none",
                                "a number"));
    }

    /** An unsigned 16-bit number. */
    OptionalInt optional(Tag tag) {
        Element element = elements.get(tag);
        if (element == null || element.length() == 0) {
            return OptionalInt.empty();
        }
        if (element.length() < 2 || element.length() % 2 != 0) {
            throw unreadable(tag, element.length() + " bytes", "2 bytes");
        }
        return OptionalInt.of(element.shorts(false)[0]);
    }

    /** A whole number written as text; what is no number is refused. */
    int whole(Tag tag, int otherwise) {
        String text = text(tag);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text.startsWith("+") ? text.substring(1) : text);
        } catch (NumberFormatException e) {
            throw unreadable(tag, Reading.shown(text), "a whole number");
        }
    }

    /**
     * Numbers written as text.
     *
     * @return null where there is no value
     */
    double @Nullable [] decimals(Tag tag) {
        Element element = elements.get(tag);
        if (element == null || element.length() == 0) {
            return null;
        }
        String[] texts = element.texts();
        double[] numbers = new double[texts.length];
        for (int i = 0; i < texts.length; i++) {
            if (texts[i].isEmpty() && texts.length == 1) {
                return null;
            }
            try {
                numbers[i] = Double.parseDouble(texts[i]);
            } catch (NumberFormatException e) {
                throw unreadable(tag, Reading.shown(texts[i]), "numbers");
            }
            if (!Double.isFinite(numbers[i])) {
                throw unreadable(tag, Reading.shown(texts[i]), "finite numbers");
            }
        }
        return numbers;
    }

    /** As {@link #decimals(Tag)}, of a certain number of values; others are refused. */
    double @Nullable [] decimals(Tag tag, int count) {
        double[] numbers = decimals(tag);
        if (numbers != null && numbers.length != count) {
            throw unreadable(tag, numbers.length + " values", count + " values");
        }
        return numbers;
    }

    /** A binary floating-point number of 8 bytes; NaN where there is none. */
    double real(Tag tag) {
        Element element = elements.get(tag);
        return element == null || element.length() < 8 ? Double.NaN : element.bytes().getDouble(0);
    }

    /** The characters of its texts; Latin-1, which reads every byte, for what is not known here. */
    Charset charset() {
        String name = CHARACTER_SETS.get(code(Tag.SPECIFIC_CHARACTER_SET));
        return name != null && Charset.isSupported(name)
                ? Charset.forName(name)
                : StandardCharsets.ISO_8859_1;
    }

    private ImagingException unreadable(Tag tag, String value, String limit) {
        return reading.refuse(
                Code.UNREADABLE,
                "has " + value + " as " + tag + ", expected " + limit,
                tag.toString(),
                value,
                limit);
    }
}
