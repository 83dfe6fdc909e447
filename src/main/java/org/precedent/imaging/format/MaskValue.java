package org.precedent.imaging.format;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A value that mask pixels can have: a grey value, or a colour. A grey value also means the colour
 * of three such channels, and a colour of three equal channels the grey value, so that one label
 * map is read alike whether it was saved as grey or as RGB.
 *
 * @param number 0 to 65535, or 0xRRGGBB
 * @param colour whether {@code number} is a colour
 */
public record MaskValue(int number, boolean colour) {
    /** What {@link #parse} takes, for messages. */
    public static final String EXPECTED =
            "a whole number from 1 to 65535, or a colour as #RRGGBB other than #000000";

    private static final Pattern COLOUR = Pattern.compile("#[0-9a-fA-F]{6}");
    private static final Pattern GREY = Pattern.compile("[0-9]{1,5}");
    private static final int HIGHEST_GREY = 65535;
    private static final int WHITE = 0xffffff;

    public MaskValue {
        if (number < 0 || number > (colour ? WHITE : HIGHEST_GREY)) {
            throw new IllegalArgumentException("mask value " + number);
        }
    }

    /** A grey value from 0 to 65535. */
    public static MaskValue ofGrey(int value) {
        return new MaskValue(value, false);
    }

    /** A colour, 0xRRGGBB. */
    public static MaskValue ofColour(int rgb) {
        return new MaskValue(rgb, true);
    }

    /**
     * Reads a value other than background: {@code 128}, {@code #8000FF}.
     *
     * @throws IllegalArgumentException when the text is none, or is 0 or black
     */
    public static MaskValue parse(String text) {
        if (COLOUR.matcher(text).matches()) {
            return notBackground(ofColour(Integer.parseInt(text, 1, text.length(), 16)));
        }
        if (GREY.matcher(text).matches() && Integer.parseInt(text) <= HIGHEST_GREY) {
            return notBackground(ofGrey(Integer.parseInt(text)));
        }
        throw new IllegalArgumentException(EXPECTED);
    }

    private static MaskValue notBackground(MaskValue value) {
        if (value.number == 0) {
            throw new IllegalArgumentException(EXPECTED);
        }
        return value;
    }

    /** Whether pixels of an 8 bit file can be both. */
    public boolean meansTheSameAs(MaskValue other) {
        return equals(other) || (rgb().isPresent() && rgb().equals(other.rgb()));
    }

    /** The colour, which grey values above 255 have none. */
    OptionalInt rgb() {
        if (colour) {
            return OptionalInt.of(number);
        }
        return number <= 255 ? OptionalInt.of(number * 0x010101) : OptionalInt.empty();
    }

    /** The sample of a grey file, which colours other than greys have none. */
    OptionalInt grey(int bitsPerSample) {
        int limit = (1 << bitsPerSample) - 1;
        if (!colour) {
            return number <= limit ? OptionalInt.of(number) : OptionalInt.empty();
        }
        int channel = number & 255;
        boolean equal = number == channel * 0x010101;
        return equal ? OptionalInt.of(channel * (limit / 255)) : OptionalInt.empty();
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return colour ? String.format(Locale.ROOT, "#%06X", number) : String.valueOf(number);
    }
}
