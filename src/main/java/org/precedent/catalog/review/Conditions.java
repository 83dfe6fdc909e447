package org.precedent.catalog.review;

import jakarta.persistence.Query;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What rows of a list must hold, as SQL with named parameters; values never become SQL. */
final class Conditions {
    private final List<String> clauses = new ArrayList<>();
    private final Map<String, Object> parameters = new LinkedHashMap<>();

    /** Adds a clause without a parameter. */
    Conditions always(String clause) {
        clauses.add(clause);
        return this;
    }

    /**
     * Adds a clause where there is a value.
     *
     * @param clause with {@code :name} where the value belongs
     */
    Conditions given(String clause, String name, @Nullable Object value) {
        if (value != null) {
            clauses.add(clause);
            parameters.put(name, value);
        }
        return this;
    }

    /**
     * Adds a clause that holds others, with their parameters.
     *
     * @param clause with {@code %s} where they belong
     */
    Conditions nested(String clause, Conditions others) {
        clauses.add(clause.formatted(others.sql()));
        parameters.putAll(others.parameters);
        return this;
    }

    /** The clauses, all of which hold. */
    String sql() {
        return clauses.isEmpty() ? "TRUE" : String.join(" AND ", clauses);
    }

    void bind(Query query) {
        parameters.forEach(query::setParameter);
    }

    /** The rows of a statement of several columns. */
    @SuppressWarnings("unchecked") // a native query of several columns gives Object[] rows
    static List<Object[]> rows(Query query) {
        return query.getResultList();
    }

    /**
     * Numbers as one parameter, to be read by {@code CAST(string_to_array(?, ',') AS bigint[])}.
     */
    static String list(Collection<Long> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Part of a text to be looked for, with what LIKE would read as a wildcard escaped. */
    static @Nullable String containing(@Nullable String text) {
        return text == null
                ? null
                : "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    }
}
