package org.precedent.api.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.ws.rs.core.MultivaluedHashMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.ServiceException;

class MatchingTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "DOE^JANE|doe^jane|true",
                "DOE^JANE|doe*|true",
                "DOE^JANE|*jane|true",
                "DOE^JANE|d?e^*n?|true",
                "DOE^JANE|*e*e|true",
                "DOE^JANE|*e*e*|true",
                "DOE^JANE|*x*|false",
                "DOE^JANE|doe|false",
                "DOE^JANE|?|false",
                "ÄRZTE|ärz*|true",
                "a.c|a?c|true",
                "abc|a.c|false",
                "\"\"|*|true",
                "\"\"|?|false",
                "aXbXc|a*b*c|true",
                "aXbXcd|a*b*c|false",
            })
    void wildcardsAreThoseOfTheStandard(String value, String form, boolean is) {
        assertThat(Matching.isLike(value, form)).isEqualTo(is);
    }

    @Test
    void manyWildcardsTakeNoLongerThanOne() {
        String form = "*a".repeat(2_000) + "b";
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5),
                () -> assertThat(Matching.isLike("a".repeat(5_000), form)).isFalse());
    }

    @Test
    void datesAndTimesAreLookedForByRanges() {
        List<Map<String, Object>> all =
                List.of(study("20240131", "075959"), study("20240201", "080000.5"));
        assertThat(matching("StudyDate", "20240201-").of(all)).containsExactly(all.get(1));
        assertThat(matching("StudyDate", "-20240131").of(all)).containsExactly(all.get(0));
        assertThat(matching("StudyTime", "080000-120000").of(all)).containsExactly(all.get(1));
        assertThat(matching("StudyTime", "07-0759").of(all)).containsExactly(all.get(0));
        assertThatThrownBy(() -> matching("PatientAge", "7")).isInstanceOf(ServiceException.class);
    }

    private static Map<String, Object> study(String date, String time) {
        return Map.of(
                "00080020", Map.of("vr", "DA", "Value", List.of(date)),
                "00080030", Map.of("vr", "TM", "Value", List.of(time)));
    }

    private static Matching matching(String element, String wanted) {
        MultivaluedHashMap<String, String> parameters = new MultivaluedHashMap<>();
        parameters.putSingle(element, wanted);
        return new Matching(parameters);
    }
}
