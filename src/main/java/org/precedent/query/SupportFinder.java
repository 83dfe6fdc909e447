package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolPolicies;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.catalog.TemperatureSource;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.LevelEncoders;
import org.precedent.projection.LevelIndexes;
import org.precedent.projection.Projections;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.LocationVote;
import org.precedent.retrieval.RetrievalException;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.SupportRequest;
import org.precedent.retrieval.SupportRetriever;
import org.precedent.retrieval.SupportSearch;
import org.precedent.retrieval.SupportSet;
import org.precedent.retrieval.Temperature;

/**
 * Finds the supports of every label of a query. Where the strategy looks at the structure itself, a
 * first answer from the most similar images says where that is: its contour asks for locations like
 * its own, its object for objects like itself. An empty first answer asks with all locations.
 */
@ApplicationScoped
public class SupportFinder {
    private static final Set<ReviewState> USABLE = Set.of(ReviewState.APPROVED);

    /** What ranks are found with: no weight depends on it. */
    private static final PoolChoices.Weighing EVENLY =
            new PoolChoices.Weighing(Temperature.UNIFORM, TemperatureSource.DEFAULT, Fusion.EVEN);

    private final Catalog catalog;
    private final ImageProjection projector;
    private final ImageEmbedder embedder;
    private final LevelEncoders encoders;
    private final LevelIndexes indexes;
    private final Inference inference;
    private final SamePictures pictures;
    private final PoolPolicies policies;
    private final Outbox outbox;

    public SupportFinder(
            Catalog catalog,
            ImageProjection projector,
            ImageEmbedder embedder,
            LevelEncoders encoders,
            LevelIndexes indexes,
            Inference inference,
            SamePictures pictures,
            PoolPolicies policies,
            Outbox outbox) {
        this.catalog = catalog;
        this.projector = projector;
        this.embedder = embedder;
        this.encoders = encoders;
        this.indexes = indexes;
        this.inference = inference;
        this.pictures = pictures;
        this.policies = policies;
        this.outbox = outbox;
    }

    /**
     * Where the query looks for supports.
     *
     * @param version of the pool
     */
    public record SearchedPool(Pool pool, int version, List<Task.Label> labels) {}

    /**
     * Finds the supports of every label.
     *
     * @param slot in the queue of the network, for a first answer; null only where the strategy
     *     needs none
     * @return one a label, in the scope's order
     */
    List<Retrieval.LabelSupports> find(
            Query query,
            Raster image,
            SearchedPool scope,
            PoolChoices.Weighing weighing,
            @Nullable InferenceSlot slot,
            Stages stages) {
        Search search = search(query, image, scope, stages);
        List<SupportRequest> requests =
                scope.labels().stream().map(label -> search.request(label, weighing)).toList();
        List<SupportSearch.Found> found;
        try {
            found =
                    search.supports.find(
                            image,
                            search.vector,
                            requests,
                            similar -> search.firstAnswers(Objects.requireNonNull(slot), similar));
        } catch (RetrievalException e) {
            if (e.code() == RetrievalException.Code.NO_SUPPORT && search.mayUseOwnSlices()) {
                return ofOwnSlices(query, image, scope, weighing, slot, stages)
                        .orElseThrow(() -> search.named(e));
            }
            throw search.named(e);
        }
        List<Retrieval.LabelSupports> labels = new ArrayList<>();
        for (SupportSearch.Found one : found) {
            int at = labels.size();
            labels.add(stages.time("retrieve", () -> search.known(scope.labels().get(at), one)));
        }
        return labels;
    }

    /**
     * What there is where the pool holds nothing for a label but slices of the query's own study:
     * these, label by label.
     *
     * @return empty where a label has neither
     */
    private Optional<List<Retrieval.LabelSupports>> ofOwnSlices(
            Query query,
            Raster image,
            SearchedPool scope,
            PoolChoices.Weighing weighing,
            @Nullable InferenceSlot slot,
            Stages stages) {
        List<Retrieval.LabelSupports> labels = new ArrayList<>();
        for (Task.Label label : scope.labels()) {
            SearchedPool one = new SearchedPool(scope.pool(), scope.version(), List.of(label));
            if (scope.labels().size() > 1) {
                labels.addAll(find(query, image, one, weighing, slot, stages));
                continue;
            }
            Search search = search(query, image, one, stages);
            List<OwnSlices.Similar> own = search.ownSlices(label);
            if (own.isEmpty()) {
                return Optional.empty();
            }
            labels.add(search.alone(label, own));
        }
        return Optional.of(labels);
    }

    /** What every level finds for the first label, before any fusion. */
    LevelRanking rank(Query query, Raster image, SearchedPool scope, InferenceSlot slot) {
        Search search = search(query, image, scope, new Stages());
        Task.Label label = scope.labels().getFirst();
        Map<Level, List<UUID>> found;
        try {
            found =
                    search.supports.rank(
                            image,
                            search.vector,
                            search.request(label, EVENLY),
                            similar -> search.firstAnswers(slot, similar));
        } catch (RetrievalException e) {
            throw search.named(e);
        }
        return new LevelRanking(
                found,
                catalog.supports(
                        scope.pool().grant(),
                        scope.version(),
                        label.id(),
                        found.values().stream().flatMap(List::stream).distinct().toList()));
    }

    private Search search(Query query, Raster image, SearchedPool scope, Stages stages) {
        float[] vector = stages.time("embed", () -> embedder.embed(image));
        stages.time(
                "await",
                () -> {
                    projector.awaitCommitted();
                    return true;
                });
        SupportRetriever retriever =
                new SupportRetriever(
                        projector.search(),
                        indexes.locations().orElse(null),
                        indexes.objects().orElse(null));
        return new Search(
                query,
                image,
                scope,
                stages.time("fingerprint", () -> Fingerprint.of(image)),
                retriever,
                vector,
                stages);
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
        indexes.locations().ifPresent(locations -> levels.add(Level.LOCATION));
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

    /** One query's search, label by label. */
    private final class Search {
        private final Query query;
        private final Raster image;
        private final SearchedPool scope;

        /**
         * Under which the catalogue may know the query's own pixels, first that of the canonical.
         */
        private final List<String> pixels;

        private final Fingerprint picture;
        private final SupportSearch supports;

        /** Whether the query is to go on, asked before each picture that is read. */
        private final Runnable check;

        /** What must not serve because of the picture that it shows, by label. */
        private final Map<Integer, Map<UUID, Answer.LeftOut>> leftOut = new HashMap<>();

        /** Of the whole image. */
        private final float[] vector;

        Search(
                Query query,
                Raster image,
                SearchedPool scope,
                Fingerprint picture,
                SupportRetriever retriever,
                float[] vector,
                Stages stages) {
            this.check = stages::check;
            this.query = query;
            this.image = image;
            this.scope = scope;
            this.pixels = catalog.pixelHashes(image);
            this.picture = picture;
            this.supports =
                    new SupportSearch(
                            retriever,
                            indexes.locations().isEmpty()
                                    ? null
                                    : encoders.locations().orElse(null),
                            indexes.objects().isEmpty() ? null : encoders.objects().orElse(null),
                            (request, images) -> refuses(request.filter().labelId(), images),
                            stages);
            this.vector = vector;
        }

        SupportRequest request(Task.Label label, PoolChoices.Weighing weighing) {
            return new SupportRequest(
                    filter(label).excludingImages(ownPixels(label)),
                    query.supportSize(),
                    query.strategy(),
                    weighing.temperature(),
                    weighing.fusion(),
                    query.seed());
        }

        /** What the pool version holds of the query's own pixels, which the index never offers. */
        private Set<UUID> ownPixels(Task.Label label) {
            Map<UUID, Answer.LeftOut> own =
                    leftOut.computeIfAbsent(label.id(), id -> new LinkedHashMap<>());
            Set<UUID> images = new LinkedHashSet<>();
            catalog.ownPixels(
                            scope.pool().grant(),
                            scope.version(),
                            label.id(),
                            pixels,
                            query.site(),
                            query.patient())
                    .forEach((image, support) -> {
                        images.add(image);
                        own.put(
                                image,
                                SamePictures.leftOut(support, Answer.LeftOut.Reason.OWN_PIXELS, 1));
                    });
            return images;
        }

        /** Those of some images that show the query's picture, or another support's. */
        private Set<UUID> refuses(int label, List<UUID> images) {
            Map<UUID, Support> known =
                    catalog.supports(scope.pool().grant(), scope.version(), label, images);
            Map<UUID, Answer.LeftOut> refused = new LinkedHashMap<>();
            pictures.among(
                            picture,
                            images.stream().map(id -> held(known, id)).toList(),
                            query.nearDuplicates(),
                            check)
                    .forEach(one -> refused.put(one.imageId(), one));
            leftOut.computeIfAbsent(label, id -> new LinkedHashMap<>()).putAll(refused);
            return refused.keySet();
        }

        /** A refusal in the names that people know. */
        RetrievalException named(RetrievalException refusal) {
            return refusal.named(
                    query.task(),
                    scope.pool().name(),
                    id ->
                            scope.labels().stream()
                                    .filter(label -> label.id() == id)
                                    .map(Task.Label::name)
                                    .findFirst()
                                    .orElseThrow());
        }

        /** The masks that the most similar images give, one a label. */
        List<Mask> firstAnswers(InferenceSlot slot, List<SupportSet> similar) {
            List<List<Answer.UsedSupport>> known = new ArrayList<>();
            for (Task.Label label : scope.labels()) {
                known.add(resolve(similar.get(known.size()), label));
            }
            return slot
                    .segment(
                            image,
                            known,
                            inference.settings(slot.encoded()),
                            List.of(),
                            new Stages())
                    .stream()
                    .map(answer -> answer.segmentation().mask())
                    .toList();
        }

        /** What was found, as the catalogue knows it. */
        Retrieval.LabelSupports known(Task.Label label, SupportSearch.Found found) {
            SupportFilter asked = found.request().filter();
            double nearest =
                    projector.search().search(vector, asked, 1).hits().getFirst().similarity();
            return new Retrieval.LabelSupports(
                    label,
                    found.supports(),
                    found.features().locations().stream()
                            .map(one -> new Answer.Point(one.point().x(), one.point().y()))
                            .toList(),
                    nearest,
                    OwnSlices.with(ownSlices(label), resolve(found.supports(), label)),
                    SamePictures.told(
                            leftOut.getOrDefault(label.id(), Map.of()).values(),
                            asked,
                            projector.search()));
        }

        /** Own slices of the study, with nothing else of the pool. */
        Retrieval.LabelSupports alone(Task.Label label, List<OwnSlices.Similar> own) {
            List<Answer.UsedSupport> supports = OwnSlices.alone(own, query.supportSize());
            return new Retrieval.LabelSupports(
                    label,
                    OwnSlices.set(supports, query.supportSize()),
                    List.of(),
                    own.stream().mapToDouble(OwnSlices.Similar::similarity).max().orElseThrow(),
                    supports,
                    List.of());
        }

        /** Whether slices of the query's own study may support it. */
        boolean mayUseOwnSlices() {
            return scope.pool().ownStudy() && query.slice() != null && query.patient() != null;
        }

        /** The nearest annotated slices of the query's study, where the pool lets them serve. */
        private List<OwnSlices.Similar> ownSlices(Task.Label label) {
            Answer.SliceOfStudy slice = query.slice();
            if (!scope.pool().ownStudy() || slice == null || query.patient() == null) {
                return List.of();
            }
            return OwnSlices.nearest(
                            slice.number(),
                            policies.ownSlices(
                                    scope.pool().grant(),
                                    scope.version(),
                                    label.id(),
                                    query.patient(),
                                    slice,
                                    pixels))
                    .stream()
                    .map(support -> new OwnSlices.Similar(support, similarity(support)))
                    .toList();
        }

        /** To the whole query; 0 where the index does not have it yet. */
        private double similarity(Support support) {
            return projector.search().of(support.imageId()).stream()
                    .findFirst()
                    .map(entry -> Vectors.product(vector, entry.vector()))
                    .orElse(0.0);
        }

        private SupportFilter filter(Task.Label label) {
            return new SupportFilter(
                    scope.pool().grant(),
                    scope.version(),
                    label.id(),
                    USABLE,
                    query.site() == null ? null : Projections.siteKey(query.site()),
                    query.patient() == null ? null : projector.patientKey(query.patient()),
                    pixels.getFirst());
        }

        /** The annotations behind the images that the index found. */
        private List<Answer.UsedSupport> resolve(SupportSet set, Task.Label label) {
            Map<UUID, Support> supports =
                    catalog.supports(
                            scope.pool().grant(),
                            scope.version(),
                            label.id(),
                            set.supports().stream()
                                    .map(SupportSet.WeightedSupport::imageId)
                                    .toList());
            return set.supports().stream()
                    .map(weighted -> used(held(supports, weighted.imageId()), weighted))
                    .toList();
        }

        private Support held(Map<UUID, Support> supports, UUID image) {
            Support support = supports.get(image);
            if (support == null) {
                if (outbox.project(List.of(image)).getFirst().isErased()) {
                    throw CatalogException.erasedMeanwhile();
                }
                throw new IllegalStateException(
                        "the index offers image "
                                + image
                                + ", which version "
                                + scope.version()
                                + " of the pool does not hold: run `precedent index verify`");
            }
            return support;
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
