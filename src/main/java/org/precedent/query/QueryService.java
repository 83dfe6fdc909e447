package org.precedent.query;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
import org.precedent.confidence.Trust;
import org.precedent.embedding.Level;
import org.precedent.imaging.Appearance;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.network.SegmentationNetwork;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.projection.ImageSpaces;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.SupportSet;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.Resolution;
import org.precedent.segmentation.Segmentation;
import org.precedent.segmentation.Segmenter;

/**
 * One query from pixels to a recorded answer: decode, embed, retrieve and weigh, load the supports,
 * segment, store.
 */
@ApplicationScoped
public class QueryService {
    private final Catalog catalog;
    private final Answers answers;
    private final PoolChoices choices;
    private final BlobStore blobs;
    private final Outbox outbox;
    private final SupportFinder finder;
    private final ImageSpaces spaces;
    private final Inference inference;
    private final Trust trust;
    private final ImageDecoder decoder;
    private final DecodingMemory memory;
    private final QueryConfig limits;
    private final Clock clock;
    private final MeterRegistry meters;

    public QueryService(
            Catalog catalog,
            Answers answers,
            PoolChoices choices,
            BlobStore blobs,
            Outbox outbox,
            SupportFinder finder,
            ImageSpaces spaces,
            Inference inference,
            Trust trust,
            Limits decoding,
            DecodingMemory memory,
            QueryConfig limits,
            Clock clock,
            MeterRegistry meters) {
        this.catalog = catalog;
        this.answers = answers;
        this.choices = choices;
        this.blobs = blobs;
        this.outbox = outbox;
        this.finder = finder;
        this.spaces = spaces;
        this.inference = inference;
        this.trust = trust;
        this.decoder = new ImageDecoder(decoding);
        this.memory = memory;
        this.limits = limits;
        this.clock = clock;
        this.meters = meters;
    }

    /**
     * Only the supports of a query.
     *
     * @throws org.precedent.DomainException an unknown name, an unreadable image, no usable support
     */
    public Retrieval retrieve(Scope scope, Query query) {
        scope.require(Action.ASK);
        return weighed(() -> {
            if (!query.strategy().needsFirstPass()) {
                return ErasedMeanwhile.again(() -> retrieve(scope, query, null, new Stages()));
            }
            try (QueryWatch watch = QueryWatch.start(limits.deadline(), () -> false);
                    InferenceSlot slot = inference.enter(watch, scope.name())) {
                Stages stages = new Stages(watch);
                return ErasedMeanwhile.again(() -> retrieve(scope, query, slot, stages));
            }
        });
    }

    /** In one space of vectors, and with the query's picture held against the memory for all. */
    private <T> T weighed(Supplier<T> work) {
        return memory.during(() -> spaces.pinned(work));
    }

    /**
     * Segments a query and records the answer.
     *
     * @throws org.precedent.DomainException as {@link #retrieve}; BUSY when too many wait
     */
    public Answer segment(Scope scope, Query query) {
        return segment(scope, query, () -> false);
    }

    /**
     * As {@link #segment(Scope, Query)}, for a caller who may go before the answer is there.
     *
     * @param gone whether the caller does not wait any more; asked now and then by another thread
     */
    public Answer segment(Scope scope, Query query, BooleanSupplier gone) {
        scope.require(Action.ASK);
        return weighed(() -> {
            try (QueryWatch watch = QueryWatch.start(limits.deadline(), gone);
                    InferenceSlot slot = inference.enter(watch, scope.name())) {
                Stages stages = new Stages(watch);
                return ErasedMeanwhile.again(() -> segment(scope, query, slot, stages));
            }
        });
    }

    /**
     * One label of a query, answered but not recorded.
     *
     * @param image the decoded query
     * @param label the answer, of two looks where the query or the pool wants them
     * @param once what one look gives
     */
    public record Explained(
            Raster image,
            Retrieval.LabelSupports supports,
            Segmenter.Explained label,
            Segmenter.Explained once) {}

    /**
     * Checks what can be known of a query before its image is looked at.
     *
     * @return the version of the pool that it would be answered from
     * @throws org.precedent.DomainException an unknown name, an empty pool, too much work
     */
    public int requireAskable(Scope scope, Query query) {
        scope.require(Action.ASK);
        return searched(scope, query, catalog.task(scope, query.task())).version();
    }

    /**
     * Answers a query of one label without recording it, for calibration and for curators.
     *
     * @param answering the network that is calibrated
     */
    public Explained explain(Scope scope, Query query, AnsweringNetworks.Encoded answering) {
        scope.require(Action.ASK);
        return weighed(() -> ErasedMeanwhile.again(() -> explainIn(scope, query, answering)));
    }

    private Explained explainIn(Scope scope, Query query, AnsweringNetworks.Encoded answering) {
        boolean own = scope.everywhere(); // calibration has all the time that there is
        try (QueryWatch watch =
                        own ? QueryWatch.none() : QueryWatch.start(limits.deadline(), () -> false);
                InferenceSlot slot = inference.enter(watch, own ? "" : scope.name())) {
            Stages stages = new Stages(watch);
            Task task = catalog.task(scope, query.task());
            slot.use(answering);
            Retrieval retrieved = retrieve(query, task, searched(scope, query, task), slot, stages);
            Retrieval.LabelSupports supports = retrieved.labels().getFirst();
            InferenceSlot.Looked looked =
                    slot.look(
                                    retrieved.image(),
                                    List.of(supports.supports()),
                                    inference.settings(answering),
                                    choices.closeUps(query, retrieved, answering),
                                    stages)
                            .getFirst();
            return new Explained(retrieved.image(), supports, looked.answer(), looked.once());
        }
    }

    /**
     * What every level finds for a query of one label, before any fusion.
     *
     * @throws org.precedent.DomainException as {@link #retrieve}
     */
    public LevelRanking rank(Scope scope, Query query) {
        scope.require(Action.ASK);
        return spaces.pinned(() -> ErasedMeanwhile.again(() -> rankIn(scope, query)));
    }

    private LevelRanking rankIn(Scope scope, Query query) {
        try (InferenceSlot slot = inference.enter()) {
            Raster image = decode(query);
            SupportFinder.SearchedPool searched =
                    searched(scope, query, catalog.task(scope, query.task()));
            slot.use(inference.of(searched.pool(), searched.version()));
            return finder.rank(query, image, searched, slot);
        }
    }

    private Raster decode(Query query) {
        return ImagingException.about(
                "query image", Map.of("part", "image"), () -> query.image().decode(decoder));
    }

    /** Where a query looks for supports. */
    private SupportFinder.SearchedPool searched(Scope scope, Query query, Task task) {
        List<Task.Label> labels = catalog.labels(task, query.labels());
        if ((long) labels.size() * query.supportSize() > limits.work()) {
            throw ServiceException.tooMuchWork(labels.size(), query.supportSize(), limits.work());
        }
        Pool pool = catalog.pool(scope, task, query.pool());
        if (pool.version() == 0) {
            throw ServiceException.poolEmpty(pool.name(), task.name());
        }
        int version =
                query.poolVersion() == null
                        ? pool.version()
                        : catalog.requireVersion(pool, query.poolVersion());
        return new SupportFinder.SearchedPool(pool, version, labels);
    }

    private Retrieval retrieve(
            Scope scope, Query query, @Nullable InferenceSlot slot, Stages stages) {
        Task task = catalog.task(scope, query.task());
        SupportFinder.SearchedPool searched = searched(scope, query, task);
        if (slot != null) {
            slot.use(inference.of(searched.pool(), searched.version()));
        }
        return retrieve(query, task, searched, slot, stages);
    }

    private Retrieval retrieve(
            Query query,
            Task task,
            SupportFinder.SearchedPool searched,
            @Nullable InferenceSlot slot,
            Stages stages) {
        PoolChoices.Weighing weighing = choices.of(query, searched.pool(), searched.version());
        Raster image = stages.time("decode", () -> decode(query));
        List<Retrieval.LabelSupports> found =
                finder.find(query, image, searched, weighing, slot, stages);
        return new Retrieval(
                image,
                task,
                searched.pool(),
                searched.version(),
                spaces.current().space(),
                weighing.temperature(),
                weighing.source(),
                found,
                stages.milliseconds());
    }

    private Answer segment(Scope scope, Query query, InferenceSlot slot, Stages stages) {
        Retrieval retrieved = retrieve(scope, query, slot, stages);
        InferenceSettings settings = inference.settings(slot.encoded());
        List<Boolean> closeUps = choices.closeUps(query, retrieved, slot.encoded());
        List<InferenceSlot.Looked> results =
                slot.look(
                        retrieved.image(),
                        retrieved.labels().stream().map(Retrieval.LabelSupports::supports).toList(),
                        settings,
                        closeUps,
                        stages);
        Appearance appearance = stages.time("confidence", () -> Appearance.of(retrieved.image()));
        StoredBytes stored = new StoredBytes(blobs, outbox);
        List<Answer.LabelAnswer> labels = new ArrayList<>();
        for (Retrieval.LabelSupports label : retrieved.labels()) {
            boolean closeUp = closeUps.get(labels.size());
            Segmenter.Explained explained = results.get(labels.size()).answer();
            Segmentation result = explained.segmentation();
            SupportSet found = label.found();
            Answer.Confidence confidence =
                    stages.time(
                            "confidence",
                            () ->
                                    trust.of(
                                            retrieved.image(),
                                            appearance,
                                            label.subject(),
                                            explained,
                                            slot.encoded(),
                                            retrieved.pool(),
                                            retrieved.poolVersion(),
                                            closeUp));
            String mask = stages.time("store", () -> stored.put(AnswerBytes.mask(result)));
            String probabilities =
                    stages.time("store", () -> stored.put(AnswerBytes.probabilities(result)));
            labels.add(
                    new Answer.LabelAnswer(
                            label.label().name(),
                            mask,
                            probabilities,
                            result.mask().area(),
                            found.eligible(),
                            found.visited(),
                            found.exact(),
                            found.shortfall(),
                            belowResolution(result.geometry(), label),
                            closeUp,
                            confidence,
                            label.points(),
                            label.supports(),
                            label.leftOut()));
        }
        String querySha256 = stages.time("store", () -> stored.put(retrieved.image().toNetpbm()));
        Answer answer =
                new Answer(
                        UUID.randomUUID(),
                        retrieved.task().name(),
                        retrieved.pool().name(),
                        retrieved.poolVersion(),
                        querySha256,
                        query.image().name(),
                        retrieved.image().width(),
                        retrieved.image().height(),
                        query.site(),
                        query.patient(),
                        query.strategy().word(),
                        query.supportSize(),
                        retrieved.temperature().isUniform() ? null : retrieved.temperature().tau(),
                        retrieved.temperatureSource(),
                        query.seed(),
                        slot.encoded().network().name(),
                        slot.encoded().network().weightsSha256(),
                        slot.encoded().adaptedFrom(),
                        settings.side(),
                        slot.encoded().network().arithmetic(),
                        settings.range(),
                        settings.supportsTogether(),
                        retrieved.space().id(),
                        stages.milliseconds(),
                        clock.instant(),
                        labels,
                        query.slice(),
                        retrieved.pool().ownStudy() && query.slice() != null,
                        query.closeUp(),
                        List.of());
        answers.record(scope, answer, retrieved.task(), retrieved.pool());
        stored.putAgainAfterErasure();
        stages.milliseconds()
                .forEach((stage, ms) ->
                        meters.timer("precedent.query.stage", "stage", stage)
                                .record((long) (ms * 1e6), TimeUnit.NANOSECONDS));
        return answer;
    }

    private static @Nullable String belowResolution(
            NetworkInput.Geometry query, Retrieval.LabelSupports label) {
        return Resolution.below(
                label.label().name(),
                query,
                label.supports().stream()
                        .map(Answer.UsedSupport::support)
                        .filter(s -> s.area() > 0)
                        .map(s -> new Resolution.Extent(s.width(), s.height(), s.area()))
                        .toList());
    }

    // ---- stored answers

    /** A recorded answer. */
    public Answer find(Scope scope, UUID id) {
        return answers.find(scope, id);
    }

    /**
     * A replayed label.
     *
     * @param identical whether mask and probabilities are the recorded ones to the bit
     * @param difference the largest one between a new and a recorded probability; 0 where all are
     *     the same in 16 bits
     */
    public record ReplayedLabel(
            String label, boolean identical, String maskSha256, double difference) {}

    /**
     * Computes a recorded answer again from its recorded supports and weights.
     *
     * @throws ServiceException MODEL_CHANGED when other weights are loaded now, or the adapted ones
     *     that answered were withdrawn
     */
    public List<ReplayedLabel> replay(Scope scope, UUID id) {
        return replay(scope, id, () -> false);
    }

    /**
     * As {@link #replay(Scope, UUID)}, for a caller who may go before it is done.
     *
     * @param gone as of {@link #segment(Scope, Query, BooleanSupplier)}
     */
    public List<ReplayedLabel> replay(Scope scope, UUID id, BooleanSupplier gone) {
        return ErasedMeanwhile.again(() -> replayOnce(scope, id, gone));
    }

    private List<ReplayedLabel> replayOnce(Scope scope, UUID id, BooleanSupplier gone) {
        Answer answer = answers.findWithSupports(scope, id);
        AnsweringNetworks.Encoded answered = inference.requireOfAnswer(answer);
        try (QueryWatch watch = QueryWatch.start(limits.deadline(), gone);
                InferenceSlot slot = inference.enter(watch, scope.name())) {
            slot.use(answered);
            List<InferenceSlot.Looked> again =
                    slot.look(
                            raster(answer.querySha256()),
                            answer.labels().stream().map(Answer.LabelAnswer::supports).toList(),
                            settings(answer),
                            answer.labels().stream().map(Answer.LabelAnswer::closeUp).toList(),
                            new Stages(watch));
            List<ReplayedLabel> labels = new ArrayList<>();
            for (Answer.LabelAnswer label : answer.labels()) {
                Segmentation result = again.get(labels.size()).answer().segmentation();
                String mask = Sha256.of(AnswerBytes.mask(result));
                labels.add(
                        new ReplayedLabel(
                                label.label(),
                                mask.equals(label.maskSha256())
                                        && Sha256.of(AnswerBytes.probabilities(result))
                                                .equals(label.probabilitiesSha256()),
                                mask,
                                AnswerBytes.difference(
                                        result, raster(label.probabilitiesSha256()))));
            }
            return labels;
        }
    }

    /** How the supports and the query of a recorded answer were shown to the network. */
    static InferenceSettings settings(Answer answer) {
        return new InferenceSettings(
                answer.networkSize(), answer.inputRange(), answer.supportsTogether());
    }

    /** Segments as queries to the current version of a pool are segmented. */
    public Segmenter segmenter(String task, String pool) {
        Pool of = catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), pool);
        AnsweringNetworks.Encoded answering = inference.of(of, of.version());
        return new Segmenter(answering.network(), inference.settings(answering));
    }

    /** Segments as queries to a pool that nothing was adapted to are segmented. */
    public Segmenter segmenter() {
        return new Segmenter(inference.network(), inference.settings(inference.configured()));
    }

    /** What a strategy's similarities are measured in: temperatures belong to it. */
    public String space(Strategy strategy) {
        return finder.space(strategy);
    }

    /** What the ranks of all levels are measured in: fusions belong to them. */
    public String spaces() {
        return finder.spaces();
    }

    /** The levels that have vectors. */
    public List<Level> levels() {
        return finder.levels();
    }

    /** What decides the bits of an answer now, beside the weights. */
    public String arithmetic() {
        return inference.network().arithmetic();
    }

    /** What the network and its default size are, for answers and pages. */
    public SegmentationNetwork network() {
        return inference.network();
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }
}
