package org.precedent.api.dicomweb;

import jakarta.ws.rs.core.MultivaluedMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.precedent.ServiceException;

/**
 * What a search asks for: values that elements must have, with wildcards and ranges of dates, and
 * which of the results.
 */
final class Matching {
    private static final int MOST = 1000;

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
        if (tag.equals("00080020") && wanted.contains("-")) {
            String[] ends = wanted.split("-", -1);
            return values.stream()
                    .anyMatch(value ->
                            value.compareTo(ends[0]) >= 0
                                    && (ends[1].isEmpty() || value.compareTo(ends[1]) <= 0));
        }
        boolean uids = tag.equals("0020000D") || tag.equals("0020000E") || tag.equals("00080018");
        for (String one : uids ? wanted.split("[,\\\\]") : new String[] {wanted}) {
            Pattern pattern = pattern(one);
            if (values.stream().anyMatch(value -> pattern.matcher(value).matches())) {
                return true;
            }
        }
        return false;
    }

    private static Pattern pattern(String wanted) {
        StringBuilder pattern = new StringBuilder();
        for (char letter : wanted.toCharArray()) {
            pattern.append(
                    letter == '*'
                            ? ".*"
                            : letter == '?' ? "." : Pattern.quote(String.valueOf(letter)));
        }
        return Pattern.compile(pattern.toString(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
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
