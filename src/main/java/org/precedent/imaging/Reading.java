package org.precedent.imaging;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException.Code;

/**
 * One untrusted file while it is read: its bytes, its name made fit for messages, and the limits.
 *
 * @param file shown in messages; never used to open anything
 * @param bytes the whole file; read only
 */
public record Reading(String file, byte[] bytes, Limits limits) {
    private static final int SHOWN_NAME = 80;

    /** The last part of a name that anybody may have sent, without control characters. */
    public static String shown(String name) {
        String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        StringBuilder shown = new StringBuilder();
        last.codePoints()
                .limit(SHOWN_NAME)
                .map(c -> Character.isISOControl(c) || !Character.isDefined(c) ? '?' : c)
                .forEach(shown::appendCodePoint);
        if (last.codePoints().count() > SHOWN_NAME) {
            shown.append("...");
        }
        return shown.isEmpty() ? "(no name)" : shown.toString();
    }

    /** Refuses with one sentence; the message is {@code FILE: problem}. */
    public ImagingException refuse(Code code, String problem) {
        return refuse(code, problem, Map.of(), null);
    }

    /** As {@link #refuse(Code, String)}, unless the cause is that memory ran out. */
    public ImagingException refuse(Code code, String problem, @Nullable Throwable cause) {
        return isOutOfMemory(cause) ? outOfMemory(cause) : refuse(code, problem, Map.of(), cause);
    }

    /** Memory ran out while the file was read, which is not the file's fault. */
    public ImagingException outOfMemory(@Nullable Throwable cause) {
        return refuse(
                Code.OUT_OF_MEMORY,
                "there is not enough memory to read this file of "
                        + bytes.length
                        + " bytes now; nothing is wrong with it: send it again later, or a smaller"
                        + " one",
                Map.of(),
                cause);
    }

    /** Whether memory ran out, as the Java runtime and the libraries under it say so. */
    private static boolean isOutOfMemory(@Nullable Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (cause instanceof OutOfMemoryError
                    || message.contains("no memory left")
                    || message.contains("insufficient memory")
                    || message.contains("out of memory")) {
                return true;
            }
        }
        return false;
    }

    public ImagingException refuse(
            Code code, String problem, String field, Object value, Object limit) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("field", field);
        facts.put("value", value);
        facts.put("limit", limit);
        return refuse(code, problem, facts, null);
    }

    private ImagingException refuse(
            Code code, String problem, Map<String, Object> more, @Nullable Throwable cause) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("file", file);
        facts.putAll(more);
        return new ImagingException(code, file + ": " + problem, facts, cause);
    }

    /**
     * Holds a declared size against the limits and against {@link DecodingMemory}, before memory is
     * taken for it.
     */
    public void checkSize(long width, long height) {
        if (width < 1 || height < 1) {
            throw refuse(
                    Code.UNREADABLE,
                    "declares " + width + " x " + height + " pixels",
                    width < 1 ? "width" : "height",
                    Math.min(width, height),
                    1);
        }
        if (width > limits.maxSide() || height > limits.maxSide()) {
            throw refuse(
                    Code.TOO_LONG_SIDE,
                    "declares "
                            + width
                            + " x "
                            + height
                            + " pixels; the limit is "
                            + limits.maxSide()
                            + " a side: crop or shrink it",
                    width > limits.maxSide() ? "width" : "height",
                    Math.max(width, height),
                    limits.maxSide());
        }
        // No overflow: both are at most 2^31 - 1 here.
        if (width * height > limits.maxPixels()) {
            throw refuse(
                    Code.TOO_MANY_PIXELS,
                    "declares "
                            + width
                            + " x "
                            + height
                            + " = "
                            + width * height
                            + " pixels; the limit is "
                            + limits.maxPixels()
                            + ": crop or shrink it",
                    "pixels",
                    width * height,
                    limits.maxPixels());
        }
        DecodingMemory.take(this, width * height);
    }

    /**
     * Refuses what asks its viewer to turn or mirror it (2 to 8): a mask would no longer lie on its
     * image. EXIF and TIFF define 1 to 8; 0, which some cameras and scanners write for "unknown",
     * and values above 8 mean nothing, and viewers show such files as they are stored.
     */
    public void checkOrientation(long orientation) {
        if (orientation >= 2 && orientation <= 8) {
            throw refuse(
                    Code.ORIENTATION,
                    "carries orientation "
                            + orientation
                            + ", so viewers turn or mirror it; masks would shift against it: store"
                            + " the pixels upright (orientation 1)",
                    "orientation",
                    orientation,
                    1);
        }
    }
}
