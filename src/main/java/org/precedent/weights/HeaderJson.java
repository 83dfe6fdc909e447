package org.precedent.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of JSON that headers of weights' files use: objects, arrays, strings and whole numbers
 * >= 0. Anything else, a name given twice, nesting beyond what a header has, or a rest behind the
 * object is refused, where a general reader would guess.
 */
final class HeaderJson {
    private static final int MAX_DEPTH = 4;

    private final String text;
    private int at;

    private HeaderJson(String text) {
        this.text = text;
    }

    /**
     * Strings come back as String, numbers as Long, arrays as List, objects as Map in file order.
     *
     * @throws IllegalArgumentException when the text is anything else, with the position
     */
    static Map<String, Object> parse(String text) {
        HeaderJson json = new HeaderJson(text);
        Map<String, Object> object = json.object(1);
        json.space();
        if (json.at != text.length()) {
            throw json.broken("text behind the object");
        }
        return object;
    }

    /** Appends a string as JSON. */
    static void quote(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private Object value(int depth) {
        if (depth > MAX_DEPTH) {
            throw broken("nesting deeper than " + MAX_DEPTH);
        }
        space();
        char c = peek();
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            default -> number();
        };
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        expect('{');
        if (take('}')) {
            return object;
        }
        do {
            space();
            String name = string();
            expect(':');
            if (object.put(name, value(depth + 1)) != null) {
                throw broken("'" + name + "' given twice");
            }
        } while (take(','));
        expect('}');
        return object;
    }

    private List<Object> array(int depth) {
        List<Object> array = new ArrayList<>();
        expect('[');
        if (take(']')) {
            return array;
        }
        do {
            array.add(value(depth + 1));
        } while (take(','));
        expect(']');
        return array;
    }

    private Long number() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start || at - start > 18) {
            throw broken("no whole number from 0 to 10^18");
        }
        return Long.valueOf(text.substring(start, at));
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            if (c < ' ') {
                throw broken("a control character in a string");
            }
            out.append(c == '\\' ? escaped() : c);
        }
        return out.toString();
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(next(), 16);
                    if (digit < 0) {
                        throw broken("no hexadecimal digit");
                    }
                    code = code * 16 + digit;
                }
                yield (char) code;
            }
            default -> throw broken("unknown escape");
        };
    }

    private void space() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(char c) {
        space();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!take(c)) {
            throw broken("'" + c + "' expected");
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw broken("it ends too early");
        }
        return text.charAt(at);
    }

    private char next() {
        char c = peek();
        at++;
        return c;
    }

    private IllegalArgumentException broken(String why) {
        return new IllegalArgumentException(why + " at character " + at);
    }
}
