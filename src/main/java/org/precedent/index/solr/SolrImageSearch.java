package org.precedent.index.solr;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEntry;
import org.precedent.index.Pages;
import org.precedent.index.SeededSample;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/** Searches one collection of images or objects at the generation that is visible. */
final class SolrImageSearch implements ImageSearch {
    /** Documents that are fetched by name in one request. */
    private static final int FETCH = 500;

    private final SolrCollection collection;
    private final EmbeddingSpace space;
    private final VisibleState visible;
    private final SolrSettings settings;

    private record Drawn(long number, UUID image, String id) {
        static final Comparator<Drawn> ORDER =
                ((Comparator<Drawn>) (a, b) -> Long.compareUnsigned(a.number, b.number))
                        .thenComparing(Drawn::image, ID_ORDER)
                        .thenComparing(Drawn::id);
    }

    SolrImageSearch(
            SolrCollection collection,
            EmbeddingSpace space,
            VisibleState visible,
            SolrSettings settings) {
        this.collection = collection;
        this.space = space;
        this.visible = visible;
        this.settings = settings;
    }

    /** The collection that is searched. */
    SolrCollection collection() {
        return collection;
    }

    /** The state that is searched. */
    IndexState state() {
        return visible.state();
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public long sequence() {
        return visible.state().sequence();
    }

    @Override
    public void refresh() {
        visible.refresh();
    }

    private static List<String> filters(IndexState state, SupportFilter filter) {
        List<String> filters = new ArrayList<>(Filters.visible(state));
        filters.addAll(Filters.of(filter));
        return filters;
    }

    @Override
    public SearchResult search(float[] vector, SupportFilter filter, int k) {
        Vectors.check(vector, space, "query vector");
        Vectors.checkK(k);
        IndexState state = visible.state();
        List<String> filters = filters(state, filter);
        int eligible = Neighbours.count(collection, state, filters);
        if (eligible == 0) {
            return new SearchResult(List.of(), 0, 0, true);
        }
        Neighbours neighbours = new Neighbours(collection, state, filters, k, eligible);
        if (eligible > settings.exactLimit()) {
            var walked = neighbours.walk(vector);
            if (walked.isPresent()) {
                return new SearchResult(
                        best(walked.get(), vector, k), eligible, walked.get().size(), false);
            }
        }
        return new SearchResult(
                best(neighbours.scan(vector, 1), vector, k), eligible, eligible, true);
    }

    /** The best of some documents, by exact similarities. */
    private static List<Hit> best(List<JsonNode> documents, float[] vector, int k) {
        return documents.stream()
                .map(document ->
                        new Hit(
                                Documents.image(document),
                                Vectors.similarity(vector, Documents.vector(document))))
                .sorted(Hit.ORDER)
                .limit(k)
                .toList();
    }

    /** Reads the id of every eligible image: as many requests as there are ten thousands. */
    @Override
    public SearchResult sample(float[] vector, SupportFilter filter, int k, long seed) {
        Vectors.check(vector, space, "query vector");
        Vectors.checkK(k);
        IndexState state = visible.state();
        List<String> parameters = filters(state, filter);
        parameters.addAll(List.of("q", "*:*", "fl", "id,image"));
        List<JsonNode> all = collection.all(state, parameters, "id asc", Integer.MAX_VALUE);
        PriorityQueue<Drawn> lowest = new PriorityQueue<>(Drawn.ORDER.reversed());
        for (JsonNode document : all) {
            UUID image = Documents.image(document);
            lowest.add(
                    new Drawn(
                            SeededSample.number(seed, image), image, document.path("id").asText()));
            if (lowest.size() > k) {
                lowest.remove();
            }
        }
        List<JsonNode> drawn = fetch(lowest.stream().map(Drawn::id).sorted().toList());
        return new SearchResult(
                best(drawn, vector, k), all.size(), drawn.size(), drawn.size() == all.size());
    }

    private List<JsonNode> fetch(List<String> ids) {
        return IntStream.iterate(0, from -> from < ids.size(), from -> from + FETCH)
                .mapToObj(from -> ids.subList(from, Math.min(ids.size(), from + FETCH)))
                .flatMap(some ->
                        collection
                                .all(
                                        List.of(
                                                "q",
                                                "{!terms f=id}" + String.join(",", some),
                                                "fl",
                                                "image,item,floats"),
                                        "id asc",
                                        Integer.MAX_VALUE)
                                .stream())
                .toList();
    }

    /** The images that a filter excludes, whether it would let them pass otherwise or not. */
    List<UUID> excluded(SupportFilter filter) {
        Set<UUID> excluded = new TreeSet<>(ID_ORDER);
        excluded.addAll(filter.excludedImages());
        List<String> exclusions = Filters.excluded(filter);
        if (!exclusions.isEmpty()) {
            IndexState state = visible.state();
            List<String> parameters = new ArrayList<>(Filters.visible(state));
            parameters.addAll(exclusions);
            parameters.addAll(List.of("fl", "image"));
            collection.all(state, parameters, "image asc,id asc", Integer.MAX_VALUE).stream()
                    .map(Documents::image)
                    .forEach(excluded::add);
        }
        return List.copyOf(excluded);
    }

    @Override
    public int count(SupportFilter filter) {
        IndexState state = visible.state();
        return Neighbours.count(collection, state, filters(state, filter));
    }

    @Override
    public List<UUID> eligible(SupportFilter filter, int limit) {
        Pages.checkLimit(limit);
        IndexState state = visible.state();
        List<String> parameters = filters(state, filter);
        parameters.addAll(List.of("q", "*:*", "fl", "image"));
        return collection.all(state, parameters, "image asc,id asc", limit).stream()
                .map(Documents::image)
                .toList();
    }

    @Override
    public List<IndexEntry> of(UUID imageId) {
        return entries("image:\"" + imageId + "\"", Integer.MAX_VALUE);
    }

    @Override
    public List<IndexEntry> page(@Nullable Cursor after, int limit) {
        Pages.checkLimit(limit);
        IndexState state = visible.state();
        String rest =
                after == null
                        ? "*:*"
                        : "image:{\"%1$s\" TO *] (+image:\"%1$s\" +item:{%2$d TO *])"
                                .formatted(after.imageId(), after.item());
        List<IndexEntry> page = new ArrayList<>(entries(state, rest, limit));
        if (page.size() == limit) {
            // Others of the last one's image and item are not parted from it.
            IndexEntry last = page.getLast();
            page.removeIf(entry -> IndexEntry.ORDER.compare(entry, last) == 0);
            page.addAll(
                    entries(
                            state,
                            "+image:\"%s\" +item:%s".formatted(last.imageId(), number(last.item())),
                            Integer.MAX_VALUE));
        }
        return List.copyOf(page);
    }

    private List<IndexEntry> entries(String query, int limit) {
        return entries(visible.state(), query, limit);
    }

    private List<IndexEntry> entries(IndexState state, String query, int limit) {
        List<String> parameters = new ArrayList<>(Filters.visible(state));
        parameters.addAll(List.of("q", query, "fl", Documents.ENTRY_FIELDS));
        return collection.all(state, parameters, "image asc,item asc,id asc", limit).stream()
                .map(Documents::entry)
                .collect(Collectors.toList());
    }

    /** A number in a query: a leading minus is none of its operators. */
    private static String number(long item) {
        return "[%1$d TO %1$d]".formatted(item);
    }

    @Override
    public void close() {
        visible.close();
    }
}
