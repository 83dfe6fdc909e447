package org.precedent.imaging.format.nrrd;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringTokenizer;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.CodecException;
import org.precedent.imaging.format.codec.Inflation;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/**
 * Reads NRRD files that anybody may have sent. The header says how many samples follow, and no more
 * than these are unpacked.
 */
public final class NrrdReader {
    private static final Pattern SEGMENT =
            Pattern.compile("Segment(\\d{1,6})_(ID|Name|LabelValue|Layer)");
    private static final int MOST_FILES = 100_000;

    private NrrdReader() {}

    /** Whether a file is NRRD by its content. */
    public static boolean matches(byte[] bytes) {
        return NrrdHeader.matches(bytes);
    }

    /** Where samples are that are not in the file of the header. */
    @FunctionalInterface
    public interface Beside {
        /**
         * Reads a file in the same folder.
         *
         * @param name without any folder
         * @return null where there is none
         */
        byte @Nullable [] read(String name);
    }

    /**
     * Reads a file.
     *
     * @param beside gives detached data files
     * @throws ImagingException when it cannot be read, and says why
     */
    public static NrrdImage read(Reading reading, Beside beside) {
        NrrdHeader header = NrrdHeader.parse(reading);
        NrrdAxes axes = NrrdAxes.of(reading, header);
        SampleType type = header.type(reading);
        long count = axes.grid().voxels() * axes.components() * axes.volumes();
        if (count * type.bytes() > Integer.MAX_VALUE - 1024) {
            throw reading.refuse(
                    Code.TOO_MANY_PIXELS,
                    "holds " + count * type.bytes() + " bytes of samples; the limit is 2^31",
                    "sizes",
                    count,
                    Integer.MAX_VALUE);
        }
        int length = (int) count * type.bytes();
        byte[] block;
        List<String> files = files(reading, header);
        if (files.isEmpty()) {
            block = decode(reading, header, reading.bytes(), header.end(), type, length);
        } else {
            if (length % files.size() != 0) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "spreads " + length + " bytes over " + files.size() + " files unevenly",
                        "data file",
                        files.size(),
                        length);
            }
            int each = length / files.size();
            byte[] source = beside(reading, beside, files.getFirst());
            // All of the memory only once there is something for it.
            block = Arrays.copyOf(decode(reading, header, source, 0, type, each), length);
            for (int i = 1; i < files.size(); i++) {
                source = beside(reading, beside, files.get(i));
                byte[] part = decode(reading, header, source, 0, type, each);
                System.arraycopy(part, 0, block, i * each, each);
            }
        }
        return new NrrdImage(
                axes.grid(),
                axes.components(),
                axes.volumes(),
                new StoredSamples(type, block),
                segments(header, axes.components()),
                axes.notes());
    }

    private static byte[] beside(Reading reading, Beside beside, String name) {
        String plain = name.startsWith("./") ? name.substring(2) : name;
        if (plain.isEmpty() || plain.contains("/") || plain.contains("\\") || plain.equals("..")) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "keeps its samples in another folder, where nothing is read",
                    "data file",
                    Reading.shown(name),
                    "a file in the same folder");
        }
        byte[] bytes = beside.read(plain);
        if (bytes == null) {
            throw reading.refuse(
                    Code.MISSING_FILE,
                    "keeps its samples in a file that is not beside it",
                    "data file",
                    Reading.shown(plain),
                    "a file in the same folder");
        }
        return bytes;
    }

    /** The names of detached files, in order; empty where the samples follow the header. */
    private static List<String> files(Reading reading, NrrdHeader header) {
        String field = header.field("data file");
        if (field == null) {
            return List.of();
        }
        if (!header.files().isEmpty()) {
            return header.files();
        }
        String[] words = field.split("\\s+");
        if (words.length < 4 || !words[0].contains("%")) {
            return List.of(field);
        }
        long from = NrrdHeader.whole(reading, "data file", words[1]);
        long to = NrrdHeader.whole(reading, "data file", words[2]);
        long step = NrrdHeader.whole(reading, "data file", words[3]);
        Matcher pattern = Pattern.compile("%(0?)(\\d?)d").matcher(words[0]);
        if (step == 0
                || (to - from) / step < 0
                || (to - from) / step > MOST_FILES
                || !pattern.find()) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "names its files by a pattern that is not read",
                    "data file",
                    Reading.shown(field),
                    "NAME%03d.raw FROM TO STEP, up to " + MOST_FILES + " files");
        }
        List<String> names = new ArrayList<>();
        for (long number = from; step > 0 ? number <= to : number >= to; number += step) {
            names.add(
                    words[0].substring(0, pattern.start())
                            + String.format(Locale.ROOT, pattern.group(), number)
                            + words[0].substring(pattern.end()));
        }
        return names;
    }

    /** The samples of one file, little-endian. */
    private static byte[] decode(
            Reading reading,
            NrrdHeader header,
            byte[] source,
            int start,
            SampleType type,
            int length) {
        String encoding = header.required(reading, "encoding").toLowerCase(Locale.ROOT);
        int from = skipLines(reading, header, source, start);
        String skipped = header.field("byte skip");
        long skip = skipped == null ? 0 : NrrdHeader.whole(reading, "byte skip", skipped);
        boolean packed = encoding.startsWith("gz"); // counts what it unpacks to
        if (skip < -1 || !packed && skip > source.length) {
            throw reading.refuse(
                    Code.UNREADABLE, "skips " + skip + " bytes", "byte skip", skip, source.length);
        }
        return switch (encoding) {
            case "raw" -> {
                long begin = skip == -1 ? (long) source.length - length : from + skip;
                if (begin < from || source.length - begin < length) {
                    throw truncated(reading, source.length - Math.max(from, begin), length);
                }
                byte[] raw = Arrays.copyOfRange(source, (int) begin, (int) begin + length);
                yield ordered(reading, header, raw, type);
            }
            case "gzip", "gz" ->
                    ordered(reading, header, inflate(reading, source, from, skip, length), type);
            case "ascii", "txt", "text" ->
                    text(reading, source, from + (int) Math.max(0, skip), type, length);
            case "hex" ->
                    ordered(
                            reading,
                            header,
                            hex(reading, source, from + (int) Math.max(0, skip), length),
                            type);
            default ->
                    throw reading.refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "is encoded in a way that is not read",
                            "encoding",
                            Reading.shown(encoding),
                            "raw, gzip, ascii or hex");
        };
    }

    private static int skipLines(Reading reading, NrrdHeader header, byte[] source, int start) {
        String field = header.field("line skip");
        long lines = field == null ? 0 : NrrdHeader.whole(reading, "line skip", field);
        int at = start;
        for (long line = 0; line < lines; line++) {
            while (at < source.length && source[at] != '\n') {
                at++;
            }
            if (at >= source.length) {
                throw reading.refuse(
                        Code.TRUNCATED, "has fewer lines to skip", "line skip", line, lines);
            }
            at++;
        }
        return at;
    }

    private static byte[] inflate(Reading reading, byte[] source, int from, long skip, int length) {
        try (Inflation in = Inflation.gzip(source, from)) {
            if (skip == -1) {
                byte[] all = in.rest((int) Math.min(Integer.MAX_VALUE - 1024, length + (1L << 20)));
                if (all.length < length) {
                    throw truncated(reading, all.length, length);
                }
                return Arrays.copyOfRange(all, all.length - length, all.length);
            }
            in.skip(skip);
            return in.last(length);
        } catch (CodecException e) {
            Code code =
                    e.fault() == CodecException.Fault.TRUNCATED ? Code.TRUNCATED : Code.UNREADABLE;
            throw reading.refuse(code, e.getMessage() + " for its samples", e);
        }
    }

    private static byte[] ordered(Reading reading, NrrdHeader header, byte[] raw, SampleType type) {
        if (type.bytes() == 1) {
            return raw;
        }
        String endian = header.required(reading, "endian").toLowerCase(Locale.ROOT);
        if (endian.equals("big")) {
            StoredSamples.swap(raw, type.bytes());
        } else if (!endian.equals("little")) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "has bytes in an unknown order",
                    "endian",
                    Reading.shown(endian),
                    "little or big");
        }
        return raw;
    }

    private static byte[] text(
            Reading reading, byte[] source, int from, SampleType type, int length) {
        int count = length / type.bytes();
        if (count > (source.length - from + 1L) / 2) {
            throw truncated(reading, source.length - (long) from, 2L * count - 1);
        }
        byte[] block = new byte[length];
        StringTokenizer words =
                new StringTokenizer(
                        new String(
                                source,
                                Math.min(from, source.length),
                                Math.max(0, source.length - from),
                                StandardCharsets.US_ASCII),
                        " \t\r\n,");
        for (int i = 0; i < count; i++) {
            if (!words.hasMoreTokens()) {
                throw reading.refuse(
                        Code.TRUNCATED,
                        "holds " + i + " samples where its header declares " + count,
                        "sizes",
                        i,
                        count);
            }
            String word = words.nextToken();
            switch (type) {
                case FLOAT32 ->
                        StoredSamples.put(
                                SampleType.INT32,
                                block,
                                i,
                                Float.floatToRawIntBits(
                                        (float) NrrdHeader.number(reading, "data", word)));
                case FLOAT64 ->
                        StoredSamples.put(
                                SampleType.INT64,
                                block,
                                i,
                                Double.doubleToRawLongBits(
                                        NrrdHeader.number(reading, "data", word)));
                case UINT64 -> StoredSamples.put(type, block, i, unsigned(reading, word));
                default -> StoredSamples.put(type, block, i, whole(reading, type, word));
            }
        }
        return block;
    }

    /** A number that the type can hold. */
    private static long whole(Reading reading, SampleType type, String word) {
        long value = NrrdHeader.whole(reading, "data", word);
        int bits = 8 * type.bytes();
        if (bits < Long.SIZE) {
            long least = type.signed() ? -(1L << (bits - 1)) : 0;
            long most = least + (1L << bits) - 1;
            if (value < least || value > most) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "holds " + value + ", which is no " + type.word(),
                        "data",
                        value,
                        least + " to " + most);
            }
        }
        return value;
    }

    private static long unsigned(Reading reading, String word) {
        try {
            return Long.parseUnsignedLong(word);
        } catch (NumberFormatException e) {
            return NrrdHeader.whole(reading, "data", word);
        }
    }

    private static byte[] hex(Reading reading, byte[] source, int from, int length) {
        if (2L * length > source.length - (long) from) {
            throw truncated(reading, (source.length - (long) from) / 2, length);
        }
        byte[] block = new byte[length];
        int digits = 0;
        for (int at = from; at < source.length && digits < 2 * length; at++) {
            int c = source[at];
            if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
                continue;
            }
            if (!HexFormat.isHexDigit(c)) {
                throw reading.refuse(
                        Code.UNREADABLE, "has a byte that is no hex digit", "data", c, "0 to f");
            }
            block[digits / 2] = (byte) (block[digits / 2] << 4 | HexFormat.fromHexDigit(c));
            digits++;
        }
        if (digits < 2 * length) {
            throw truncated(reading, digits / 2, length);
        }
        return block;
    }

    private static ImagingException truncated(Reading reading, long held, long needed) {
        return reading.refuse(
                Code.TRUNCATED,
                "holds "
                        + Math.max(0, held)
                        + " bytes of samples where its header declares "
                        + needed,
                "sizes",
                Math.max(0, held),
                needed);
    }

    private static List<Segment> segments(NrrdHeader header, int components) {
        Map<Integer, Map<String, String>> found = new TreeMap<>();
        header.pairs()
                .forEach((key, value) -> {
                    Matcher matcher = SEGMENT.matcher(key);
                    if (matcher.matches()) {
                        found.computeIfAbsent(
                                        Integer.parseInt(matcher.group(1)), n -> new TreeMap<>())
                                .put(matcher.group(2), value.trim());
                    }
                });
        List<Segment> segments = new ArrayList<>();
        found.forEach((number, said) -> {
            int value = small(said.get("LabelValue"), 1);
            int layer = small(said.get("Layer"), components == found.size() ? number : 0);
            String id = said.getOrDefault("ID", "Segment" + number);
            segments.add(new Segment(id, said.getOrDefault("Name", id), value, layer));
        });
        return segments;
    }

    private static int small(@Nullable String text, int otherwise) {
        return text != null && text.matches("\\d{1,6}") ? Integer.parseInt(text) : otherwise;
    }
}
