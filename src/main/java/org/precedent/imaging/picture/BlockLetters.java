package org.precedent.imaging.picture;

import java.text.Normalizer;
import java.util.Map;

/**
 * Letters of 3 x 5 blocks, drawn here: legible names on machines whose Java runtime has no fonts.
 * Case and accents are not told apart; other characters than letters, digits and a few signs become
 * a box.
 */
final class BlockLetters {
    /** Pixels a block where nothing else is said. */
    static final int BLOCK = 2;

    private static final int COLUMNS = 3;
    private static final int ROWS = 5;

    /** Height of a letter in pixels. */
    static final int HEIGHT = ROWS * BLOCK;

    private static final String UNKNOWN = "111 101 101 101 111";

    /** Rows from the top, 1 drawn. */
    private static final Map<Character, String> LETTERS =
            Map.ofEntries(
                    Map.entry('A', "010 101 111 101 101"),
                    Map.entry('B', "110 101 110 101 110"),
                    Map.entry('C', "011 100 100 100 011"),
                    Map.entry('D', "110 101 101 101 110"),
                    Map.entry('E', "111 100 110 100 111"),
                    Map.entry('F', "111 100 110 100 100"),
                    Map.entry('G', "011 100 101 101 011"),
                    Map.entry('H', "101 101 111 101 101"),
                    Map.entry('I', "111 010 010 010 111"),
                    Map.entry('J', "001 001 001 101 010"),
                    Map.entry('K', "101 101 110 101 101"),
                    Map.entry('L', "100 100 100 100 111"),
                    Map.entry('M', "101 111 111 101 101"),
                    Map.entry('N', "110 101 101 101 101"),
                    Map.entry('O', "010 101 101 101 010"),
                    Map.entry('P', "110 101 110 100 100"),
                    Map.entry('Q', "010 101 101 111 011"),
                    Map.entry('R', "110 101 110 101 101"),
                    Map.entry('S', "011 100 010 001 110"),
                    Map.entry('T', "111 010 010 010 010"),
                    Map.entry('U', "101 101 101 101 111"),
                    Map.entry('V', "101 101 101 101 010"),
                    Map.entry('W', "101 101 111 111 101"),
                    Map.entry('X', "101 101 010 101 101"),
                    Map.entry('Y', "101 101 010 010 010"),
                    Map.entry('Z', "111 001 010 100 111"),
                    Map.entry('0', "111 101 101 101 111"),
                    Map.entry('1', "010 110 010 010 111"),
                    Map.entry('2', "110 001 010 100 111"),
                    Map.entry('3', "110 001 010 001 110"),
                    Map.entry('4', "101 101 111 001 001"),
                    Map.entry('5', "111 100 110 001 110"),
                    Map.entry('6', "011 100 111 101 111"),
                    Map.entry('7', "111 001 010 010 010"),
                    Map.entry('8', "111 101 111 101 111"),
                    Map.entry('9', "111 101 111 001 110"),
                    Map.entry(' ', "000 000 000 000 000"),
                    Map.entry('_', "000 000 000 000 111"),
                    Map.entry('-', "000 000 111 000 000"),
                    Map.entry('.', "000 000 000 000 010"),
                    Map.entry(',', "000 000 000 010 100"),
                    Map.entry('=', "000 111 000 111 000"),
                    Map.entry('+', "000 010 111 010 000"),
                    Map.entry('/', "001 001 010 100 100"),
                    Map.entry('(', "001 010 010 010 001"),
                    Map.entry(')', "100 010 010 010 100"),
                    Map.entry(':', "000 010 000 010 000"),
                    Map.entry('%', "101 001 010 100 101"),
                    Map.entry('<', "001 010 100 010 001"),
                    Map.entry('>', "100 010 001 010 100"),
                    Map.entry('\'', "010 010 000 000 000"),
                    Map.entry('?', "110 001 010 000 010"));

    private BlockLetters() {}

    /** Width of a text in pixels. */
    static int width(String text) {
        return width(text, BLOCK);
    }

    /** Width of a text whose blocks are so many pixels. */
    static int width(String text, int block) {
        return text.length() * (COLUMNS + 1) * block;
    }

    /** A letter with an accent is drawn without it. */
    private static String shape(char letter) {
        String shape = LETTERS.get(letter);
        return shape != null
                ? shape
                : LETTERS.getOrDefault(
                        Normalizer.normalize(String.valueOf(letter), Normalizer.Form.NFD).charAt(0),
                        UNKNOWN);
    }

    /** As {@link #draw(int[], int, String, int, int, int, int)}, in blocks of 2 pixels. */
    static void draw(int[] picture, int width, String text, int left, int top, int colour) {
        draw(picture, width, text, left, top, colour, BLOCK);
    }

    /**
     * Draws a text; what lies outside the picture is cut off.
     *
     * @param picture [height * width] RGB, written to
     * @param left of the first letter
     * @param top of all letters
     * @param block pixels a block
     */
    static void draw(
            int[] picture, int width, String text, int left, int top, int colour, int block) {
        int height = picture.length / width;
        int across = width(text, block);
        for (int i = 0; i < across * ROWS * block; i++) {
            int u = i % across;
            int v = i / across;
            char letter = Character.toUpperCase(text.charAt(u / ((COLUMNS + 1) * block)));
            int column = u / block % (COLUMNS + 1);
            boolean drawn =
                    column < COLUMNS
                            && shape(letter).charAt(v / block * (COLUMNS + 1) + column) == '1';
            boolean visible = left + u >= 0 && left + u < width && top + v >= 0 && top + v < height;
            if (drawn && visible) {
                picture[(top + v) * width + left + u] = colour;
            }
        }
    }
}
