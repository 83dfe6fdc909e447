package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answers;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Intake;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Sight;
import org.precedent.catalog.Sight.Reach;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.JudgedAnswers;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.Reviews;
import org.precedent.catalog.review.Verdicts;
import org.precedent.catalog.review.Verdicts.Verdict;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReading;
import org.precedent.projection.EncodingProjection;
import org.precedent.projection.ImageProjection;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Temperature;

/**
 * The loop by which a pool grows from its answers: a client accepts, corrects or rejects an answer;
 * a curator approves what became of it; the next answer rests on it.
 */
@ApplicationScoped
public class AnswerLoop {
    /** What patients are called that nobody named: one a picture, so that it never meets itself. */
    private static final String NOBODY = "query-";

    private final Catalog catalog;
    private final Intake intake;
    private final Answers answers;
    private final Verdicts verdicts;
    private final Reviews reviews;
    private final Sight sight;
    private final BlobStore blobs;
    private final QueryService queries;
    private final ImageProjection images;
    private final EncodingProjection encodings;
    private final ImageDecoder decoder;
    private final DecodingMemory memory;

    AnswerLoop(
            Catalog catalog,
            Intake intake,
            Answers answers,
            Verdicts verdicts,
            Reviews reviews,
            Sight sight,
            BlobStore blobs,
            QueryService queries,
            ImageProjection images,
            EncodingProjection encodings,
            Limits limits,
            DecodingMemory memory) {
        this.catalog = catalog;
        this.intake = intake;
        this.answers = answers;
        this.verdicts = verdicts;
        this.reviews = reviews;
        this.sight = sight;
        this.blobs = blobs;
        this.queries = queries;
        this.images = images;
        this.encodings = encodings;
        this.decoder = new ImageDecoder(limits);
        this.memory = memory;
    }

    /**
     * Where the image of an answer comes from, as the client knows it now; what is null is taken
     * from the answer, or unknown.
     *
     * @param pool that takes what becomes of it; null for the one that answered
     */
    public record Origin(
            @Nullable String site,
            @Nullable String patient,
            @Nullable String modality,
            @Nullable String pool) {
        /** What the answer itself knows. */
        public static final Origin OF_THE_ANSWER = new Origin(null, null, null, null);
    }

    /** A mask as it was sent. */
    public record SentMask(String name, byte[] bytes) {}

    /**
     * Holds an answer's masks for right. They become unreviewed annotations of the pool, unless it
     * is shared to be read only: then no more than the verdict is kept.
     *
     * @param labels which; empty for all that are not empty
     */
    public Verdicts.Recorded accept(UUID id, List<String> labels, Origin origin, Because because) {
        Answer answer = find(because.scope(), id);
        requireKeepable(answer);
        Map<String, Mask> masks = new LinkedHashMap<>();
        for (String wanted : labels.isEmpty() ? labelsOf(answer) : labels) {
            String label = answer.label(wanted).label();
            Mask mask = mask(answer.label(label).maskSha256());
            if (mask.area() > 0) {
                masks.put(label, mask);
            } else if (!labels.isEmpty()) {
                throw ServiceException.badParameter(
                        "label", label, "its mask is empty: correct it, or reject it");
            }
        }
        return keep(answer, Verdict.ACCEPTED, masks, origin, because);
    }

    /**
     * Keeps masks that replace those of an answer.
     *
     * @param sent by label, each of the query's size
     */
    public Verdicts.Recorded correct(
            UUID id, Map<String, SentMask> sent, Origin origin, Because because) {
        Answer answer = find(because.scope(), id);
        requireKeepable(answer);
        Raster query = raster(answer.querySha256());
        Map<String, Mask> masks = new LinkedHashMap<>();
        sent.forEach((wanted, mask) -> {
            String label = answer.label(wanted).label();
            masks.put(label, read(mask, label, query));
        });
        return keep(answer, Verdict.CORRECTED, masks, origin, because);
    }

    /**
     * Keeps masks that replace those of several answers of one pool, by one action in one version
     * of it: all of them or none.
     *
     * @param right by answer and label, each of its query's size
     * @param origin of all their queries
     * @return what was kept, in the order of the answers
     */
    public List<Verdicts.Recorded> correctAll(
            Map<UUID, Map<String, Mask>> right, Origin origin, Because because) {
        if (right.isEmpty()) {
            return List.of();
        }
        Map<Answer, Map<String, Mask>> masks = new LinkedHashMap<>();
        right.forEach((id, by) -> masks.put(find(because.scope(), id), by));
        List<Verdicts.Recorded> recorded =
                verdicts.keep(judge(masks, Verdict.CORRECTED, origin, because), because);
        wake();
        return recorded;
    }

    /**
     * Keeps that an answer is wrong, without saying what would be right.
     *
     * @param labels which; empty for all
     */
    public Verdicts.Recorded reject(UUID id, List<String> labels, Because because) {
        Answer answer = find(because.scope(), id);
        return verdicts.reject(
                id,
                catalog.task(because.scope(), answer.task()),
                labels.isEmpty()
                        ? labelsOf(answer)
                        : labels.stream().map(label -> answer.label(label).label()).toList(),
                because);
    }

    /** What is kept becomes an annotated picture, which a whole volume is not. */
    private static void requireKeepable(Answer answer) {
        answer.requirePicture("masks are accepted and corrected");
    }

    private Answer find(Scope scope, UUID id) {
        scope.judging();
        return answers.find(scope, id);
    }

    private Verdicts.Recorded keep(
            Answer answer,
            Verdict verdict,
            Map<String, Mask> masks,
            Origin origin,
            Because because) {
        if (masks.isEmpty()) {
            throw ServiceException.badParameter(
                    "label", "", "no mask of this answer is to be kept");
        }
        Scope scope = because.scope();
        Task task = catalog.task(scope, answer.task());
        if (verdict == Verdict.ACCEPTED && !takes(scope, pool(scope, task, answer, origin))) {
            return verdicts.accept(answer.id(), task, List.copyOf(masks.keySet()), because);
        }
        Verdicts.Recorded recorded =
                verdicts.keep(judge(Map.of(answer, masks), verdict, origin, because), because)
                        .getFirst();
        wake();
        return recorded;
    }

    private Pool pool(Scope scope, Task task, Answer answer, Origin origin) {
        return catalog.pool(scope, task, origin.pool() == null ? answer.pool() : origin.pool());
    }

    /**
     * Stores the bytes of what is held for right.
     *
     * @param right by answer and label; answers of one pool
     */
    private JudgedAnswers judge(
            Map<Answer, Map<String, Mask>> right, Verdict verdict, Origin origin, Because because) {
        Scope scope = because.scope();
        Answer first = right.keySet().iterator().next();
        List<Example> examples = new ArrayList<>();
        List<JudgedAnswers.One> answered = new ArrayList<>();
        right.forEach((answer, masks) -> {
            requireKeepable(answer);
            Map<String, Double> dice = new LinkedHashMap<>();
            masks.forEach((label, mask) ->
                    dice.put(label, Dice.hard(mask(answer.label(label).maskSha256()), mask)));
            answered.add(new JudgedAnswers.One(answer.id(), dice));
            examples.add(example(scope, answer, masks, origin));
        });
        Task task = catalog.task(scope, first.task());
        return new JudgedAnswers(
                answered,
                verdict,
                intake.stage(scope.judging(), examples, because.actor()),
                task,
                pool(scope, task, first, origin));
    }

    private Example example(Scope scope, Answer answer, Map<String, Mask> masks, Origin origin) {
        return new Example(
                answer.queryName(),
                raster(answer.querySha256()),
                new Example.Origin(
                        Objects.requireNonNullElse(origin.modality(), "unknown"),
                        scope.everywhere()
                                ? Objects.requireNonNullElse(
                                        origin.site(),
                                        Objects.requireNonNullElse(answer.site(), "unknown"))
                                : scope.site(origin.site()),
                        Objects.requireNonNullElse(
                                origin.patient(),
                                Objects.requireNonNullElse(
                                        answer.patient(),
                                        NOBODY + answer.querySha256().substring(0, 16))),
                        answer.slice() == null ? null : answer.slice().series(),
                        answer.slice() == null ? null : answer.slice().number(),
                        null,
                        null,
                        null),
                masks);
    }

    private boolean takes(Scope scope, Pool pool) {
        Reach reach = sight.of(scope);
        return reach.everything()
                || reach.ownTasks().contains(pool.taskId())
                || reach.contributed().contains(pool.id());
    }

    /**
     * Gives an annotation a new mask, which replaces it in every pool that holds it; one that is
     * not approved waits where an approved one is held.
     *
     * @param state of the new one, as written
     */
    public Verdicts.Corrected correctAnnotation(
            long annotation, SentMask sent, String state, Because because) {
        because.scope().require(Action.REVIEW);
        ReviewState reviewed = FilterWords.state("state", state);
        Catalog.LabelledSupport known = catalog.support(because.scope(), annotation);
        reviews.requireMayChange(sight.of(because.scope()), annotation);
        Mask mask = read(sent, known.label(), raster(known.support().pixelsSha256()));
        Verdicts.Corrected corrected =
                verdicts.correct(
                        annotation,
                        blobs.put(mask.toRaster().toNetpbm()),
                        mask.area(),
                        reviewed,
                        because);
        wake();
        return corrected;
    }

    /** How good the answers of a pool were, by week and label. */
    public List<Verdicts.Week> curve(Scope scope, String task, String pool) {
        scope.require(Action.READ_ANSWERS_OF_SITE);
        Task of = catalog.task(scope, task);
        return verdicts.curve(
                catalog.pool(scope, of, pool), scope.owns(of.site()) ? null : scope.home());
    }

    /**
     * Every recorded answer that an annotation took part in, as far as the scope may read it, the
     * latest first.
     */
    public Page<Verdicts.Part> answersOf(Scope scope, long annotation, Page.Request page) {
        scope.require(Action.READ_ANSWERS_OF_SITE);
        catalog.support(scope, annotation);
        return verdicts.answersOf(scope, annotation, page);
    }

    /**
     * One label of a query that was asked again.
     *
     * @param dice of the mask now with the one recorded then
     * @param supportsKept supports of then that serve again
     */
    public record Compared(
            String label,
            double dice,
            int areaThen,
            int areaNow,
            int supportsThen,
            int supportsKept) {}

    /** A query asked again of its pool as it is now. */
    public record Again(
            UUID then, UUID now, int versionThen, int versionNow, List<Compared> labels) {}

    /** Asks a recorded query again of the pool as it is now, and compares the answers. */
    public Again askAgain(Scope scope, UUID id) {
        scope.require(Action.ASK);
        Answer then = answers.find(scope, id);
        then.requirePicture("queries are asked again");
        Answer now =
                queries.segment(
                        scope,
                        new Query(
                                new ImageSource.Pixels(
                                        then.queryName(), raster(then.querySha256())),
                                then.task(),
                                labelsOf(then),
                                then.pool(),
                                null,
                                then.supportSize(),
                                switch (then.temperatureSource()) {
                                    case QUERY ->
                                            then.temperature() == null
                                                    ? Temperature.UNIFORM
                                                    : new Temperature(then.temperature());
                                    case POOL, DEFAULT -> null;
                                },
                                Query.strategy(then.strategy()),
                                then.seed(),
                                then.site(),
                                then.patient(),
                                Query.NearDuplicates.LEAVE_OUT,
                                then.slice(),
                                then.closeUp()));
        List<Compared> compared = new ArrayList<>();
        for (Answer.LabelAnswer old : then.labels()) {
            Answer.LabelAnswer again = now.label(old.label());
            List<Long> used =
                    again.supports().stream().map(s -> s.support().annotationId()).toList();
            compared.add(
                    new Compared(
                            old.label(),
                            Dice.hard(mask(again.maskSha256()), mask(old.maskSha256())),
                            old.area(),
                            again.area(),
                            old.supports().size(),
                            (int)
                                    old.supports().stream()
                                            .filter(s -> used.contains(s.support().annotationId()))
                                            .count()));
        }
        return new Again(id, now.id(), then.poolVersion(), now.poolVersion(), compared);
    }

    private Mask read(SentMask sent, String label, Raster image) {
        MaskReader reader = new MaskReader(MaskReader.Strays.REFUSE);
        MaskReading reading =
                memory.during(() ->
                        reader.mask(decoder.decodeLabels(sent.bytes(), sent.name()), label, image));
        return Objects.requireNonNull(reading.masks().get(label));
    }

    private static List<String> labelsOf(Answer answer) {
        return answer.labels().stream().map(Answer.LabelAnswer::label).toList();
    }

    private Mask mask(String sha256) {
        return Mask.fromRaster(raster(sha256));
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    private void wake() {
        images.wake();
        encodings.wake();
    }
}
