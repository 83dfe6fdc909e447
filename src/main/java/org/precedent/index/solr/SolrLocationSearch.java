package org.precedent.index.solr;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationSearch;
import org.precedent.index.Pages;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/**
 * Searches one collection of locations at the generation that is visible. Where few images pass a
 * filter, their ids are sent; where many do, the servers join the two collections by themselves and
 * keep what they found until the images change, and only what a query excludes is sent as ids.
 */
final class SolrLocationSearch implements LocationSearch {
    /** Requests of one query at the same time: each is work for every shard. */
    private static final int AT_ONCE = 8;

    private final SolrCollection collection;
    private final EmbeddingSpace space;
    private final VisibleState visible;
    private final Supplier<ImageSearch> members;
    private final SolrSettings settings;

    SolrLocationSearch(
            SolrCollection collection,
            EmbeddingSpace space,
            VisibleState visible,
            Supplier<ImageSearch> members,
            SolrSettings settings) {
        this.collection = collection;
        this.space = space;
        this.visible = visible;
        this.members = members;
        this.settings = settings;
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

    @Override
    public Result search(List<float[]> vectors, SupportFilter filter, int k) {
        Vectors.checkK(k);
        vectors.forEach(vector -> Vectors.checkDimension(vector, space, "query vector"));
        IndexState state = visible.state();
        List<String> filters = new ArrayList<>(Filters.visible(state));
        if (!restrict(filters, filter)) {
            return new Result(vectors.stream().map(v -> List.<Hit>of()).toList(), 0, 0, 0, true);
        }
        List<String> heads = new ArrayList<>(filters);
        heads.addAll(List.of("fq", "head:1"));
        int images = Neighbours.count(collection, state, heads);
        int locations = Neighbours.count(collection, state, filters);
        if (locations == 0) {
            return new Result(vectors.stream().map(v -> List.<Hit>of()).toList(), 0, 0, 0, true);
        }
        Neighbours neighbours = new Neighbours(collection, state, filters, k, locations);
        boolean walks = locations > settings.exactLimit();
        List<Found> found =
                each(vectors, vector -> find(neighbours, vector, k, walks, locations, state));
        return new Result(
                found.stream().map(Found::hits).toList(),
                images,
                locations,
                found.stream().mapToLong(Found::visited).sum(),
                found.stream().allMatch(Found::exact));
    }

    /** Lets only locations of images pass that a filter lets through; false where there is none. */
    private boolean restrict(List<String> filters, SupportFilter filter) {
        ImageSearch images = members.get();
        List<UUID> few = images.eligible(filter, settings.imageLimit() + 1);
        if (few.size() <= settings.imageLimit()) {
            filters.addAll(List.of("fq", Filters.images(few)));
            return !few.isEmpty();
        }
        SolrImageSearch searched = searched(images);
        filters.addAll(Filters.joined(searched.collection().name(), searched.state(), filter));
        List<UUID> excluded = searched.excluded(filter);
        if (!excluded.isEmpty()) {
            filters.addAll(
                    List.of(
                            "all",
                            "*:*",
                            "excluded",
                            Filters.images(excluded),
                            "fq",
                            "{!bool cache=false must=$all must_not=$excluded}"));
        }
        return true;
    }

    private static SolrImageSearch searched(ImageSearch images) {
        return switch (images) {
            case SolrImageSearch search -> search;
            case SolrImageIndex index -> index.search();
            default -> throw new IllegalArgumentException("images of another engine: " + images);
        };
    }

    private record Found(List<Hit> hits, long visited, boolean exact) {}

    private static Found find(
            Neighbours neighbours,
            float[] vector,
            int k,
            boolean walks,
            int locations,
            IndexState state) {
        if (walks) {
            var walked = neighbours.walk(vector);
            if (walked.isPresent()) {
                return new Found(best(walked.get(), vector, k), walked.get().size(), false);
            }
        }
        return new Found(
                best(neighbours.scan(vector, state.longest()), vector, k), locations, true);
    }

    private static List<Hit> best(List<JsonNode> documents, float[] vector, int k) {
        return documents.stream()
                .map(document ->
                        new Hit(
                                Documents.image(document),
                                (int) Documents.item(document),
                                (float) Vectors.product(vector, Documents.vector(document))))
                .sorted(Hit.ORDER)
                .limit(k)
                .toList();
    }

    private interface Finding {
        Found find(float[] vector);
    }

    /** Asks for many vectors at once. */
    private static List<Found> each(List<float[]> vectors, Finding finding) {
        Semaphore running = new Semaphore(AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Found>> answers = new ArrayList<>();
            for (float[] vector : vectors) {
                Callable<Found> task =
                        () -> {
                            running.acquire();
                            try {
                                return finding.find(vector);
                            } finally {
                                running.release();
                            }
                        };
                answers.add(threads.submit(task));
            }
            List<Found> found = new ArrayList<>();
            for (Future<Found> answer : answers) {
                found.add(answer.get());
            }
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while searching", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DomainException refusal) {
                throw refusal;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public boolean contains(UUID imageId) {
        IndexState state = visible.state();
        List<String> parameters = new ArrayList<>(Filters.visible(state));
        parameters.addAll(List.of("fq", Filters.images(List.of(imageId))));
        return Neighbours.count(collection, state, parameters) > 0;
    }

    @Override
    public List<UUID> page(@Nullable UUID after, int limit) {
        Pages.checkLimit(limit);
        IndexState state = visible.state();
        List<String> parameters = new ArrayList<>(Filters.visible(state));
        parameters.addAll(
                List.of(
                        "q", after == null ? "*:*" : "image:{\"" + after + "\" TO *]",
                        "fq", "head:1",
                        "fl", "image"));
        return collection.all(state, parameters, "image asc,id asc", limit).stream()
                .map(Documents::image)
                .toList();
    }

    @Override
    public List<Location> of(UUID imageId) {
        IndexState state = visible.state();
        List<String> parameters = new ArrayList<>(Filters.visible(state));
        parameters.addAll(List.of("q", "image:\"" + imageId + "\"", "fl", "id,image,item,floats"));
        return collection.all(state, parameters, "item asc,id asc", Integer.MAX_VALUE).stream()
                .map(document ->
                        new Location((int) Documents.item(document), Documents.vector(document)))
                .toList();
    }

    @Override
    public void close() {
        visible.close();
    }
}
