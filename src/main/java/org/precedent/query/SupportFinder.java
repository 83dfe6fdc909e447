package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.catalog.TemperatureSource;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.imaging.Contour;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.index.SupportFilter;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.LevelEncoders;
import org.precedent.projection.LevelIndexes;
import org.precedent.projection.Projections;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.LevelRetriever;
import org.precedent.retrieval.LevelRetriever.QueryVectors;
import org.precedent.retrieval.LevelRetriever.Wish;
import org.precedent.retrieval.LocationVote;
import org.precedent.retrieval.RetrievalException;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.SupportSet;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmenter;

/**
 * Finds the supports of every label of a query. Where the strategy looks at the structure itself, a
 * first answer from the most similar images says where that is: its contour asks for places like
 * its own, its object for objects like itself. An empty first answer asks with all places.
 */
@ApplicationScoped
public class SupportFinder {
    /** Points along the contour, as in the cross-attention paper's experiment. */
    static final int POINTS = 16;

    private static final Set<ReviewState> USABLE = Set.of(ReviewState.APPROVED);

    /** How a first answer is weighed. */
    private static final PoolChoices.Weighing EVENLY =
            new PoolChoices.Weighing(Temperature.UNIFORM, TemperatureSource.DEFAULT, Fusion.EVEN);

    private final Catalog catalog;
    private final ImageProjection projector;
    private final ImageEmbedder embedder;
    private final LevelEncoders encoders;
    private final LevelIndexes indexes;
    private final Inference inference;
    private final SamePictures pictures;

    public SupportFinder(
            Catalog catalog,
            ImageProjection projector,
            ImageEmbedder embedder,
            LevelEncoders encoders,
            LevelIndexes indexes,
            Inference inference,
            SamePictures pictures) {
        this.catalog = catalog;
        this.projector = projector;
        this.embedder = embedder;
        this.encoders = encoders;
        this.indexes = indexes;
        this.inference = inference;
        this.pictures = pictures;
    }

    /**
     * Where the query looks for supports.
     *
     * @param version of the pool
     */
    public record Scope(Pool pool, int version, List<Task.Label> labels) {}

    /**
     * Finds the supports of every label.
     *
     * @param place in the queue of the network, for a first answer; null only where the strategy
     *     needs none
     * @return one a label, in the scope's order
     */
    List<Retrieval.LabelSupports> find(
            Query query,
            Raster image,
            Scope scope,
            PoolChoices.Weighing weighing,
            Inference.@Nullable Place place,
            Stages stages) {
        Search search = search(query, image, scope, stages);
        List<Look> looks =
                place == null || !query.strategy().needsFirstPass()
                        ? Collections.nCopies(scope.labels().size(), search.whole())
                        : looks(image, search, place, stages);
        List<Retrieval.LabelSupports> found = new ArrayList<>();
        for (Task.Label label : scope.labels()) {
            Look look = looks.get(found.size());
            found.add(
                    stages.time(
                            "retrieve",
                            () -> search.supports(label, query.strategy(), weighing, look)));
        }
        return found;
    }

    /** What every level finds for the first label, before any fusion. */
    LevelRanking rank(Query query, Raster image, Scope scope, Inference.Place place) {
        Stages stages = new Stages();
        Search search = search(query, image, scope, stages);
        return search.rank(
                scope.labels().getFirst(), looks(image, search, place, stages).getFirst());
    }

    private Search search(Query query, Raster image, Scope scope, Stages stages) {
        float[] vector = stages.time("embed", () -> embedder.embed(image));
        stages.time(
                "await",
                () -> {
                    projector.awaitCommitted();
                    return true;
                });
        LevelRetriever retriever =
                new LevelRetriever(
                        projector.search(),
                        indexes.places().orElse(null),
                        indexes.objects().orElse(null));
        return new Search(
                query,
                scope,
                catalog.pixelHashes(image),
                stages.time("fingerprint", () -> Fingerprint.of(image)),
                retriever,
                vector);
    }

    /**
     * What one label of the query looks like.
     *
     * @param points whose places are among the vectors
     */
    private record Look(QueryVectors vectors, List<Answer.Point> points) {}

    /** Looks at the structure itself, one label after the other. */
    private List<Look> looks(Raster image, Search search, Inference.Place place, Stages stages) {
        Strategy strategy = search.query.strategy();
        List<Mask> first = firstAnswers(image, search, place, stages);
        LocationEmbedder.@Nullable Questions questions =
                indexes.places().isEmpty() || strategy == Strategy.OBJECT
                        ? null
                        : stages.time(
                                "embed",
                                () ->
                                        encoders.locations()
                                                .map(e -> e.questions(image))
                                                .orElse(null));
        List<Look> looks = new ArrayList<>();
        for (Mask mask : first) {
            List<LocationEmbedder.Question> asked =
                    questions == null ? List.of() : questions.at(Contour.spread(mask, POINTS));
            float @Nullable [] object =
                    indexes.objects().isEmpty() || strategy == Strategy.LOCATION
                            ? null
                            : stages.time(
                                    "embed",
                                    () ->
                                            encoders.objects()
                                                    .map((ObjectEmbedder e) -> e.embed(image, mask))
                                                    .orElse(null));
            looks.add(
                    new Look(
                            new QueryVectors(
                                    search.vector,
                                    asked.stream().map(LocationEmbedder.Question::place).toList(),
                                    object),
                            asked.stream()
                                    .map(q -> new Answer.Point(q.point().x(), q.point().y()))
                                    .toList()));
        }
        return looks;
    }

    /** What the ranks of all levels are measured in: fusions belong to them. */
    public String spaces() {
        return space(Strategy.IMAGE)
                + ","
                + space(Strategy.LOCATION)
                + ","
                + space(Strategy.OBJECT);
    }

    /** The levels that have vectors. */
    List<Level> levels() {
        List<Level> levels = new ArrayList<>(List.of(Level.IMAGE));
        indexes.places().ifPresent(places -> levels.add(Level.LOCATION));
        indexes.objects().ifPresent(objects -> levels.add(Level.OBJECT));
        return levels;
    }

    /** What a strategy's similarities are measured in: temperatures belong to it. */
    public String space(Strategy strategy) {
        return switch (strategy) {
            case RANDOM, IMAGE -> embedder.space().id();
            case LOCATION -> encoders.locations().map(e -> e.space().id()).orElse("none");
            case OBJECT -> encoders.objects().map(e -> e.space().id()).orElse("none");
            case FUSED -> "fused";
        };
    }

    /** The masks that the most similar images give, one a label. */
    private List<Mask> firstAnswers(
            Raster image, Search search, Inference.Place place, Stages stages) {
        List<List<Answer.UsedSupport>> supports = new ArrayList<>();
        for (Task.Label label : search.scope().labels()) {
            supports.add(
                    stages.time(
                            "retrieve",
                            () ->
                                    search.supports(label, Strategy.IMAGE, EVENLY, search.whole())
                                            .supports()));
        }
        Stages inner = new Stages();
        List<Segmenter.Explained> answers =
                stages.time(
                        "first",
                        () ->
                                place.segment(
                                        image,
                                        supports,
                                        inference.side(),
                                        inference.range(),
                                        List.of(),
                                        inner));
        return answers.stream().map(a -> a.segmentation().mask()).toList();
    }

    /** One query's search, label by label. */
    private final class Search {
        private final Query query;
        private final Scope scope;

        /**
         * Under which the catalogue may know the query's own pixels, first that of the canonical.
         */
        private final List<String> pixels;

        private final Fingerprint picture;
        private final LevelRetriever retriever;

        /** Of the whole image. */
        private final float[] vector;

        Search(
                Query query,
                Scope scope,
                List<String> pixels,
                Fingerprint picture,
                LevelRetriever retriever,
                float[] vector) {
            this.query = query;
            this.scope = scope;
            this.pixels = pixels;
            this.picture = picture;
            this.retriever = retriever;
            this.vector = vector;
        }

        Scope scope() {
            return scope;
        }

        Look whole() {
            return new Look(new QueryVectors(vector, List.of(), null), List.of());
        }

        LevelRanking rank(Task.Label label, Look look) {
            Map<UUID, Answer.LeftOut> leftOut = ownPixels(label);
            while (true) {
                Map<Level, List<UUID>> found;
                try {
                    found =
                            retriever.rank(
                                    look.vectors(),
                                    filter(label).excludingImages(leftOut.keySet()),
                                    query.supportSize());
                } catch (RetrievalException e) {
                    throw e.named(query.task(), scope.pool().name(), label.name());
                }
                List<UUID> images =
                        found.values().stream().flatMap(List::stream).distinct().toList();
                Map<UUID, Support> supports =
                        catalog.supports(scope.pool().id(), scope.version(), label.id(), images);
                List<Answer.LeftOut> more =
                        samePictures(images.stream().map(supports::get).toList());
                if (more.isEmpty()) {
                    return new LevelRanking(found, supports);
                }
                more.forEach(one -> leftOut.put(one.imageId(), one));
            }
        }

        Retrieval.LabelSupports supports(
                Task.Label label, Strategy strategy, PoolChoices.Weighing weighing, Look look) {
            Map<UUID, Answer.LeftOut> leftOut = ownPixels(label);
            // Asked again without what must not serve, until all that is found may: so the set is
            // filled from what comes next, by the same rules, whatever the strategy.
            while (true) {
                SupportFilter filter = filter(label).excludingImages(leftOut.keySet());
                SupportSet set;
                try {
                    set =
                            retriever.retrieve(
                                    look.vectors(),
                                    new Wish(
                                            filter,
                                            query.supportSize(),
                                            strategy,
                                            weighing.temperature(),
                                            weighing.fusion(),
                                            query.seed()));
                } catch (RetrievalException e) {
                    throw e.named(query.task(), scope.pool().name(), label.name());
                }
                List<Answer.UsedSupport> supports = resolve(set, label);
                List<Answer.LeftOut> more =
                        samePictures(supports.stream().map(Answer.UsedSupport::support).toList());
                if (more.isEmpty()) {
                    double nearest =
                            projector
                                    .search()
                                    .search(vector, filter, 1)
                                    .hits()
                                    .getFirst()
                                    .similarity();
                    return new Retrieval.LabelSupports(
                            label,
                            set,
                            look.points(),
                            nearest,
                            supports,
                            List.copyOf(leftOut.values()));
                }
                more.forEach(one -> leftOut.put(one.imageId(), one));
            }
        }

        /** What the pool version holds of the query's own pixels, which the index never offers. */
        private Map<UUID, Answer.LeftOut> ownPixels(Task.Label label) {
            Map<UUID, Answer.LeftOut> own = new LinkedHashMap<>();
            catalog.ownPixels(
                            scope.pool().id(),
                            scope.version(),
                            label.id(),
                            pixels,
                            query.site(),
                            query.patient())
                    .forEach((image, support) ->
                            own.put(
                                    image,
                                    SamePictures.leftOut(
                                            support, Answer.LeftOut.Reason.OWN_PIXELS, 1)));
            return own;
        }

        private List<Answer.LeftOut> samePictures(List<Support> supports) {
            return pictures.among(picture, supports, query.nearDuplicates());
        }

        private SupportFilter filter(Task.Label label) {
            return new SupportFilter(
                    scope.pool().id(),
                    scope.version(),
                    label.id(),
                    USABLE,
                    query.site() == null ? null : Projections.siteKey(query.site()),
                    query.patient() == null ? null : Projections.patientKey(query.patient()),
                    pixels.getFirst());
        }

        /** The annotations behind the images that the index found. */
        private List<Answer.UsedSupport> resolve(SupportSet set, Task.Label label) {
            Map<UUID, Support> supports =
                    catalog.supports(
                            scope.pool().id(),
                            scope.version(),
                            label.id(),
                            set.supports().stream()
                                    .map(SupportSet.WeightedSupport::imageId)
                                    .toList());
            return set.supports().stream()
                    .map(weighted -> {
                        Support support = supports.get(weighted.imageId());
                        if (support == null) {
                            throw new IllegalStateException(
                                    "the index offers image "
                                            + weighted.imageId()
                                            + ", which version "
                                            + scope.version()
                                            + " of the pool does not hold: run `precedent index"
                                            + " verify`");
                        }
                        return used(support, weighted);
                    })
                    .toList();
        }
    }

    private Answer.UsedSupport used(Support support, SupportSet.WeightedSupport weighted) {
        int grid = encoders.locations().map(LocationEmbedder::grid).orElse(1);
        List<Answer.Match> matches = new ArrayList<>();
        for (LocationVote.Match match : weighted.matches()) {
            matches.add(
                    new Answer.Match(
                            match.point(),
                            match.cell() % grid,
                            match.cell() / grid,
                            grid,
                            match.similarity()));
        }
        return new Answer.UsedSupport(
                support,
                weighted.similarity(),
                weighted.weight(),
                matches,
                weighted.ranks().entrySet().stream()
                        .collect(
                                Collectors.toMap(
                                        e -> e.getKey().name().toLowerCase(Locale.ROOT),
                                        Map.Entry::getValue)));
    }
}
