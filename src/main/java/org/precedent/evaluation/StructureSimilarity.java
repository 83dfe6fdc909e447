package org.precedent.evaluation;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.imaging.Contour;
import org.precedent.index.LocationSearch;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.LocationVote;

/**
 * Choosing by what a first answer shows: by the places along its contour, by its object, or by all
 * levels together. The same vote and fusion as in the service, over every vector of the candidates:
 * exact. Every image of one dataset is embedded once.
 */
public final class StructureSimilarity {
    /** Points along the contour of the first answer. */
    public static final int POINTS = 16;

    private static final Comparator<SupportChooser.Scored> BY_SIMILARITY =
            Comparator.comparingDouble(SupportChooser.Scored::similarity)
                    .reversed()
                    .thenComparing(scored -> scored.support().id());

    private final @Nullable LocationEmbedder locations;
    private final @Nullable ObjectEmbedder objects;
    private final Map<String, List<LocationEmbedder.Place>> keys = new HashMap<>();
    private final Map<String, float[]> vectors = new HashMap<>();

    /**
     * @param locations null where no network gives places their vectors
     * @param objects null where none gives objects theirs
     */
    public StructureSimilarity(
            @Nullable LocationEmbedder locations, @Nullable ObjectEmbedder objects) {
        this.locations = locations;
        this.objects = objects;
    }

    /** The choosers whose embedders are there: location, object, fused with the image level. */
    public List<SupportChooser> choosers(SupportChooser images, Fusion fusion) {
        Map<Level, SupportChooser> levels = new EnumMap<>(Level.class);
        levels.put(Level.IMAGE, images);
        if (locations != null) {
            levels.put(Level.LOCATION, byLocation(locations));
        }
        if (objects != null) {
            levels.put(Level.OBJECT, byObject(objects));
        }
        List<SupportChooser> choosers = new ArrayList<>();
        levels.forEach((level, chooser) -> {
            if (level != Level.IMAGE) {
                choosers.add(chooser);
            }
        });
        if (levels.size() > 1) {
            choosers.add(new FusedChooser(levels, fusion));
        }
        return choosers;
    }

    private SupportChooser byLocation(LocationEmbedder embedder) {
        return chooser(
                "location",
                question -> {
                    List<Contour.Point> points =
                            Contour.spread(question.firstPass().get().mask(), POINTS);
                    List<LocationEmbedder.Place> queries =
                            embedder.questions(question.query()).at(points).stream()
                                    .map(LocationEmbedder.Question::place)
                                    .toList();
                    Map<UUID, Annotated> byId = new HashMap<>();
                    List<List<LocationSearch.Hit>> found = new ArrayList<>();
                    queries.forEach(query -> found.add(new ArrayList<>()));
                    for (Annotated one : question.candidates()) {
                        UUID id = UUID.nameUUIDFromBytes(one.id().getBytes(StandardCharsets.UTF_8));
                        byId.put(id, one);
                        List<LocationEmbedder.Place> places =
                                keys.computeIfAbsent(one.id(), i -> embedder.keys(one.image()));
                        for (int q = 0; q < queries.size(); q++) {
                            found.get(q).add(best(id, queries.get(q).vector(), places));
                        }
                    }
                    for (List<LocationSearch.Hit> places : found) {
                        places.sort(
                                Comparator.comparingDouble(LocationSearch.Hit::similarity)
                                        .reversed());
                    }
                    return LocationVote.vote(found, question.k()).stream()
                            .map(candidate ->
                                    new SupportChooser.Scored(
                                            Objects.requireNonNull(byId.get(candidate.imageId())),
                                            candidate.similarity()))
                            .sorted(BY_SIMILARITY)
                            .toList();
                });
    }

    private static LocationSearch.Hit best(
            UUID id, float[] query, List<LocationEmbedder.Place> places) {
        LocationSearch.Hit best = new LocationSearch.Hit(id, -1, Float.NEGATIVE_INFINITY);
        for (LocationEmbedder.Place place : places) {
            float similarity = (float) dot(query, place.vector());
            if (similarity > best.similarity()) {
                best = new LocationSearch.Hit(id, place.cell(), similarity);
            }
        }
        return best;
    }

    private SupportChooser byObject(ObjectEmbedder embedder) {
        return chooser(
                "object",
                question -> {
                    float[] query =
                            embedder.embed(question.query(), question.firstPass().get().mask());
                    return question.candidates().stream()
                            .map(one ->
                                    new SupportChooser.Scored(
                                            one, dot(query, vector(embedder, one))))
                            .sorted(BY_SIMILARITY)
                            .limit(question.k())
                            .toList();
                });
    }

    /** A falsified mask is another object: not kept. */
    private float[] vector(ObjectEmbedder embedder, Annotated one) {
        return one.isGenuine()
                ? vectors.computeIfAbsent(
                        one.label() + "\0" + one.id(), i -> embedder.embed(one.image(), one.mask()))
                : embedder.embed(one.image(), one.mask());
    }

    private static SupportChooser chooser(
            String name, Function<SupportChooser.Question, List<SupportChooser.Scored>> choose) {
        return new SupportChooser() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public boolean isDrawn() {
                return false;
            }

            @Override
            public List<Scored> choose(Question question) {
                return choose.apply(question);
            }
        };
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
