package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Sight;
import org.precedent.catalog.Sight.Reach;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.ImageRecords.Annotated;
import org.precedent.catalog.review.Reviews;
import org.precedent.curation.Curation;
import org.precedent.curation.FilterWords;
import org.precedent.imaging.Raster;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.ViewerLabels.Saved;

/**
 * The label maps of images, by their tags. {@code final} of a stored image that no viewer saved
 * anything for is what the catalogue holds: the newest annotation of each label that nobody
 * rejected. A tag that is saved again has versions: {@code TAG@1} is the first. Where several tasks
 * have a tag, {@code TASK.TAG} says which.
 */
@ApplicationScoped
public class LabelMaps {
    /** The tag that counts. */
    public static final String FINAL = "final";

    private static final int MOST_VALUES = 255;

    private final Datastore datastore;
    private final ViewerLabels labels;
    private final Catalog catalog;
    private final BlobStore blobs;
    private final Curation curation;
    private final Reviews reviews;
    private final Sight sight;

    LabelMaps(
            Datastore datastore,
            ViewerLabels labels,
            Catalog catalog,
            BlobStore blobs,
            Curation curation,
            Reviews reviews,
            Sight sight) {
        this.datastore = datastore;
        this.labels = labels;
        this.catalog = catalog;
        this.blobs = blobs;
        this.curation = curation;
        this.reviews = reviews;
        this.sight = sight;
    }

    /**
     * A label map that there is.
     *
     * @param saved as a viewer saved it; null for what the catalogue holds of itself
     * @param version of the tag, from 1
     * @param info what viewers keep with it, a JSON object
     */
    public record Tagged(
            String tag,
            Task task,
            int version,
            @Nullable Long saved,
            int axis,
            String info,
            List<Annotated> annotations) {
        public Tagged {
            annotations = List.copyOf(annotations);
        }

        /** What viewers call the state of a label map: approved, flagged or segmented. */
        public String status() {
            boolean approved =
                    annotations.stream().allMatch(one -> one.state() == ReviewState.APPROVED);
            boolean flagged =
                    annotations.stream()
                            .anyMatch(one ->
                                    one.state() == ReviewState.REJECTED
                                            || one.state() == ReviewState.RETIRED);
            return flagged
                    ? "flagged"
                    : approved && !annotations.isEmpty() ? "approved" : "segmented";
        }
    }

    /** The tags of images, newest versions only; an image without any is not in the map. */
    public Map<UUID, Map<String, Tagged>> tags(Scope scope, List<Item> items) {
        Map<UUID, List<Tagged>> all = all(scope, items);
        Map<UUID, Map<String, Tagged>> tags = new HashMap<>();
        all.forEach((image, versions) -> {
            Map<List<Object>, Tagged> newest = new LinkedHashMap<>();
            versions.forEach(one -> newest.put(List.of(one.task().id(), one.tag()), one));
            Map<String, Tagged> named = new LinkedHashMap<>();
            newest.values()
                    .forEach(one -> {
                        boolean alone =
                                newest.values().stream()
                                                .filter(other -> other.tag().equals(one.tag()))
                                                .count()
                                        == 1;
                        named.put(alone ? one.tag() : one.task().name() + "." + one.tag(), one);
                    });
            tags.put(image, named);
        });
        return tags;
    }

    /** Every version of every tag, by image, the earliest first. */
    private Map<UUID, List<Tagged>> all(Scope scope, List<Item> items) {
        Map<Integer, Task> tasks = new HashMap<>();
        catalog.tasks(scope).forEach(task -> tasks.put(task.id(), task));
        List<Saved> saved = labels.of(items.stream().map(Item::row).toList());
        Set<Long> ids = new HashSet<>();
        saved.forEach(one -> ids.addAll(one.annotations()));
        Map<Long, Annotated> byId = new HashMap<>();
        datastore.annotations(scope, ids).forEach(one -> byId.put(one.id(), one));
        Map<UUID, List<Tagged>> all = new LinkedHashMap<>();
        datastore
                .annotations(scope, items)
                .forEach((image, annotations) ->
                        all.computeIfAbsent(image, i -> new ArrayList<>())
                                .addAll(held(annotations, saved, tasks)));
        for (Saved one : saved) {
            Task task = tasks.get(one.taskId());
            List<Annotated> left =
                    one.annotations().stream().map(byId::get).filter(Objects::nonNull).toList();
            if (task == null || left.isEmpty()) {
                continue; // what is not for this caller, or was erased
            }
            List<Tagged> versions = all.computeIfAbsent(one.image(), i -> new ArrayList<>());
            int version =
                    1
                            + (int)
                                    versions.stream()
                                            .filter(other ->
                                                    other.task().id() == task.id()
                                                            && other.tag().equals(one.tag()))
                                            .count();
            // What another site's people wrote is theirs.
            boolean others = left.stream().allMatch(a -> a.author() == null);
            versions.add(
                    new Tagged(
                            one.tag(),
                            task,
                            version,
                            one.id(),
                            one.axis(),
                            others ? "{}" : one.info(),
                            left));
        }
        all.values().removeIf(List::isEmpty);
        return all;
    }

    /** What the catalogue holds of a stored image, task by task, where no viewer saved it. */
    private static List<Tagged> held(
            List<Annotated> annotations, List<Saved> saved, Map<Integer, Task> tasks) {
        Map<Integer, Map<String, Annotated>> byTask = new LinkedHashMap<>();
        for (Annotated one : annotations) {
            if (one.state() != ReviewState.REJECTED && one.state() != ReviewState.RETIRED) {
                byTask.computeIfAbsent(one.taskId(), t -> new LinkedHashMap<>())
                        .merge(
                                one.label(),
                                one,
                                (old, now) -> now.version() > old.version() ? now : old);
            }
        }
        List<Tagged> held = new ArrayList<>();
        byTask.forEach((id, labels) -> {
            Task task = tasks.get(id);
            UUID image = annotations.getFirst().imageId();
            List<Saved> here =
                    saved.stream()
                            .filter(one ->
                                    one.image().equals(image)
                                            && one.taskId() == id
                                            && one.tag().equals(FINAL))
                            .toList();
            if (task != null && here.stream().allMatch(one -> one.annotations().isEmpty())) {
                Saved said = here.isEmpty() ? null : here.getLast();
                boolean others = labels.values().stream().allMatch(a -> a.author() == null);
                held.add(
                        new Tagged(
                                FINAL,
                                task,
                                1,
                                said == null ? null : said.id(),
                                -1,
                                said == null || others ? "{}" : said.info(),
                                List.copyOf(labels.values())));
            }
        });
        return held;
    }

    /**
     * The label map of a tag.
     *
     * @throws ViewerException UNKNOWN_TAG
     */
    public Tagged require(Scope scope, Item item, String tag) {
        Collection<String> known =
                tags(scope, List.of(item)).getOrDefault(item.row(), Map.of()).keySet();
        List<Tagged> versions = all(scope, List.of(item)).getOrDefault(item.row(), List.of());
        int at = tag.lastIndexOf('@');
        String wanted = at < 0 ? tag : tag.substring(0, at);
        String number = at < 0 ? "" : tag.substring(at + 1);
        List<Tagged> found =
                versions.stream()
                        .filter(one ->
                                one.tag().equals(wanted)
                                        || (one.task().name() + "." + one.tag()).equals(wanted))
                        .filter(one ->
                                number.isEmpty() || number.equals(Integer.toString(one.version())))
                        .toList();
        if (found.isEmpty()) {
            throw ViewerException.unknownTag(item.id(), tag, known);
        }
        return found.getLast();
    }

    /**
     * The voxels of a label map: one value of the legend each, i fastest.
     *
     * @param legend label to value
     */
    public byte[] map(ViewedImage image, Tagged tagged, Map<String, Integer> legend) {
        if (legend.size() > MOST_VALUES) {
            throw ServiceException.badParameter(
                    "task",
                    tagged.task().name(),
                    "at most " + MOST_VALUES + " labels, as a label map of bytes has values");
        }
        byte[] map = new byte[Math.toIntExact(image.grid().voxels())];
        Slicing slicing =
                tagged.axis() < 0
                        ? null
                        : Slicing.of(
                                image.grid(),
                                List.of(SliceAxis.I, SliceAxis.J, SliceAxis.K).get(tagged.axis()));
        for (Annotated one : tagged.annotations()) {
            byte value = (byte) legend.getOrDefault(one.label(), 0).intValue();
            Integer slice = one.sliceIndex();
            if (one.area() == 0 || value == 0) {
                continue;
            }
            Raster mask = Raster.fromNetpbm(blobs.get(one.maskSha256()));
            for (int y = 0; y < mask.height(); y++) {
                for (int x = 0; x < mask.width(); x++) {
                    if (mask.samples()[y * mask.width() + x] != 0) {
                        map[
                                        slicing == null || slice == null
                                                ? y * mask.width() + x
                                                : slicing.index(slice, x, y)] =
                                value;
                    }
                }
            }
        }
        return map;
    }

    /**
     * Keeps what a viewer says of a label map: a JSON object.
     *
     * @throws org.precedent.access.AccessException where it is another site's, which shares it to
     *     be read
     */
    public void describe(Scope scope, Item item, Tagged tagged, String info) {
        scope.require(Action.INGEST);
        requireOwn(scope, tagged);
        Long saved = tagged.saved();
        if (saved != null) {
            labels.describe(saved, info);
            return;
        }
        // Without annotations: the label map goes on being what the catalogue holds.
        labels.add(
                scope,
                new ViewerLabels.Place(
                        item instanceof Item.Upload,
                        item.row(),
                        tagged.task().id(),
                        tagged.tag(),
                        tagged.axis()),
                info,
                List.of());
    }

    private void requireOwn(Scope scope, Tagged tagged) {
        Reach reach = sight.of(scope);
        tagged.annotations().forEach(one -> reviews.requireMayChange(reach, one.id()));
    }

    /** Brings all annotations of a label map into a review state, as a curator would. */
    public void review(Scope scope, Tagged tagged, ReviewState state, String reason) {
        review(scope, List.of(tagged), state, reason);
    }

    private void review(Scope scope, List<Tagged> versions, ReviewState state, String reason) {
        Set<Long> ids = new HashSet<>();
        versions.forEach(one -> one.annotations().forEach(a -> ids.add(a.id())));
        curation.review(
                ids,
                FilterWords.ofIds(Set.of()),
                state.word(),
                null,
                Because.of(scope, reason),
                false);
    }

    /**
     * Removes a tag with all its versions; for whoever saved it, and for curators, who retire its
     * annotations by that. Nothing is lost: an annotation that was retired can be taken back.
     */
    public void remove(Scope scope, Item item, Tagged tagged) {
        Optional<Saved> saved =
                labels.of(List.of(item.row())).stream()
                        .filter(one -> Objects.equals(one.id(), tagged.saved()))
                        .findFirst();
        requireOwn(scope, tagged);
        if (saved.isEmpty() || !saved.get().author().equals(scope.name())) {
            scope.require(Action.REVIEW);
        }
        if (scope.may(Action.REVIEW)) {
            // Those of every version: an earlier one may be what the pool holds.
            List<Tagged> versions =
                    all(scope, List.of(item)).getOrDefault(item.row(), List.of()).stream()
                            .filter(one ->
                                    one.task().id() == tagged.task().id()
                                            && one.tag().equals(tagged.tag()))
                            .toList();
            review(scope, versions, ReviewState.RETIRED, "removed in a viewer");
        }
        saved.ifPresent(labels::remove);
    }
}
