package org.precedent.api.dicomweb;

import jakarta.ws.rs.core.MultivaluedMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.precedent.ServiceException;

/**
 * What a search asks for: values that elements must have, with wildcards and ranges of dates and
 * times, and which of the results.
 */
final class Matching {
    private static final int MOST = 1000;
    private static final String DATE = "00080020";
    private static final String TIME = "00080030";

    private static final Map<String, String> KEYWORDS =
            Map.ofEntries(
                    Map.entry("StudyInstanceUID", "0020000D"),
                    Map.entry("SeriesInstanceUID", "0020000E"),
                    Map.entry("SOPInstanceUID", "00080018"),
                    Map.entry("SOPClassUID", "00080016"),
                    Map.entry("Modality", "00080060"),
                    Map.entry("ModalitiesInStudy", "00080061"),
                    Map.entry("PatientID", "00100020"),
                    Map.entry("PatientName", "00100010"),
                    Map.entry("AccessionNumber", "00080050"),
                    Map.entry("StudyDate", "00080020"),
                    Map.entry("StudyTime", "00080030"),
                    Map.entry("StudyID", "00200010"),
                    Map.entry("StudyDescription", "00081030"),
                    Map.entry("SeriesDescription", "0008103E"),
                    Map.entry("SeriesNumber", "00200011"),
                    Map.entry("InstanceNumber", "00200013"),
                    Map.entry("ReferringPhysicianName", "00080090"));

    private static final Set<String> NO_FILTERS =
            Set.of("limit", "offset", "includefield", "fuzzymatching");

    private final Map<String, String> filters = new LinkedHashMap<>();
    private final int limit;
    private final int offset;

    /**
     * Reads the parameters of a search.
     *
     * @throws ServiceException BAD_PARAMETER for an element that is not searched by
     */
    Matching(MultivaluedMap<String, String> parameters) {
        parameters.forEach((name, values) -> {
            if (NO_FILTERS.contains(name)) {
                return;
            }
            String tag = KEYWORDS.getOrDefault(name, name.toUpperCase(Locale.ROOT));
            if (!KEYWORDS.containsValue(tag)) {
                throw ServiceException.badParameter(
                        "parameter",
                        name,
                        "one of " + String.join(", ", new TreeMap<>(KEYWORDS).keySet()));
            }
            filters.put(tag, values.getFirst());
        });
        this.limit = number(parameters, "limit", MOST);
        this.offset = number(parameters, "offset", Integer.MAX_VALUE);
    }

    private static int number(MultivaluedMap<String, String> parameters, String name, int most) {
        String text = parameters.getFirst(name);
        if (text == null) {
            return name.equals("limit") ? MOST : 0;
        }
        try {
            int number = Integer.parseInt(text.strip());
            if (number >= 0) {
                return Math.min(number, most);
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter(name, text, "a whole number from 0");
    }

    /** Those that match, in their order, from the first that is wanted on. */
    List<Map<String, Object>> of(List<Map<String, Object>> all) {
        return all.stream().filter(this::matches).skip(offset).limit(limit).toList();
    }

    private boolean matches(Map<String, Object> set) {
        return filters.entrySet().stream()
                .allMatch(filter -> matches(filter.getKey(), filter.getValue(), set));
    }

    private static boolean matches(String tag, String wanted, Map<String, Object> set) {
        List<String> values = values(set, tag);
        if (wanted.isEmpty() || wanted.equals("*")) {
            return true;
        }
        if ((tag.equals(DATE) || tag.equals(TIME)) && wanted.contains("-")) {
            String[] ends = wanted.split("-", -1);
            return values.stream()
                    .anyMatch(value ->
                            value.compareTo(ends[0]) >= 0
                                    && (ends[1].isEmpty()
                                            || value.startsWith(ends[1])
                                            || value.compareTo(ends[1]) <= 0));
        }
        boolean uids = tag.equals("0020000D") || tag.equals("0020000E") || tag.equals("00080018");
        for (String one : uids ? wanted.split("[,\\\\]") : new String[] {wanted}) {
            if (values.stream().anyMatch(value -> isLike(value, one))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a value has a form with wildcards, in whatever case. Of several {@code *} only the
     * last one that was met is ever tried at another place, so it takes at most the product of both
     * lengths.
     */
    static boolean isLike(String value, String form) {
        int at = 0;
        int of = 0;
        int star = -1;
        int tried = 0;
        while (at < value.length()) {
            if (of < form.length() && form.charAt(of) == '*') {
                star = of++;
                tried = at;
            } else if (of < form.length()
                    && (form.charAt(of) == '?' || form.regionMatches(true, of, value, at, 1))) {
                at++;
                of++;
            } else if (star >= 0) {
                of = star + 1;
                at = ++tried;
            } else {
                return false;
            }
        }
        while (of < form.length() && form.charAt(of) == '*') {
            of++;
        }
        return of == form.length();
    }

    private static List<String> values(Map<String, Object> set, String tag) {
        List<String> values = new ArrayList<>();
        if (set.get(tag) instanceof Map<?, ?> element
                && element.get("Value") instanceof List<?> all) {
            for (Object value : all) {
                values.add(
                        value instanceof Map<?, ?> name
                                ? String.valueOf(name.get("Alphabetic"))
                                : String.valueOf(value));
            }
        }
        return values;
    }
}
