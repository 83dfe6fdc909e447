package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.curation.CurationLists;
import org.precedent.curation.ListEntry;
import org.precedent.curation.ListRequest;
import org.precedent.imaging.Raster;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.LabelMaps.Tagged;
import org.precedent.viewer.Models.Model;

/** Which upload to label next, of those that have no final label yet. */
@ApplicationScoped
public class NextImage {
    /** Uploads that a ranking looks at, and images that each is compared with, at most. */
    private static final int MOST = 200;

    private final Datastore datastore;
    private final LabelMaps labels;
    private final CurationLists lists;
    private final Clock clock;

    NextImage(Datastore datastore, LabelMaps labels, CurationLists lists, Clock clock) {
        this.datastore = datastore;
        this.labels = labels;
        this.lists = lists;
        this.clock = clock;
    }

    /** How it is chosen. */
    public enum Strategy {
        /** By chance, older ones more likely: their weight is their age. */
        RANDOM,
        /** The earliest. */
        FIRST,
        /** The one that would teach a pool most, by the ranking {@code next} of its lists. */
        NEXT
    }

    /**
     * A choice.
     *
     * @param weight what it was chosen by: its share of the age of all, or the ranking's score
     */
    public record Choice(Item.Upload item, double weight) {}

    /**
     * Chooses.
     *
     * @param model whose pool is to be taught; used by {@link Strategy#NEXT} alone
     * @param random draws by chance
     * @return empty where every upload has a final label
     */
    public Optional<Choice> choose(
            Scope scope, Strategy strategy, @Nullable Model model, RandomGenerator random) {
        scope.require(Action.ASK);
        List<Item> all = datastore.list(scope);
        Map<UUID, Map<String, Tagged>> tags = labels.tags(scope, all);
        List<Item.Upload> open =
                all.stream()
                        .filter(Item.Upload.class::isInstance)
                        .map(Item.Upload.class::cast)
                        .filter(item ->
                                tags.getOrDefault(item.row(), Map.of()).values().stream()
                                        .noneMatch(one -> one.tag().equals(LabelMaps.FINAL)))
                        .toList();
        if (open.isEmpty()) {
            return Optional.empty();
        }
        return switch (strategy) {
            case FIRST -> Optional.of(new Choice(open.getFirst(), 1));
            case RANDOM -> Optional.of(random(open, random));
            case NEXT -> Optional.of(ranked(scope, open, model));
        };
    }

    private Choice random(List<Item.Upload> open, RandomGenerator random) {
        double now = clock.millis();
        double[] ages =
                open.stream()
                        .mapToDouble(
                                one -> Math.max(1, now - one.image().createdAt().toEpochMilli()))
                        .toArray();
        double all = 0;
        for (double age : ages) {
            all += age;
        }
        double drawn = random.nextDouble() * all;
        int at = 0;
        while (at < ages.length - 1 && drawn >= ages[at]) {
            drawn -= ages[at];
            at++;
        }
        return new Choice(open.get(at), ages[at] / all);
    }

    private Choice ranked(Scope scope, List<Item.Upload> open, @Nullable Model model) {
        if (model == null) {
            throw ServiceException.badParameter(
                    "model", "", "is missing: the task whose pool is to be taught");
        }
        Map<String, Raster> offered = new LinkedHashMap<>();
        for (Item.Upload one : open.subList(0, Math.min(MOST, open.size()))) {
            offered.put(
                    one.row().toString(),
                    ViewerSegmenter.representative(datastore.read(one), null));
        }
        List<ListEntry> ranking =
                lists.next(
                        new ListRequest(
                                scope,
                                model.task().name(),
                                model.pool().name(),
                                List.of(),
                                ListRequest.SUPPORTS,
                                MOST,
                                1),
                        offered,
                        1,
                        (label, done, total) -> {});
        for (ListEntry entry : ranking) {
            for (Item.Upload one : open) {
                if (one.row().toString().equals(entry.image())) {
                    return new Choice(one, entry.score());
                }
            }
        }
        return new Choice(open.getFirst(), 0);
    }
}
