package org.precedent.query.volume;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.Remembered;
import org.precedent.ServiceException;
import org.precedent.Sha256;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answers;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.catalog.TemperatureSource;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Volume;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.SupportEncoding;
import org.precedent.network.VolumeNetwork;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.ImageSpaces;
import org.precedent.query.ErasedMeanwhile;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.query.QueryService.ReplayedLabel;
import org.precedent.query.StoredBytes;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;

/** One volume from its slices to a recorded answer of a network of volumes, and its replay. */
@ApplicationScoped
public class VolumeQueries {
    /** Supports of a volume; each is a pass of the network, and its slices are recorded. */
    public static final int MOST_VOLUMES = 64;

    /** Voxels of a query, 256 slices of 512 x 512: all of them are held at once. */
    static final int MOST_VOXELS = 1 << 26;

    /** Encodings kept, some 20 KB each; another one costs reading its volume and a pass. */
    private static final int KEPT = 512;

    private final QueryService queries;
    private final VolumeChooser chooser;
    private final VolumeNetworks networks;
    private final Catalog catalog;
    private final Answers answers;
    private final BlobStore blobs;
    private final Outbox outbox;
    private final ImageProjection projector;
    private final ImageSpaces spaces;
    private final ImageEmbedder embedder;
    private final Clock clock;
    private final Remembered<String, SupportEncoding> encodings = new Remembered<>(KEPT);

    VolumeQueries(
            QueryService queries,
            VolumeChooser chooser,
            VolumeNetworks networks,
            Catalog catalog,
            Answers answers,
            BlobStore blobs,
            Outbox outbox,
            ImageProjection projector,
            ImageSpaces spaces,
            ImageEmbedder embedder,
            Clock clock) {
        this.queries = queries;
        this.chooser = chooser;
        this.networks = networks;
        this.catalog = catalog;
        this.answers = answers;
        this.blobs = blobs;
        this.outbox = outbox;
        this.projector = projector;
        this.spaces = spaces;
        this.embedder = embedder;
        this.clock = clock;
    }

    /** A question with the names that it has in the catalogue. */
    private record Searched(Task task, List<Task.Label> labels, Pool pool, int version) {}

    /**
     * Checks what can be known before the volume is looked at: the network and its weights, what is
     * asked of it, and that the pool holds volumes of every label.
     *
     * @param asked its image is not looked at
     * @param network the name of a network of volumes
     * @throws org.precedent.DomainException an unknown name, no weights, no volumes, or what is
     *     asked of slices only
     */
    public void requireAskable(Scope scope, Query asked, String network) {
        networks.named(network);
        searched(scope, asked);
    }

    private Searched searched(Scope scope, Query asked) {
        if (asked.strategy() != Strategy.IMAGE && asked.strategy() != Strategy.RANDOM) {
            throw ServiceException.badParameter(
                    "strategy",
                    asked.strategy().word(),
                    "image or random, with a network of volumes");
        }
        if (asked.closeUp() == Answer.CloseUps.TRUE) {
            throw ServiceException.badParameter(
                    "closeUp", "true", "pool or false: a network of volumes looks once");
        }
        if (asked.supportSize() > MOST_VOLUMES) {
            throw ServiceException.badParameter(
                    "supportSize",
                    asked.supportSize(),
                    "at most %d volumes, with a network of volumes".formatted(MOST_VOLUMES));
        }
        int version = queries.requireAskable(scope, asked);
        Task task = catalog.task(scope, asked.task());
        Searched searched =
                new Searched(
                        task,
                        catalog.labels(task, asked.labels()),
                        catalog.pool(scope, task, asked.pool()),
                        version);
        searched.labels()
                .forEach(
                        label -> chooser.requireSome(asked, task, searched.pool(), version, label));
        return searched;
    }

    /**
     * Returns where a network of volumes can be asked about so many voxels.
     *
     * @throws ServiceException BAD_PARAMETER
     */
    public static void requireVolume(String name, int slices, int width, int height) {
        if (slices < PoolVolume.FEWEST_SLICES) {
            throw ServiceException.badParameter(
                    "study",
                    name,
                    "a volume of at least %d slices, for a network of volumes: ask without one"
                            .formatted(PoolVolume.FEWEST_SLICES));
        }
        if ((long) slices * width * height > MOST_VOXELS) {
            throw ServiceException.badParameter(
                    "study",
                    "%d slices of %d x %d".formatted(slices, width, height),
                    "at most %d voxels, for a network of volumes: ask without one"
                            .formatted(MOST_VOXELS));
        }
    }

    /**
     * Segments a volume and records the answer.
     *
     * @param asked its image is not looked at, but for the name
     * @param network the name of a network of volumes
     * @param slices all of one size, from the first, as the pool's slices look
     * @param direction of the slices, row-major 3 x 3; null where not known
     * @param gone whether nobody waits any more; asked between passes
     * @throws org.precedent.DomainException as {@link #requireAskable}; ABANDONED
     */
    public Answer segment(
            Scope scope,
            Query asked,
            String network,
            List<Raster> slices,
            double @Nullable [] direction,
            BooleanSupplier gone) {
        scope.require(Action.ASK);
        Raster first = slices.getFirst();
        requireVolume(asked.image().name(), slices.size(), first.width(), first.height());
        try {
            return spaces.pinned(() ->
                    ErasedMeanwhile.again(() ->
                            new Asking(scope, asked, network, gone).segment(slices, direction)));
        } catch (OutOfMemoryError e) {
            throw ServiceException.outOfMemory();
        }
    }

    /** By which an erasure finds a slice; one of a single value shows nobody, and is not found. */
    private static String shownBy(Raster slice) {
        return slice.isConstant() ? "" : Sha256.of(slice.canonical().toNetpbm());
    }

    /** One question on its way. */
    private final class Asking {
        private final Scope scope;
        private final Query asked;
        private final VolumeNetwork network;
        private final Steps steps;

        Asking(Scope scope, Query asked, String network, BooleanSupplier gone) {
            this.scope = scope;
            this.asked = asked;
            this.network = networks.named(network);
            this.steps = new Steps(gone);
        }

        Answer segment(List<Raster> slices, double @Nullable [] direction) {
            Searched searched = searched(scope, asked);
            Raster stack = StackedAnswer.stacked(slices);
            List<VolumeChooser.AskedSlice> shown = steps.time("embed", () -> shown(slices));
            steps.time(
                    "await",
                    () -> {
                        projector.awaitCommitted();
                        return true;
                    });
            List<VolumeChooser.Chosen> chosen = new ArrayList<>();
            for (Task.Label label : searched.labels()) {
                chosen.add(
                        steps.time(
                                "retrieve",
                                () ->
                                        chooser.choose(
                                                asked,
                                                searched.task(),
                                                searched.pool(),
                                                searched.version(),
                                                label,
                                                shown,
                                                direction)));
            }
            List<StackedAnswer> answered =
                    answered(
                            network,
                            stack,
                            slices.size(),
                            chosen.stream().map(VolumeChooser.Chosen::supports).toList(),
                            steps);
            StoredBytes stored = new StoredBytes(blobs, outbox);
            List<Answer.LabelAnswer> labels = new ArrayList<>();
            for (Task.Label label : searched.labels()) {
                labels.add(
                        answer(
                                label,
                                chosen.get(labels.size()),
                                answered.get(labels.size()),
                                stored));
            }
            Temperature temperature = VolumeChooser.temperature(asked);
            Answer answer =
                    new Answer(
                            UUID.randomUUID(),
                            searched.task().name(),
                            searched.pool().name(),
                            searched.version(),
                            stored.put(stack.toNetpbm()),
                            asked.image().name(),
                            stack.width(),
                            stack.height(),
                            asked.site(),
                            asked.patient(),
                            asked.strategy().word(),
                            asked.supportSize(),
                            temperature.isUniform() ? null : temperature.tau(),
                            asked.temperature() == null
                                    ? TemperatureSource.DEFAULT
                                    : TemperatureSource.QUERY,
                            asked.seed(),
                            network.name(),
                            network.weightsSha256(),
                            null,
                            network.nativeSize(),
                            network.arithmetic(),
                            InputRange.CURRENT,
                            Integer.MAX_VALUE,
                            spaces.current().space().id(),
                            steps.milliseconds,
                            clock.instant(),
                            labels,
                            null,
                            false,
                            asked.closeUp(),
                            slices.stream().map(VolumeQueries::shownBy).toList());
            answers.record(scope, answer, searched.task(), searched.pool());
            stored.putAgainAfterErasure();
            return answer;
        }

        private Answer.LabelAnswer answer(
                Task.Label label,
                VolumeChooser.Chosen chosen,
                StackedAnswer answered,
                StoredBytes stored) {
            return new Answer.LabelAnswer(
                    label.name(),
                    stored.put(answered.mask().toNetpbm()),
                    stored.put(answered.probabilities().toNetpbm()),
                    answered.area(),
                    chosen.eligible(),
                    chosen.visited(),
                    chosen.exact(),
                    chosen.shortfall(),
                    null,
                    false,
                    null,
                    List.of(),
                    chosen.supports(),
                    chosen.leftOut());
        }

        /** What the slices look like, without those of one value, which look like nothing. */
        private List<VolumeChooser.AskedSlice> shown(List<Raster> slices) {
            List<VolumeChooser.AskedSlice> shown = new ArrayList<>();
            for (Raster slice : slices) {
                steps.check();
                if (!slice.isConstant()) {
                    shown.add(
                            new VolumeChooser.AskedSlice(
                                    Fingerprint.of(slice), embedder.embed(slice)));
                }
            }
            if (shown.isEmpty()) {
                throw ServiceException.badParameter(
                        "study", asked.image().name(), "a volume of more than one value");
            }
            return shown;
        }
    }

    /** The steps of one question, between which it can end, and how long they took. */
    private static final class Steps {
        private final BooleanSupplier gone;
        private final Map<String, Double> milliseconds = new LinkedHashMap<>();

        Steps(BooleanSupplier gone) {
            this.gone = gone;
        }

        void check() {
            if (gone.getAsBoolean()) {
                throw ServiceException.abandoned();
            }
        }

        <T> T time(String stage, Supplier<T> work) {
            check();
            long start = System.nanoTime();
            try {
                return work.get();
            } finally {
                milliseconds.merge(stage, (System.nanoTime() - start) / 1e6, Double::sum);
            }
        }
    }

    // ---- computing

    /**
     * Computes what is recorded, from what is recorded.
     *
     * @param stack the query's slices below each other
     * @param labels the supports of each
     */
    private List<StackedAnswer> answered(
            VolumeNetwork network,
            Raster stack,
            int depth,
            List<List<Answer.UsedSupport>> labels,
            Steps steps) {
        Volume flat = Volume.of(List.of(stack));
        Volume query = new Volume(depth, stack.height() / depth, stack.width(), flat.values());
        networks.requireMemory(network, query.sizes(), labels.size());
        List<LabelContext> contexts = new ArrayList<>();
        for (List<Answer.UsedSupport> supports : labels) {
            List<Episode.Support> context = new ArrayList<>();
            for (List<Answer.UsedSupport> volume : Answer.UsedSupport.byVolume(supports)) {
                double weight = volume.stream().mapToDouble(Answer.UsedSupport::weight).sum();
                context.add(
                        new Episode.Support(
                                steps.time("encode", () -> encoding(network, volume)),
                                Math.min(1, weight)));
            }
            contexts.add(LabelContext.scaled(context));
        }
        List<float[]> logits = steps.time("segment", () -> network.segmentVolume(query, contexts));
        return logits.stream()
                .map(one -> StackedAnswer.of(stack.width(), stack.height(), one))
                .toList();
    }

    private SupportEncoding encoding(VolumeNetwork network, List<Answer.UsedSupport> slices) {
        String key =
                slices.stream()
                        .map(one -> Long.toString(one.support().annotationId()))
                        .collect(
                                Collectors.joining(
                                        ",", network.name() + network.weightsSha256() + ":", ""));
        return encodings.get(
                key,
                k -> {
                    List<Raster> images = new ArrayList<>();
                    List<Mask> masks = new ArrayList<>();
                    for (Answer.UsedSupport one : slices) {
                        images.add(raster(one.support().pixelsSha256()));
                        masks.add(Mask.fromRaster(raster(one.support().maskSha256())));
                    }
                    Volume volume = Volume.of(images);
                    networks.requireMemory(network, volume.sizes(), 1);
                    return network.encodeVolume(volume, List.of(volume.inside(masks))).getFirst();
                });
    }

    // ---- stored answers

    /**
     * A recorded answer computed again.
     *
     * @param arithmetic how it is computed now
     */
    public record Replayed(String arithmetic, List<ReplayedLabel> labels) {}

    /**
     * Computes the recorded answer of a volume again from its recorded supports and weights.
     *
     * @param gone as of {@link #segment}
     * @throws ServiceException MODEL_CHANGED when the weights that answered are not here
     * @throws org.precedent.catalog.CatalogException ERASED where a support is gone
     */
    public Replayed replay(Scope scope, UUID id, BooleanSupplier gone) {
        return ErasedMeanwhile.again(() -> {
            Answer answer = answers.findWithSupports(scope, id);
            VolumeNetwork network = networks.ofAnswer(answer.network(), answer.weightsSha256());
            List<StackedAnswer> again =
                    answered(
                            network,
                            raster(answer.querySha256()),
                            answer.sliceHashes().size(),
                            answer.labels().stream().map(Answer.LabelAnswer::supports).toList(),
                            new Steps(gone));
            List<ReplayedLabel> labels = new ArrayList<>();
            for (Answer.LabelAnswer label : answer.labels()) {
                StackedAnswer now = again.get(labels.size());
                String mask = Sha256.of(now.mask().toNetpbm());
                labels.add(
                        new ReplayedLabel(
                                label.label(),
                                mask.equals(label.maskSha256())
                                        && Sha256.of(now.probabilities().toNetpbm())
                                                .equals(label.probabilitiesSha256()),
                                mask,
                                now.difference(raster(label.probabilitiesSha256()))));
            }
            return new Replayed(network.arithmetic(), labels);
        });
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }
}
