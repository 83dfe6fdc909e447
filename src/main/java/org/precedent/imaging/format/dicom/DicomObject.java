package org.precedent.imaging.format.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.format.dicom.DataSetWalk.Passing;

/**
 * An object as DICOMweb hands it out: its header in DICOM's JSON model, and its frames as they are
 * stored. Private elements and pixels are no part of the header; of files that do not state
 * representations only the elements that are known here are.
 *
 * <p>It says whose image it is. It may go to whoever may have the file itself, and nowhere else.
 */
public final class DicomObject {
    private static final Set<String> NUMBERS =
            Set.of("US", "SS", "UL", "SL", "FL", "FD", "UV", "SV");
    private static final Set<String> BYTES = Set.of("OB", "OW", "OF", "OD", "OL", "OV");
    private static final Set<String> OF_PEOPLE = Set.of("LO", "SH", "PN", "UC", "LT", "ST", "UT");
    private static final Set<String> WHOLE = Set.of("LT", "ST", "UT", "UR");
    private static final int MOST_INLINE = 1 << 17;

    /** Of files that do not state them, besides what is read or repeated. */
    private static final Map<Integer, String> REPRESENTATIONS =
            Map.of(
                    0x0008_0021, "DA",
                    0x0008_0031, "TM",
                    0x0008_103e, "LO",
                    0x0020_0011, "IS",
                    0x0020_0012, "IS",
                    0x0020_0013, "IS",
                    0x0020_1041, "DS");

    private final DicomFile file;
    private final Map<String, Object> header;

    private DicomObject(DicomFile file, Map<String, Object> header) {
        this.file = file;
        this.header = header;
    }

    /**
     * The object of a file.
     *
     * @throws ImagingException when the file cannot be read to its end
     */
    public static DicomObject of(DicomFile file) {
        Model model = new Model(file.set().charset(), file.syntax().order());
        DicomReader.pass(file, model);
        Map<String, Object> header = model.whole();
        header.put("00080005", Map.of("vr", "CS", "Value", List.of("ISO_IR 192")));
        DicomObject object = new DicomObject(file, header);
        header.put("00083002", Map.of("vr", "UI", "Value", List.of(object.frameSyntax())));
        return object;
    }

    /** The header: {@code GGGGEEEE} to {@code vr} and {@code Value}. */
    public Map<String, Object> header() {
        return header;
    }

    /** The UID of how the object and its frames are encoded when they are handed out. */
    public String frameSyntax() {
        return file.syntax().pixels() == TransferSyntax.Pixels.PLAIN
                ? TransferSyntax.EXPLICIT.uid()
                : file.transferSyntax();
    }

    /**
     * The object as a file. Uncompressed ones are explicit VR little endian whatever they were sent
     * as: implicit VR and big endian are no syntaxes of DICOMweb (PS3.18, 8.7.3.5). All others are
     * the bytes that were sent.
     */
    public byte[] file() {
        if (file.syntax() == TransferSyntax.EXPLICIT
                || file.syntax().pixels() != TransferSyntax.Pixels.PLAIN) {
            return file.reading().bytes();
        }
        Explicit explicit = new Explicit(file);
        DicomReader.pass(file, explicit);
        return explicit.whole();
    }

    /** How many frames it has. */
    public int frames() {
        return file.pixels().frames();
    }

    /**
     * The samples of a frame: of uncompressed ones little endian, else the codec's bytes.
     *
     * @param number from 1
     * @throws ImagingException when it has no such frame, or no pixels
     */
    public byte[] frame(int number) {
        Element pixels = file.pixelData();
        PixelDescription described = file.pixels();
        if (number < 1 || number > described.frames()) {
            throw file.reading()
                    .refuse(
                            Code.MULTIPLE_PAGES,
                            "has no frame " + number,
                            Tag.NUMBER_OF_FRAMES.toString(),
                            number,
                            described.frames());
        }
        if (pixels.isEncapsulated()) {
            boolean marked = file.syntax().pixels() == TransferSyntax.Pixels.CODED;
            return Frames.join(
                    pixels,
                    Frames.of(file.reading(), file.set(), pixels, described.frames(), marked)
                            .get(number - 1));
        }
        return plain(pixels, described, number - 1);
    }

    private byte[] plain(Element pixels, PixelDescription described, int index) {
        ByteBuffer in = pixels.bytes();
        if (described.allocated() == 1) {
            return bits(in, described.frameSamples(), index);
        }
        int length = pixels.length() / described.frames();
        length -= length % Math.max(1, described.allocated() / 8);
        byte[] frame = new byte[length];
        in.get(index * length, frame);
        if (pixels.order() == ByteOrder.BIG_ENDIAN) {
            swap(
                    frame,
                    described.allocated() == 32 ? 4 : pixels.representation().equals("OB") ? 1 : 2);
        }
        return frame;
    }

    /** Frames of single bits follow each other without padding. */
    private static byte[] bits(ByteBuffer in, int count, int index) {
        byte[] frame = new byte[(count + 7) / 8];
        long from = (long) index * count;
        for (int i = 0; i < count; i++) {
            long bit = from + i;
            if ((in.get((int) (bit >> 3)) >> (bit & 7) & 1) != 0) {
                frame[i >> 3] |= (byte) (1 << (i & 7));
            }
        }
        return frame;
    }

    private static void swap(byte[] bytes, int width) {
        for (int at = 0; at + width <= bytes.length; at += width) {
            for (int i = 0; i < width / 2; i++) {
                byte first = bytes[at + i];
                bytes[at + i] = bytes[at + width - 1 - i];
                bytes[at + width - 1 - i] = first;
            }
        }
    }

    /** Builds a header while its values pass by. */
    private static final class Model implements Passing {
        private final Charset charset;
        private final ByteOrder order;
        private final Deque<Map<String, Object>> sets = new ArrayDeque<>();
        private final Deque<List<Object>> sequences = new ArrayDeque<>();

        Model(Charset charset, ByteOrder order) {
            this.charset = charset;
            this.order = order;
            sets.push(new TreeMap<>());
        }

        Map<String, Object> whole() {
            return sets.getLast();
        }

        @Override
        public void value(
                int depth,
                int number,
                @Nullable String representation,
                byte[] source,
                int offset,
                int length) {
            String as =
                    representation == null || representation.equals("UN")
                            ? known(number)
                            : representation;
            if (as == null || isLeftOut(number)) {
                return;
            }
            ByteBuffer bytes = ByteBuffer.wrap(source, offset, length).slice().order(order);
            Map<String, Object> element = new TreeMap<>();
            if (NUMBERS.contains(as)) {
                put(element, "Value", numbers(as, bytes));
            } else if (as.equals("AT")) {
                put(element, "Value", tags(bytes));
            } else if (BYTES.contains(as)) {
                if (length > MOST_INLINE) {
                    return;
                }
                element.put("InlineBinary", Base64.getEncoder().encodeToString(raw(bytes)));
            } else {
                String text =
                        new String(
                                raw(bytes),
                                OF_PEOPLE.contains(as) ? charset : StandardCharsets.ISO_8859_1);
                put(element, "Value", texts(as, text));
            }
            element.put("vr", as);
            put(number, element);
        }

        private static boolean isLeftOut(int number) {
            int group = number >>> 16;
            return (number & 0xffff) == 0 || group % 2 == 1 || group == 0x7fe0;
        }

        private static @Nullable String known(int number) {
            Tag tag = Tag.of(number);
            if (tag != null) {
                return tag.representation();
            }
            String repeated = RepeatedElements.representation(number);
            return repeated != null ? repeated : REPRESENTATIONS.get(number);
        }

        private void put(int number, Map<String, Object> element) {
            sets.element().put(String.format(Locale.ROOT, "%08X", number), element);
        }

        private static void put(Map<String, Object> element, String key, List<?> values) {
            if (!values.isEmpty()) {
                element.put(key, values);
            }
        }

        private static byte[] raw(ByteBuffer bytes) {
            byte[] raw = new byte[bytes.remaining()];
            bytes.get(0, raw);
            return raw;
        }

        private static List<Number> numbers(String as, ByteBuffer in) {
            Function<Integer, Number> read =
                    switch (as) {
                        case "US" -> at -> in.getShort(at) & 0xffff;
                        case "SS" -> at -> (int) in.getShort(at);
                        case "UL" -> at -> in.getInt(at) & 0xffff_ffffL;
                        case "SL" -> in::getInt;
                        case "FL" -> in::getFloat;
                        case "FD" -> in::getDouble;
                        default -> in::getLong;
                    };
            int width =
                    switch (as) {
                        case "US", "SS" -> 2;
                        case "UL", "SL", "FL" -> 4;
                        default -> 8;
                    };
            List<Number> numbers = new ArrayList<>();
            for (int at = 0; at + width <= in.remaining(); at += width) {
                numbers.add(read.apply(at));
            }
            return numbers;
        }

        private static List<String> tags(ByteBuffer in) {
            List<String> tags = new ArrayList<>();
            for (int at = 0; at + 4 <= in.remaining(); at += 4) {
                tags.add(
                        String.format(
                                Locale.ROOT,
                                "%04X%04X",
                                in.getShort(at) & 0xffff,
                                in.getShort(at + 2) & 0xffff));
            }
            return tags;
        }

        private static List<@Nullable Object> texts(String as, String text) {
            List<@Nullable Object> values = new ArrayList<>();
            String unpadded = text.replaceAll("[\\x00 ]+$", "");
            if (unpadded.isEmpty()) {
                return values;
            }
            for (String one :
                    WHOLE.contains(as) ? new String[] {unpadded} : unpadded.split("\\\\", -1)) {
                String value = WHOLE.contains(as) ? one : one.strip();
                values.add(value.isEmpty() ? null : typed(as, value));
            }
            return values;
        }

        private static @Nullable Object typed(String as, String value) {
            return switch (as) {
                case "PN" -> name(value);
                case "IS", "DS" -> number(value);
                default -> value;
            };
        }

        private static Map<String, String> name(String value) {
            Map<String, String> name = new TreeMap<>();
            String[] groups = value.split("=", -1);
            String[] titles = {"Alphabetic", "Ideographic", "Phonetic"};
            for (int i = 0; i < Math.min(groups.length, titles.length); i++) {
                if (!groups[i].isEmpty()) {
                    name.put(titles[i], groups[i]);
                }
            }
            return name;
        }

        /** A number; what is none stays the text that it is. */
        private static Object number(String value) {
            try {
                double number = Double.parseDouble(value);
                if (number == Math.rint(number) && Math.abs(number) < 1L << 53) {
                    return (long) number;
                }
                return Double.isFinite(number) ? number : value;
            } catch (NumberFormatException e) {
                return value;
            }
        }

        @Override
        public void begin(int depth, int number) {
            sequences.push(new ArrayList<>());
        }

        @Override
        public void item() {
            sets.push(new TreeMap<>());
        }

        @Override
        public void itemEnd() {
            sequences.element().add(sets.pop());
        }

        @Override
        public void end(int depth, int number) {
            List<Object> items = sequences.pop();
            if (!isLeftOut(number)) {
                Map<String, Object> element = new TreeMap<>();
                put(element, "Value", items);
                element.put("vr", "SQ");
                put(number, element);
            }
        }
    }

    /** Writes a data set in explicit VR little endian while its values pass by. */
    private static final class Explicit implements Passing {
        private static final int UNDEFINED = -1;
        private static final int ITEM = 0xfffe_e000;
        private static final int ITEM_END = 0xfffe_e00d;
        private static final int SEQUENCE_END = 0xfffe_e0dd;
        private static final int PIXEL_DATA = 0x7fe0_0010;

        private final DicomFile file;
        private final int allocated;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Explicit(DicomFile file) {
            this.file = file;
            this.allocated = file.pixels().allocated();
        }

        byte[] whole() {
            byte[] set = out.toByteArray();
            out.reset();
            element(0x0002_0001, "OB", new byte[] {0, 1});
            uid(0x0002_0002, file.sopClass());
            uid(0x0002_0003, file.instanceUid());
            uid(0x0002_0010, TransferSyntax.EXPLICIT.uid());
            byte[] meta = out.toByteArray();
            out.reset();
            out.writeBytes(new byte[128]);
            out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
            element(0x0002_0000, "UL", little(4).putInt(meta.length).array());
            out.writeBytes(meta);
            out.writeBytes(set);
            return out.toByteArray();
        }

        private void uid(int number, String uid) {
            byte[] text = uid.getBytes(StandardCharsets.US_ASCII);
            element(number, "UI", Arrays.copyOf(text, text.length + (text.length & 1)));
        }

        @Override
        public void value(
                int depth,
                int number,
                @Nullable String representation,
                byte[] source,
                int offset,
                int length) {
            String known = Model.known(number);
            boolean stated = representation != null && !representation.equals("UN");
            if ((number & 0xffff) == 0 || (!stated && "SQ".equals(known))) {
                return; // lengths of groups change, and a sequence's items follow
            }
            byte[] value = Arrays.copyOfRange(source, offset, offset + length + (length & 1));
            if ((length & 1) == 1) {
                value[length] = 0;
            }
            String as = representation == null ? implied(number, known) : representation;
            if (file.syntax().order() == ByteOrder.BIG_ENDIAN) {
                swap(value, width(number, as));
            }
            element(number, as, value);
        }

        private String implied(int number, @Nullable String known) {
            if (number == PIXEL_DATA) {
                return allocated > 8 ? "OW" : "OB";
            }
            return known == null ? "UN" : known;
        }

        private int width(int number, String representation) {
            if (number == PIXEL_DATA && allocated == 32) {
                return 4;
            }
            return switch (representation) {
                case "US", "SS", "OW", "AT" -> 2;
                case "UL", "SL", "FL", "OF", "OL" -> 4;
                case "FD", "OD", "UV", "SV", "OV" -> 8;
                default -> 1;
            };
        }

        private void element(int number, String representation, byte[] value) {
            boolean wide = DataSetWalk.isLong(representation);
            // What a short length cannot say has no representation.
            boolean longer = !wide && value.length > 0xffff;
            head(number, longer ? "UN" : representation, value.length);
            out.writeBytes(value);
        }

        private void head(int number, String representation, int length) {
            boolean wide = DataSetWalk.isLong(representation);
            ByteBuffer head = little(wide ? 12 : 8);
            head.putShort((short) (number >>> 16)).putShort((short) number);
            head.put(representation.getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(
                    wide
                            ? head.putShort((short) 0).putInt(length).array()
                            : head.putShort((short) length).array());
        }

        private void mark(int number, int length) {
            ByteBuffer mark = little(8);
            mark.putShort((short) (number >>> 16)).putShort((short) number).putInt(length);
            out.writeBytes(mark.array());
        }

        private static ByteBuffer little(int length) {
            return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void begin(int depth, int number) {
            head(number, "SQ", UNDEFINED);
        }

        @Override
        public void item() {
            mark(ITEM, UNDEFINED);
        }

        @Override
        public void itemEnd() {
            mark(ITEM_END, 0);
        }

        @Override
        public void end(int depth, int number) {
            mark(SEQUENCE_END, 0);
        }
    }
}
