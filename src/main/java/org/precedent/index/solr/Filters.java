package org.precedent.index.solr;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.precedent.index.SupportFilter;

/**
 * Filters as parameters of a search, names and values by turns. The same filter is the same text as
 * long as the index does not change, so that servers keep what it lets through; values that come
 * from people are never parsed ({@code {!term}} and {@code {!terms}} take them as they are).
 */
final class Filters {
    private Filters() {}

    /** Documents of the visible generation. */
    static List<String> visible(IndexState state) {
        return List.of(
                "fq", since(state),
                "fq", until(state));
    }

    private static String since(IndexState state) {
        if (state.floor() > state.generation()) {
            return "since:0"; // nothing is there yet
        }
        String range = "since:[%d TO %d]".formatted(state.floor(), state.generation());
        return state.holes().isEmpty() ? range : "(+" + range + holes("since", state, " -") + ")";
    }

    private static String until(IndexState state) {
        String range = "until:{%d TO *]".formatted(state.generation());
        return state.holes().isEmpty() ? range : "(" + range + holes("until", state, " ") + ")";
    }

    /** A clause for each hole. */
    static String holes(String field, IndexState state, String before) {
        return state.holes().stream()
                .map(hole ->
                        "%s%s:{%d TO %d}".formatted(before, field, hole.after(), hole.before()))
                .collect(Collectors.joining());
    }

    /** Documents of some images. */
    static String images(Collection<UUID> images) {
        return "{!terms f=image cache=false}"
                + images.stream().map(UUID::toString).collect(Collectors.joining(","));
    }

    /** Documents of images that pass a filter. */
    static List<String> of(SupportFilter filter) {
        List<String> parameters = new ArrayList<>(List.of("fq", members(filter)));
        if (filter.site() != null) {
            parameters.addAll(List.of("fq", "{!term f=site}" + word(filter.site())));
        }
        parameters.addAll(without(filter));
        return parameters;
    }

    private static String members(SupportFilter filter) {
        return "{!terms f=member}" + String.join(",", VersionTokens.of(filter));
    }

    /** The exclusions of a filter. */
    private static List<String> without(SupportFilter filter) {
        List<String> parameters = new ArrayList<>();
        StringBuilder exclusions = new StringBuilder();
        if (filter.excludedPatientKey() != null) {
            exclusions.append(" must_not=$patient");
            parameters.addAll(
                    List.of("patient", "{!term f=patient}" + word(filter.excludedPatientKey())));
        }
        if (filter.excludedPixelsSha256() != null) {
            exclusions.append(" must_not=$pixels");
            parameters.addAll(
                    List.of("pixels", "{!term f=pixels}" + word(filter.excludedPixelsSha256())));
        }
        if (!filter.excludedImages().isEmpty()) {
            exclusions.append(" must_not=$excluded");
            parameters.addAll(List.of("excluded", images(filter.excludedImages())));
        }
        if (!exclusions.isEmpty()) {
            parameters.addAll(
                    List.of("all", "*:*", "fq", "{!bool cache=false must=$all" + exclusions + "}"));
        }
        return parameters;
    }

    /**
     * A search for the patient and the pixels that a filter excludes; empty where it does neither.
     */
    static List<String> excluded(SupportFilter filter) {
        List<String> parameters = new ArrayList<>();
        StringBuilder query = new StringBuilder();
        if (filter.excludedPatientKey() != null) {
            query.append(" should=$patient");
            parameters.addAll(
                    List.of("patient", "{!term f=patient}" + word(filter.excludedPatientKey())));
        }
        if (filter.excludedPixelsSha256() != null) {
            query.append(" should=$pixels");
            parameters.addAll(
                    List.of("pixels", "{!term f=pixels}" + word(filter.excludedPixelsSha256())));
        }
        if (!query.isEmpty()) {
            parameters.addAll(List.of("q", "{!bool" + query + "}"));
        }
        return parameters;
    }

    /**
     * Locations of images that pass a filter, whoever they are excluded for: joined by the servers
     * with the collection of images. The text changes with the generation of the images.
     *
     * @param collection of images
     * @param state of the images
     */
    static List<String> joined(String collection, IndexState state, SupportFilter filter) {
        StringBuilder query = new StringBuilder();
        query.append("+").append(since(state)).append(" +").append(until(state));
        query.append(" +").append(nested(members(filter)));
        if (filter.site() != null) {
            query.append(" +").append(nested("{!term f=site}" + word(filter.site())));
        }
        return List.of(
                "joined",
                query.toString(),
                "fq",
                "{!join method=crossCollection fromIndex=%s from=image to=image v=$joined}"
                        .formatted(collection));
    }

    /** A query as a clause of another: what it says is sent on as one text. */
    private static String nested(String query) {
        return "_query_:\"" + query.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** A text as it is indexed: never empty. */
    static String word(String text) {
        return "=" + text;
    }
}
