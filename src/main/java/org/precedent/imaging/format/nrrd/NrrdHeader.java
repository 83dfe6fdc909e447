package org.precedent.imaging.format.nrrd;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.volume.SampleType;

/**
 * The text ahead of an NRRD's samples: its fields and key/value pairs as written, by their one
 * name. What the fields mean is up to {@link NrrdReader}.
 *
 * @param fields without the list of data files
 * @param pairs key/value pairs
 * @param files the lines below {@code data file: LIST}
 * @param end where the samples begin in the file
 */
record NrrdHeader(
        Map<String, String> fields, Map<String, String> pairs, List<String> files, int end) {
    /** More than any header of a thousand segments. */
    private static final int MOST_LINES = 100_000;

    private static final int LONGEST_LINE = 1 << 20;

    private static final Map<String, String> SYNONYMS =
            Map.of(
                    "datafile", "data file",
                    "lineskip", "line skip",
                    "byteskip", "byte skip",
                    "axismins", "axis mins",
                    "axismaxs", "axis maxs",
                    "centers", "centerings",
                    "sampleunits", "sample units");

    static boolean matches(byte[] bytes) {
        byte[] magic = "NRRD000".getBytes(StandardCharsets.US_ASCII);
        return bytes.length > magic.length
                && Arrays.equals(magic, Arrays.copyOf(bytes, magic.length));
    }

    static NrrdHeader parse(Reading reading) {
        Map<String, String> fields = new LinkedHashMap<>();
        Map<String, String> pairs = new LinkedHashMap<>();
        List<String> files = new ArrayList<>();
        byte[] bytes = reading.bytes();
        int at = 0;
        for (int number = 0; ; number++) {
            if (number > MOST_LINES) {
                throw reading.refuse(
                        Code.UNREADABLE, "has a header of many lines", "lines", number, MOST_LINES);
            }
            int end = at;
            while (end < bytes.length && bytes[end] != '\n' && end - at <= LONGEST_LINE) {
                end++;
            }
            if (end - at > LONGEST_LINE) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "has a line of many bytes",
                        "line",
                        end - at,
                        LONGEST_LINE);
            }
            boolean last = end == bytes.length;
            int cut = end > at && bytes[end - 1] == '\r' ? end - 1 : end;
            String line = new String(bytes, at, cut - at, StandardCharsets.UTF_8);
            at = Math.min(bytes.length, end + 1);
            if (number == 0) {
                checkMagic(reading, line);
            } else if (line.isEmpty() || (last && files.isEmpty() && line.isBlank())) {
                break;
            } else if (!line.startsWith("#")) {
                take(reading, line, fields, pairs, files);
            }
            if (last) {
                break; // a header whose samples are elsewhere may end with the file
            }
        }
        return new NrrdHeader(Map.copyOf(fields), Map.copyOf(pairs), List.copyOf(files), at);
    }

    private static void checkMagic(Reading reading, String line) {
        String version = line.trim();
        if (!version.matches("NRRD000[1-5]")) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "begins with another version of NRRD",
                    "magic",
                    Reading.shown(version),
                    "NRRD0001 to NRRD0005");
        }
    }

    private static void take(
            Reading reading,
            String line,
            Map<String, String> fields,
            Map<String, String> pairs,
            List<String> files) {
        if ("LIST".equals(firstWord(fields.get("data file")))) {
            files.add(line.trim());
            return;
        }
        int field = line.indexOf(": ");
        int pair = line.indexOf(":=");
        if (pair >= 0 && (field < 0 || pair < field)) {
            pairs.put(line.substring(0, pair), line.substring(pair + 2));
            return;
        }
        if (field < 0 && line.endsWith(":")) {
            return; // a field without a value
        }
        if (field < 0) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "has a header line that is neither a field nor a key",
                    "line",
                    Reading.shown(line),
                    "FIELD: VALUE or KEY:=VALUE");
        }
        String name = line.substring(0, field).trim().toLowerCase(Locale.ROOT);
        name = SYNONYMS.getOrDefault(name, name);
        if (fields.put(name, line.substring(field + 2).trim()) != null) {
            throw reading.refuse(Code.UNREADABLE, "says " + name + " twice", "field", name, "once");
        }
    }

    private static @Nullable String firstWord(@Nullable String value) {
        return value == null ? null : value.split("\\s+", 2)[0];
    }

    @Nullable String field(String name) {
        return fields.get(name);
    }

    /** A field that must be there. */
    String required(Reading reading, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw reading.refuse(
                    Code.UNREADABLE, "does not say its " + name, name, "none", "a value");
        }
        return value;
    }

    /** The type of the samples. */
    SampleType type(Reading reading) {
        String type = required(reading, "type").toLowerCase(Locale.ROOT);
        return switch (type) {
            case "signed char", "int8", "int8_t" -> SampleType.INT8;
            case "uchar", "unsigned char", "uint8", "uint8_t" -> SampleType.UINT8;
            case "short", "short int", "signed short", "signed short int", "int16", "int16_t" ->
                    SampleType.INT16;
            case "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t" ->
                    SampleType.UINT16;
            case "int", "signed int", "int32", "int32_t" -> SampleType.INT32;
            case "uint", "unsigned int", "uint32", "uint32_t" -> SampleType.UINT32;
            case "longlong",
                    "long long",
                    "long long int",
                    "signed long long",
                    "signed long long int",
                    "int64",
                    "int64_t" ->
                    SampleType.INT64;
            case "ulonglong",
                    "unsigned long long",
                    "unsigned long long int",
                    "uint64",
                    "uint64_t" ->
                    SampleType.UINT64;
            case "float" -> SampleType.FLOAT32;
            case "double" -> SampleType.FLOAT64;
            default ->
                    throw reading.refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "holds samples of a type that is not read",
                            "type",
                            Reading.shown(type),
                            "integers of 8 to 64 bits, float, double");
        };
    }

    /** A whole number in a field. */
    static long whole(Reading reading, String field, String text) {
        try {
            return Long.parseLong(text.trim());
        } catch (NumberFormatException e) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "has no whole number as " + field,
                    field,
                    Reading.shown(text),
                    "a whole number");
        }
    }

    /** A number in a field. */
    static double number(Reading reading, String field, String text) {
        try {
            return Double.parseDouble(text.trim());
        } catch (NumberFormatException e) {
            return switch (text.trim().toLowerCase(Locale.ROOT)) {
                case "nan", "-nan" -> Double.NaN;
                case "inf", "+inf" -> Double.POSITIVE_INFINITY;
                case "-inf" -> Double.NEGATIVE_INFINITY;
                default ->
                        throw reading.refuse(
                                Code.UNREADABLE,
                                "has no number as " + field,
                                field,
                                Reading.shown(text),
                                "a number");
            };
        }
    }
}
