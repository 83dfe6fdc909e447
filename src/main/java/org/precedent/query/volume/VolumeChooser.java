package org.precedent.query.volume;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.imaging.Fingerprint;
import org.precedent.index.ImageSearch;
import org.precedent.index.SupportFilter;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.Projections;
import org.precedent.query.Query;
import org.precedent.query.SamePictures;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;

/**
 * Chooses the volumes that support a volume. How alike two volumes are is the mean, over the
 * query's slices, of the inner product with the other's most similar slice. Never a volume of the
 * query's own patient, nor one of which half shows what the query's slices show: that is the same
 * volume under another name, where single slices may agree, such as empty ones.
 */
@ApplicationScoped
class VolumeChooser {
    /** Nearest slices of the pool that each slice of the query asks for. */
    private static final int MOST_HITS = 4096;

    private final PoolVolumes volumes;
    private final Catalog catalog;
    private final ImageProjection projector;
    private final SamePictures pictures;

    VolumeChooser(
            PoolVolumes volumes,
            Catalog catalog,
            ImageProjection projector,
            SamePictures pictures) {
        this.volumes = volumes;
        this.catalog = catalog;
        this.projector = projector;
        this.pictures = pictures;
    }

    /**
     * A slice of the query that shows something.
     *
     * @param vector of its image, of length 1
     */
    record AskedSlice(Fingerprint picture, float[] vector) {}

    /**
     * The supports of one label.
     *
     * @param eligible volumes that could have been supports
     * @param visited vectors compared
     * @param exact whether every eligible vector was
     * @param shortfall why there are fewer volumes than asked for; null where there are not
     * @param supports slice by slice, volume by volume
     */
    record Chosen(
            int eligible,
            int visited,
            boolean exact,
            @Nullable String shortfall,
            List<Answer.UsedSupport> supports,
            List<Answer.LeftOut> leftOut) {}

    /** A volume, how alike the query it is, and which of its slices are nearest to the query's. */
    private record Candidate(PoolVolume volume, double similarity, PoolVolume.Slice[] nearest) {}

    /**
     * Returns where the pool holds a volume of a label at all, of the site that is wanted.
     *
     * @throws ServiceException NO_VOLUMES
     */
    void requireSome(Query asked, Task task, Pool pool, int version, Task.Label label) {
        ofSite(asked, task, pool, label, volumes.find(pool.grant(), version, label.id()));
    }

    /**
     * Chooses and weighs the supports of one label.
     *
     * @param slices of the query that show something, at least one
     * @param direction of the query's slices, row-major 3 x 3; null where not known
     * @throws ServiceException NO_VOLUMES where none may serve
     */
    Chosen choose(
            Query asked,
            Task task,
            Pool pool,
            int version,
            Task.Label label,
            List<AskedSlice> slices,
            double @Nullable [] direction) {
        PoolVolume.Found found = volumes.find(pool.grant(), version, label.id());
        List<PoolVolume> ofSite = ofSite(asked, task, pool, label, found);
        List<PoolVolume> lying =
                ofSite.stream().map(one -> one.lying(direction)).flatMap(Optional::stream).toList();
        if (lying.isEmpty()) {
            throw ServiceException.noVolumes(
                    pool.name(),
                    task.name(),
                    label.name(),
                    "its %d volumes are cut along another axis than the study: name theirs (`axis`)"
                            .formatted(ofSite.size()));
        }
        String patient = asked.patient();
        List<PoolVolume> others =
                lying.stream()
                        .filter(one ->
                                patient == null || !CanonicalNames.same(patient, one.patient()))
                        .toList();
        SupportFilter filter =
                new SupportFilter(
                        pool.grant(),
                        version,
                        label.id(),
                        Set.of(ReviewState.APPROVED),
                        asked.site() == null ? null : Projections.siteKey(asked.site()),
                        patient == null ? null : projector.patientKey(patient),
                        null);
        Search search = new Search(others, slices.size());
        if (!others.isEmpty()) {
            for (int i = 0; i < slices.size(); i++) {
                search.add(i, projector.search().search(slices.get(i).vector(), filter, MOST_HITS));
            }
        }
        List<Answer.LeftOut> leftOut = new ArrayList<>();
        List<Candidate> chosen = new ArrayList<>();
        int same = 0;
        for (Candidate one : ordered(search.candidates(), asked)) {
            if (chosen.size() == asked.supportSize()) {
                break;
            }
            if (showsTheQuery(one, slices, asked.nearDuplicates())) {
                same++;
                told(pool.grant().scope(), one, pool, version, label).ifPresent(leftOut::add);
            } else {
                chosen.add(one);
            }
        }
        if (chosen.isEmpty()) {
            throw ServiceException.noVolumes(
                    pool.name(),
                    task.name(),
                    label.name(),
                    "none of its %d volumes may serve this query: they are of its own patient, or show it"
                            .formatted(lying.size()));
        }
        Temperature temperature = temperature(asked);
        double[] weights =
                temperature.weights(chosen.stream().mapToDouble(Candidate::similarity).toArray());
        List<Answer.UsedSupport> supports = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            supports.addAll(used(chosen.get(i), i + 1, weights[i], pool, version, label));
        }
        // Where others' volumes are among them, their number must not tell whose patient is there.
        Scope scope = pool.grant().scope();
        boolean own = lying.stream().allMatch(one -> scope.owns(one.site()));
        return new Chosen(
                own ? others.size() - same : lying.size(),
                search.visited,
                search.exact,
                chosen.size() < asked.supportSize()
                        ? shortfall(chosen.size(), asked, ofSite.size() - lying.size(), found)
                        : null,
                supports,
                leftOut);
    }

    /** The query's, else uniform: a pool's temperature is chosen for single slices. */
    static Temperature temperature(Query asked) {
        Temperature temperature = asked.temperature();
        return temperature == null ? Temperature.UNIFORM : temperature;
    }

    private static String shortfall(int chosen, Query asked, int across, PoolVolume.Found found) {
        String few =
                "%d of %d volumes: the pool holds no other that may serve%s"
                        .formatted(
                                chosen,
                                asked.supportSize(),
                                across == 0
                                        ? ""
                                        : "; %d are cut along another axis".formatted(across));
        return found.refused().isEmpty()
                ? few
                : "%s; %d more series are no volumes, one because %s"
                        .formatted(few, found.refused().size(), found.refused().getFirst());
    }

    private static List<PoolVolume> ofSite(
            Query asked, Task task, Pool pool, Task.Label label, PoolVolume.Found found) {
        if (found.volumes().isEmpty()) {
            throw ServiceException.noVolumes(
                    pool.name(),
                    task.name(),
                    label.name(),
                    found.refused().isEmpty()
                            ? "it holds single images only: ingest volumes with masks"
                                    + " (`precedent ingest`), or ask slice by slice, without a network"
                            : "%d series of it are no volumes, one because %s"
                                    .formatted(found.refused().size(), found.refused().getFirst()));
        }
        String site = asked.site();
        List<PoolVolume> ofSite =
                found.volumes().stream()
                        .filter(one -> site == null || CanonicalNames.same(site, one.site()))
                        .toList();
        if (ofSite.isEmpty()) {
            throw ServiceException.noVolumes(
                    pool.name(),
                    task.name(),
                    label.name(),
                    "none of its %d volumes is of site %s".formatted(found.volumes().size(), site));
        }
        return ofSite;
    }

    /** Similarities, slice of the query by slice. */
    private static final class Search {
        private final List<PoolVolume> volumes;
        private final int asked;
        private final Map<UUID, Integer> volumeOf = new HashMap<>();
        private final Map<UUID, PoolVolume.Slice> sliceOf = new HashMap<>();
        private final double[] sums;
        private final List<PoolVolume.Slice[]> nearest = new ArrayList<>();
        private int visited;
        private boolean exact = true;

        Search(List<PoolVolume> volumes, int asked) {
            this.volumes = volumes;
            this.asked = asked;
            this.sums = new double[volumes.size()];
            for (PoolVolume volume : volumes) {
                int at = nearest.size();
                volume.slices()
                        .forEach(slice -> {
                            volumeOf.put(slice.image(), at);
                            sliceOf.put(slice.image(), slice);
                        });
                nearest.add(new PoolVolume.Slice[asked]);
            }
        }

        void add(int slice, ImageSearch.SearchResult found) {
            visited += found.visited();
            exact &= found.exact() && found.eligible() <= MOST_HITS;
            // A volume without a slice among the hits is no more alike than the last of them.
            double least = found.hits().isEmpty() ? -1 : found.hits().getLast().similarity();
            double[] best = new double[volumes.size()];
            Arrays.fill(best, least);
            for (ImageSearch.Hit hit : found.hits()) { // best first
                Integer volume = volumeOf.get(hit.imageId());
                if (volume != null && nearest.get(volume)[slice] == null) {
                    nearest.get(volume)[slice] = sliceOf.get(hit.imageId());
                    best[volume] = hit.similarity();
                }
            }
            for (int i = 0; i < best.length; i++) {
                sums[i] += best[i];
            }
        }

        List<Candidate> candidates() {
            List<Candidate> candidates = new ArrayList<>();
            for (int i = 0; i < sums.length; i++) {
                candidates.add(new Candidate(volumes.get(i), sums[i] / asked, nearest.get(i)));
            }
            return candidates;
        }
    }

    /** The first to be taken first: the most alike, or as the seed draws them. */
    private static List<Candidate> ordered(List<Candidate> candidates, Query asked) {
        List<Candidate> ordered = new ArrayList<>(candidates);
        if (asked.strategy() == Strategy.RANDOM) {
            Collections.shuffle(ordered, new Random(asked.seed()));
        } else {
            ordered.sort(
                    Comparator.comparingDouble(Candidate::similarity)
                            .reversed()
                            .thenComparing(one -> one.volume().id(), ImageSearch.ID_ORDER));
        }
        return ordered;
    }

    private boolean showsTheQuery(
            Candidate candidate, List<AskedSlice> slices, Query.NearDuplicates policy) {
        int same = 0;
        for (int i = 0; i < slices.size(); i++) {
            PoolVolume.Slice nearest = candidate.nearest()[i];
            if (nearest != null) {
                Fingerprint asked = slices.get(i).picture();
                Fingerprint other = pictures.fingerprint(nearest.pixelsSha256());
                same +=
                        asked.samePixels(other)
                                        || (policy == Query.NearDuplicates.LEAVE_OUT
                                                && asked.samePicture(other))
                                ? 1
                                : 0;
            }
        }
        return 2 * same >= slices.size();
    }

    /** What an asker hears of a volume that shows the query: nothing of another site's. */
    private Optional<Answer.LeftOut> told(
            Scope scope, Candidate one, Pool pool, int version, Task.Label label) {
        UUID image = one.volume().id();
        Support support =
                catalog.supports(pool.grant(), version, label.id(), List.of(image)).get(image);
        return support == null || !(scope.everywhere() || scope.owns(one.volume().site()))
                ? Optional.empty()
                : Optional.of(
                        new Answer.LeftOut(
                                image,
                                support.annotationId(),
                                support.sourceName(),
                                Answer.LeftOut.Reason.NEAR_DUPLICATE,
                                1));
    }

    /** The slices of a volume, which share its weight. */
    private List<Answer.UsedSupport> used(
            Candidate one, int rank, double weight, Pool pool, int version, Task.Label label) {
        List<PoolVolume.Slice> slices = one.volume().slices();
        Map<UUID, Support> known =
                catalog.supports(
                        pool.grant(),
                        version,
                        label.id(),
                        slices.stream().map(PoolVolume.Slice::image).toList());
        List<Answer.UsedSupport> used = new ArrayList<>();
        for (PoolVolume.Slice slice : slices) {
            Support support = known.get(slice.image());
            if (support == null) {
                throw CatalogException.erasedMeanwhile();
            }
            used.add(
                    new Answer.UsedSupport(
                            support,
                            one.similarity(),
                            weight / slices.size(),
                            List.of(),
                            Map.of(Answer.UsedSupport.VOLUME, rank)));
        }
        return used;
    }
}
