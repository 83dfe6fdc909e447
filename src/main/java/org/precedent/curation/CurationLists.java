package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.precedent.CanonicalNames;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.AskedImages;
import org.precedent.catalog.review.PoolContents.Member;
import org.precedent.curation.ranking.Finding;
import org.precedent.curation.ranking.Gaps;
import org.precedent.curation.ranking.NetworkPool;
import org.precedent.curation.ranking.NextImages;
import org.precedent.curation.ranking.Outliers;
import org.precedent.curation.ranking.Suspects;
import org.precedent.curation.ranking.Worth;
import org.precedent.evaluation.Progress;
import org.precedent.imaging.Raster;
import org.precedent.projection.ImageSpaces;

/** The lists of a pool as it is now, worst first. */
@ApplicationScoped
public class CurationLists {
    /** Fewer annotations of a label than these are a gap, however many others have. */
    private static final int ENOUGH = 16;

    /** A label, site or modality is short where the largest has so many times as many. */
    private static final int FEW = 10;

    private final Catalog catalog;
    private final CuratedPool pools;
    private final AskedImages asked;
    private final ImageSpaces spaces;

    CurationLists(Catalog catalog, CuratedPool pools, AskedImages asked, ImageSpaces spaces) {
        this.catalog = catalog;
        this.pools = pools;
        this.asked = asked;
        this.spaces = spaces;
    }

    /**
     * Finds pictures that the pool holds twice.
     *
     * @throws org.precedent.DomainException an unknown name, or an empty pool
     */
    public List<ListEntry> duplicates(ListRequest request, Progress progress) {
        Task task = task(request);
        Pool pool = pools.require(request.scope(), task, request.pool());
        List<List<Member>> images =
                List.copyOf(pools.images(pool, catalog.labels(task, request.labels())).values());
        List<Member> firsts = images.stream().map(List::getFirst).toList();
        return pools.duplicates(request.scope(), firsts, progress).stream()
                .map(found -> ofImages(found, images, request.scope()))
                .toList();
    }

    /** Ranks the images of a pool by how unlike the others they are. */
    public List<ListEntry> outliers(ListRequest request, Progress progress) {
        Task task = task(request);
        Pool pool = pools.require(request.scope(), task, request.pool());
        return spaces.pinned(() -> {
            List<List<Member>> images =
                    List.copyOf(
                            pools.images(pool, catalog.labels(task, request.labels())).values());
            List<Member> firsts = images.stream().map(List::getFirst).toList();
            List<String> patients =
                    firsts.stream().map(m -> CanonicalNames.key(m.patient())).toList();
            return Outliers.among(
                            pools.vectors(firsts, progress),
                            (a, b) -> !patients.get(a).equals(patients.get(b)))
                    .stream()
                    .map(found -> ofImages(found, images, request.scope()))
                    .toList();
        });
    }

    /** Ranks the annotations of every label by how probably they are wrong. */
    public List<ListEntry> suspects(ListRequest request, Progress progress) {
        return ofLabels(
                request,
                (label, members) ->
                        new Suspects(pools.asked(members, progress), request.supportSize())
                                .rank(
                                        request.most(),
                                        request.seed(),
                                        counted(request, label, members, progress)));
    }

    /**
     * Ranks annotations by how much they harm, from images of the pool that ask as if they were
     * new: {@link ListRequest#most} of each label.
     */
    public List<ListEntry> worth(ListRequest request, Progress progress) {
        return ofLabels(
                request,
                (label, members) ->
                        new Worth(pools.asked(members, progress), request.supportSize())
                                .rank(
                                        request.most(),
                                        request.seed(),
                                        counted(request, label, members, progress)));
    }

    /** Tells how many of a label's annotations were asked. */
    private static IntConsumer counted(
            ListRequest request, Task.Label label, List<Member> members, Progress progress) {
        int all = Math.min(request.most(), members.size());
        return done -> progress.step(label.name(), done, all);
    }

    /**
     * Lists what is missing: queries that found nothing near, and labels with few examples.
     *
     * @param request {@link ListRequest#most} of the latest queries are looked at
     */
    public List<ListEntry> gaps(ListRequest request, Progress progress) {
        Task task = task(request);
        Pool pool = pools.require(request.scope(), task, request.pool());
        return spaces.pinned(() -> {
            List<Task.Label> labels = catalog.labels(task, request.labels());
            List<ListEntry> entries = new ArrayList<>();
            List<AskedImages.Asked> queries = asked.latest(pool, request.most());
            List<float[]> vectors = new ArrayList<>();
            for (AskedImages.Asked query : queries) {
                vectors.add(pools.vector(query.pixelsSha256()));
                progress.step("queries", vectors.size(), queries.size());
            }
            List<Member> images =
                    pools.images(pool, labels).values().stream().map(List::getFirst).toList();
            Gaps.among(vectors, pools.vectors(images, progress))
                    .forEach(gap ->
                            entries.add(
                                    ListEntry.ofQuery(
                                            queries.get(gap.subject()).name(),
                                            null,
                                            gap.score(),
                                            gap.reason())));
            entries.addAll(shortOf(pool, labels));
            entries.sort(Comparator.comparingDouble(ListEntry::score).reversed());
            return entries;
        });
    }

    /** Labels, sites and modalities with less than a tenth of what the largest of them has. */
    private List<ListEntry> shortOf(Pool pool, List<Task.Label> labels) {
        Map<String, Integer> byLabel = new TreeMap<>();
        Map<String, Integer> bySite = new TreeMap<>();
        Map<String, Integer> byModality = new TreeMap<>();
        for (Task.Label label : labels) {
            List<Member> members = pools.members(pool, label);
            byLabel.put(label.name(), members.size());
            for (Member member : members) {
                if (pool.grant().scope().owns(member.site())) {
                    bySite.merge(member.site(), 1, Integer::sum);
                }
                byModality.merge(member.modality(), 1, Integer::sum);
            }
        }
        List<ListEntry> entries = new ArrayList<>();
        few("label", byLabel, entries);
        few("site", bySite, entries);
        few("modality", byModality, entries);
        return entries;
    }

    private static void few(String what, Map<String, Integer> counts, List<ListEntry> entries) {
        int most = counts.values().stream().mapToInt(i -> i).max().orElse(0);
        counts.forEach((name, count) -> {
            if (count * FEW < most || count < ENOUGH && what.equals("label")) {
                entries.add(
                        ListEntry.ofQuery(
                                null,
                                what.equals("label") ? name : null,
                                1 - (double) count / Math.max(most, ENOUGH),
                                "%s %s has %d annotations; the largest has %d"
                                        .formatted(what, name, count, most)));
            }
        });
    }

    /**
     * Says which images to annotate next: some drawn at random, and then as many chosen ones.
     *
     * @param request one label; {@link ListRequest#most} candidates are asked at most
     * @param offered images that are not in the catalogue, by name; where there are none, the
     *     images of recorded queries that the pool does not hold
     * @param count to draw, and to choose
     */
    public List<ListEntry> next(
            ListRequest request, Map<String, Raster> offered, int count, Progress progress) {
        Task task = task(request);
        Pool pool = pools.require(request.scope(), task, request.pool());
        return spaces.pinned(() -> {
            List<ListEntry> entries = new ArrayList<>();
            for (Task.Label label : catalog.labels(task, request.labels())) {
                List<Member> members = pools.members(pool, label);
                NetworkPool known = pools.asked(members, progress);
                Map<String, Raster> images =
                        offered.isEmpty() ? unannotated(pool, members, request.most()) : offered;
                List<String> names = List.copyOf(images.keySet());
                List<NextImages.Candidate> candidates = new ArrayList<>();
                for (int at : drawn(names.size(), request)) {
                    Raster image = Objects.requireNonNull(images.get(names.get(at)));
                    float[] vector = spaces.embedder().embed(image);
                    candidates.add(
                            new NextImages.Candidate(
                                    vector,
                                    known.expectedDice(image, vector, request.supportSize())));
                    progress.step(
                            label.name(),
                            candidates.size(),
                            Math.min(names.size(), request.most()));
                }
                List<float[]> annotated = new ArrayList<>();
                for (int i = 0; i < known.size(); i++) {
                    annotated.add(known.vector(i));
                }
                NextImages.of(candidates, annotated, count, request.seed())
                        .forEach(choice ->
                                entries.add(
                                        ListEntry.ofQuery(
                                                names.get(
                                                        drawn(names.size(), request)
                                                                .get(choice.finding().subject())),
                                                label.name(),
                                                choice.finding().score(),
                                                (choice.arm() == NextImages.Arm.CHOSEN
                                                                ? "chosen: "
                                                                : "drawn at random: ")
                                                        + choice.finding().reason())));
            }
            return entries;
        });
    }

    private static List<Integer> drawn(int size, ListRequest request) {
        return Suspects.drawn(size, request.most(), request.seed());
    }

    /** Images of recorded queries that have no annotation of the label. */
    private Map<String, Raster> unannotated(Pool pool, List<Member> members, int most) {
        Set<String> annotated =
                members.stream().map(m -> m.support().pixelsSha256()).collect(Collectors.toSet());
        Map<String, Raster> images = new LinkedHashMap<>();
        for (AskedImages.Asked query : asked.latest(pool, most)) {
            if (!annotated.contains(query.pixelsSha256())) {
                // Many are called image.png: what tells them apart then is their pixels.
                String name =
                        images.containsKey(query.name())
                                ? query.name() + " " + query.pixelsSha256().substring(0, 12)
                                : query.name();
                images.put(name, pools.pixels(query.pixelsSha256()));
            }
        }
        return images;
    }

    /** What ranks the annotations of one label. */
    private interface Ranking {
        List<Finding> of(Task.Label label, List<Member> members);
    }

    private List<ListEntry> ofLabels(ListRequest request, Ranking ranking) {
        Task task = task(request);
        Pool pool = pools.require(request.scope(), task, request.pool());
        return spaces.pinned(() -> {
            List<ListEntry> entries = new ArrayList<>();
            for (Task.Label label : catalog.labels(task, request.labels())) {
                List<Member> members = pools.members(pool, label);
                if (!members.isEmpty()) {
                    ranking.of(label, members)
                            .forEach(found ->
                                    entries.add(ofAnnotation(found, members, request.scope())));
                }
            }
            entries.sort(Comparator.comparingDouble(ListEntry::score).reversed());
            return entries;
        });
    }

    private static ListEntry ofImages(Finding found, List<List<Member>> images, Scope scope) {
        Member image = images.get(found.subject()).getFirst();
        Integer at = found.other();
        Member other = at == null ? null : images.get(at).getFirst();
        return new ListEntry(
                name(image, scope),
                images.get(found.subject()).stream()
                        .map(Member::label)
                        .collect(Collectors.joining(", ")),
                found.score(),
                found.reason(),
                other == null ? null : name(other, scope),
                image.support().imageId(),
                null,
                other == null ? null : other.support().imageId());
    }

    private static ListEntry ofAnnotation(Finding found, List<Member> members, Scope scope) {
        Member member = members.get(found.subject());
        return new ListEntry(
                name(member, scope),
                member.label(),
                found.score(),
                found.reason(),
                null,
                member.support().imageId(),
                member.support().annotationId(),
                null);
    }

    static String name(Member member, Scope scope) {
        return scope.imageName(
                member.site(), member.support().sourceName(), member.support().imageId());
    }

    /** The lists are for curators; what they show is in the pool. */
    private Task task(ListRequest request) {
        request.scope().require(Action.REVIEW);
        return catalog.task(request.scope(), request.task());
    }
}
