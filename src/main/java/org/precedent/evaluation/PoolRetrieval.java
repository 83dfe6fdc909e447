package org.precedent.evaluation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.Scope;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.evaluation.SupportChooser.Question;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEntry;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.SupportFilter;
import org.precedent.index.exact.ExactImageIndex;
import org.precedent.index.exact.ExactLocationIndex;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.StageTimer;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.SupportRequest;
import org.precedent.retrieval.SupportRetriever;
import org.precedent.retrieval.SupportSearch;
import org.precedent.retrieval.SupportSet;
import org.precedent.retrieval.Temperature;

/**
 * The service's own way of finding supports over the images of one dataset: each question's
 * candidates are a pool in memory, with exact indexes of images, locations and objects, that {@link
 * SupportSearch} searches as it searches the catalogue's. Nothing is chosen or compared here.
 *
 * <p>Every image is embedded once. Two images with long vectors (see {@link Similarities}) are
 * compared once: in a question's pool they stand in the plane that the two vectors span, where they
 * have the same cosine.
 */
public final class PoolRetrieval {
    /** The one label of the one pool in memory, at its only version. */
    private static final SupportFilter POOL =
            new SupportFilter(
                    Scope.machine().anyPool(1),
                    1,
                    1,
                    Set.of(ReviewState.APPROVED),
                    null,
                    null,
                    null,
                    Set.of());

    private static final List<IndexEntry.Membership> MEMBER =
            List.of(
                    new IndexEntry.Membership(
                            1, 1, ReviewState.APPROVED, 1, IndexEntry.Membership.STILL));

    private final EmbeddingSpace space;
    private final Similarities similarities;
    private final @Nullable LocationEmbedder locations;
    private final @Nullable ObjectEmbedder objects;
    private final Map<String, List<LocationEmbedder.Location>> keys = new HashMap<>();
    private final Map<String, float[]> objectVectors = new HashMap<>();
    private final Map<String, String> pixels = new HashMap<>();

    /** With whole images as the only level. */
    public PoolRetrieval(ImageEmbedder embedder) {
        this(embedder, null, null);
    }

    /**
     * @param locations null where no network gives locations their vectors
     * @param objects null where none gives objects theirs
     */
    public PoolRetrieval(
            ImageEmbedder embedder,
            @Nullable LocationEmbedder locations,
            @Nullable ObjectEmbedder objects) {
        this.space = embedder.space();
        this.similarities = new Similarities(embedder);
        this.locations = locations;
        this.objects = objects;
    }

    /** The space of whole images. */
    public EmbeddingSpace space() {
        return space;
    }

    /** The most similar images. */
    public SupportChooser nearest() {
        return new Chooser(Strategy.IMAGE);
    }

    /**
     * Drawn with equal chances. For one seed a smaller set is a part of a larger one, and the same
     * whatever the embedder.
     */
    public SupportChooser random() {
        return new Chooser(Strategy.RANDOM);
    }

    /**
     * Every way of choosing whose embedders are there, random first; the levels are fused evenly.
     */
    public List<SupportChooser> choosers() {
        List<SupportChooser> choosers = new ArrayList<>(List.of(random(), nearest()));
        if (locations != null) {
            choosers.add(new Chooser(Strategy.LOCATION));
        }
        if (objects != null) {
            choosers.add(new Chooser(Strategy.OBJECT));
        }
        if (locations != null || objects != null) {
            choosers.add(new FusedChooser(new Levels(), Fusion.EVEN));
        }
        return choosers;
    }

    private final class Chooser implements SupportChooser {
        private final Strategy strategy;

        Chooser(Strategy strategy) {
            this.strategy = strategy;
        }

        @Override
        public String name() {
            return strategy.word();
        }

        @Override
        public boolean isDrawn() {
            return strategy == Strategy.RANDOM;
        }

        @Override
        public List<Scored> choose(Question question) {
            return new Pool(question).choose(strategy, Fusion.EVEN);
        }
    }

    private final class Levels implements FusedChooser.Levels {
        @Override
        public List<Level> levels() {
            List<Level> levels = new ArrayList<>(List.of(Level.IMAGE));
            if (locations != null) {
                levels.add(Level.LOCATION);
            }
            if (objects != null) {
                levels.add(Level.OBJECT);
            }
            return levels;
        }

        @Override
        public List<Scored> choose(Question question, Fusion fusion) {
            return new Pool(question).choose(Strategy.FUSED, fusion);
        }

        @Override
        public StructureRanking rank(Question question) {
            return new Pool(question).rank();
        }
    }

    /** The candidates of one question as a pool. */
    private final class Pool {
        private final Question question;
        private final Map<UUID, Annotated> candidates = new TreeMap<>(ImageSearch.ID_ORDER);
        private final float[] vector;
        private final SupportSearch search;

        Pool(Question question) {
            this.question = question;
            for (Annotated one : question.candidates()) {
                candidates.put(id(one), one);
            }
            this.vector =
                    similarities.isLong()
                            ? new float[] {1, 0}
                            : similarities.vector(question.id(), question.query());
            EmbeddingSpace compared =
                    similarities.isLong()
                            ? new EmbeddingSpace(
                                    space.encoder(), space.encoderHash(), Level.IMAGE, 2)
                            : space;
            ImageIndex images = index(compared, this::image);
            LocationEmbedder locating = locations;
            ObjectEmbedder describing = objects;
            SupportRetriever retriever =
                    new SupportRetriever(
                            images,
                            locating == null
                                    ? null
                                    : (vectors, filter, count) ->
                                            locations(locating, images)
                                                    .search(vectors, filter, count),
                            describing == null
                                    ? null
                                    : (object, filter, count) ->
                                            index(
                                                            describing.space(),
                                                            one -> object(describing, one))
                                                    .search(object, filter, count));
            this.search =
                    new SupportSearch(
                            retriever,
                            locations,
                            objects,
                            SupportSearch.Screen.OPEN,
                            StageTimer.NONE);
        }

        List<Scored> choose(Strategy strategy, Fusion fusion) {
            return scored(
                    search.find(
                                    question.query(),
                                    vector,
                                    List.of(request(strategy, fusion)),
                                    similar ->
                                            List.of(
                                                    question.firstPass()
                                                            .from(scored(similar.getFirst()))
                                                            .mask()))
                            .getFirst()
                            .supports());
        }

        StructureRanking rank() {
            return new StructureRanking(
                    search.rank(
                            question.query(),
                            vector,
                            request(Strategy.FUSED, Fusion.EVEN),
                            similar ->
                                    List.of(
                                            question.firstPass()
                                                    .from(scored(similar.getFirst()))
                                                    .mask())),
                    this::candidate);
        }

        private SupportRequest request(Strategy strategy, Fusion fusion) {
            return new SupportRequest(
                    POOL, question.k(), strategy, Temperature.UNIFORM, fusion, question.seed());
        }

        private List<Scored> scored(SupportSet found) {
            return found.supports().stream()
                    .map(one -> new Scored(candidate(one.imageId()), one.similarity()))
                    .toList();
        }

        private Annotated candidate(UUID id) {
            return Objects.requireNonNull(candidates.get(id));
        }

        private ImageIndex index(EmbeddingSpace of, Function<Annotated, float[]> embed) {
            List<ImageIndex.Change> changes = new ArrayList<>();
            candidates.forEach((id, one) ->
                    changes.add(
                            new ImageIndex.Change.Put(
                                    new IndexEntry(
                                            id,
                                            embed.apply(one),
                                            "",
                                            one.patient(),
                                            pixels(one),
                                            MEMBER))));
            ImageIndex index = new ExactImageIndex(of);
            index.apply(changes, 1);
            return index;
        }

        private float[] image(Annotated one) {
            if (!similarities.isLong()) {
                return similarities.vector(one.id(), one.image());
            }
            double cosine =
                    Math.clamp(
                            similarities.of(question.id(), question.query(), one.id(), one.image()),
                            -1,
                            1);
            return new float[] {(float) cosine, (float) Math.sqrt(1 - cosine * cosine)};
        }

        private LocationSearch locations(LocationEmbedder embedder, ImageIndex images) {
            Map<UUID, List<LocationEmbedder.Location>> held = new HashMap<>();
            candidates.forEach((id, one) ->
                    held.put(id, keys.computeIfAbsent(one.id(), i -> embedder.keys(one.image()))));
            LocationIndex index = new ExactLocationIndex(embedder.space(), () -> images);
            index.put(held, 1);
            return index;
        }
    }

    /** What stands for a case in the pool. */
    static UUID id(Annotated one) {
        return UUID.nameUUIDFromBytes(one.id().getBytes(StandardCharsets.UTF_8));
    }

    private String pixels(Annotated one) {
        return pixels.computeIfAbsent(one.id(), id -> Sha256.of(one.image().toNetpbm()));
    }

    /** A falsified mask is another object: not kept. */
    private float[] object(ObjectEmbedder embedder, Annotated one) {
        return one.isGenuine()
                ? objectVectors.computeIfAbsent(
                        one.label() + "\0" + one.id(), i -> embedder.embed(one.image(), one.mask()))
                : embedder.embed(one.image(), one.mask());
    }
}
