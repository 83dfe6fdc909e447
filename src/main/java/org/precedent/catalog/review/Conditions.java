package org.precedent.catalog.review;

import jakarta.persistence.Query;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Sight.Reach;

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

    /** Adds that {@code annotation a} of {@code label l} is within reach. */
    Conditions seen(Reach reach) {
        if (reach.everything()) {
            return this;
        }
        return given(
                        "(l.task_id = ANY(CAST(string_to_array(:ownTasks, ',') AS integer[]))"
                                + " OR EXISTS (SELECT 1 FROM pool_member rm"
                                + " WHERE rm.annotation_id = a.id AND rm.pool_id ="
                                + " ANY(CAST(string_to_array(:readPools, ',') AS integer[]))))",
                        "ownTasks",
                        list(reach.ownTasks()))
                .given("TRUE", "readPools", list(reach.pools()));
    }

    /** Adds that {@code annotation a} of {@code image i} may be reviewed. */
    Conditions changeable(Reach reach) {
        if (reach.everything()) {
            return this;
        }
        return given(
                        "(l.task_id = ANY(CAST(string_to_array(:ownTasks, ',') AS integer[]))"
                                + " OR lower(i.site) = :home"
                                + " AND EXISTS (SELECT 1 FROM pool_member cm"
                                + " WHERE cm.annotation_id = a.id AND cm.pool_id ="
                                + " ANY(CAST(string_to_array(:contributed, ',') AS integer[]))))",
                        "ownTasks",
                        list(reach.ownTasks()))
                .given("TRUE", "home", CanonicalNames.key(reach.scope().home()))
                .given("TRUE", "contributed", list(reach.contributed()));
    }

    /** Says whether {@code annotation a} may be reviewed, and brings the parameters of that. */
    String changing(Reach reach) {
        Conditions changeable = new Conditions().changeable(reach);
        parameters.putAll(changeable.parameters);
        return changeable.sql();
    }

    /** Adds that {@code image i} is of the own site. */
    Conditions own(Reach reach) {
        return given("lower(i.site) = :home", "home", CanonicalNames.key(reach.scope().home()));
    }

    /** Adds that {@code answer w} to {@code task t} may be read. */
    Conditions readable(Scope scope) {
        if (!scope.everywhere()) {
            given("lower(w.asked_site) = :home", "home", CanonicalNames.key(scope.home()));
            if (!scope.may(Action.READ_ANSWERS_OF_SITE)) {
                given("w.asked_by = :asker", "asker", scope.name());
            }
        }
        Set<String> tasks = scope.identity().tasks();
        return tasks.isEmpty()
                ? this
                : given(
                        "lower(t.name) = ANY(string_to_array(:admitted, ','))",
                        "admitted",
                        tasks.stream().map(CanonicalNames::key).collect(Collectors.joining(",")));
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
    static String list(Collection<? extends Number> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Part of a text to be looked for, with what LIKE would read as a wildcard escaped. */
    static @Nullable String containing(@Nullable String text) {
        return text == null
                ? null
                : "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    }
}
