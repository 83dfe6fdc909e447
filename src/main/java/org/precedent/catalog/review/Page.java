package org.precedent.catalog.review;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;

/**
 * A page of a list. A cursor is the place behind the last row of a page, not a number of rows: what
 * is written in between neither repeats nor hides a row.
 *
 * @param next null where no more follow
 */
public record Page<T>(List<T> rows, @Nullable String next) {
    /** The longest page. */
    public static final int MOST = 1000;

    /** The length of a page when nobody says. */
    public static final int USUAL = 100;

    public Page {
        rows = List.copyOf(rows);
    }

    /**
     * Which page.
     *
     * @param after the cursor of the page before; null for the first
     */
    public record Request(@Nullable String after, int limit) {
        public Request {
            if (limit < 1 || limit > MOST) {
                throw ServiceException.badParameter(
                        "limit", limit, "a whole number from 1 to " + MOST);
            }
        }

        /** The first page of usual length. */
        public static Request first() {
            return new Request(null, USUAL);
        }

        /** What {@link Page#of} made of the last row's key; null for the first page. */
        @Nullable String key() {
            if (after == null) {
                return null;
            }
            try {
                return new String(Base64.getUrlDecoder().decode(after), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw unknown(after);
            }
        }

        /** The key as a number. */
        @Nullable Long number() {
            String key = key();
            try {
                return key == null ? null : Long.valueOf(key);
            } catch (NumberFormatException e) {
                throw unknown(after);
            }
        }
    }

    static ServiceException unknown(@Nullable String cursor) {
        return ServiceException.badParameter(
                "after", String.valueOf(cursor), "the `next` of the page before");
    }

    /**
     * A page of rows of which one more than asked for was read.
     *
     * @param key what the list is sorted by, unique to a row
     */
    static <T> Page<T> of(List<T> read, int limit, Function<T, String> key) {
        if (read.size() <= limit) {
            return new Page<>(read, null);
        }
        List<T> rows = read.subList(0, limit);
        String last = key.apply(rows.getLast());
        return new Page<>(
                rows,
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(last.getBytes(StandardCharsets.UTF_8)));
    }
}
