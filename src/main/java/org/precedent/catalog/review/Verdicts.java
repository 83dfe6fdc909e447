package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Ingested;
import org.precedent.catalog.Intake;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Proposals;
import org.precedent.catalog.SamePixels;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Actions.Kind;

/**
 * What clients say of answers, and what becomes of it: an accepted or corrected mask is an
 * unreviewed annotation that knows the answer which it came from; and new masks of annotations.
 */
@ApplicationScoped
public class Verdicts {
    private final EntityManager entities;
    private final Intake intake;
    private final Actions actions;
    private final PoolVersions versions;
    private final Proposals proposals;

    Verdicts(
            EntityManager entities,
            Intake intake,
            Actions actions,
            PoolVersions versions,
            Proposals proposals) {
        this.entities = entities;
        this.intake = intake;
        this.actions = actions;
        this.versions = versions;
        this.proposals = proposals;
    }

    /** What was said. */
    public enum Verdict {
        ACCEPTED(Kind.ACCEPT),
        CORRECTED(Kind.CORRECT),
        REJECTED(Kind.REJECT);

        private final Kind kind;

        Verdict(Kind kind) {
            this.kind = kind;
        }

        /** As written in answers and the database. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A verdict as it is kept.
     *
     * @param dice of the answer with the mask held for right, by label; empty for a rejection
     * @param annotations made of it, by label
     * @param waiting labels whose mask waits beside an approved one, which keeps its place until a
     *     curator approves the new one
     * @param poolVersion of the pool afterwards, which holds all others; null where no pool took
     *     any
     */
    public record Recorded(
            long action,
            String verdict,
            Map<String, Double> dice,
            Map<String, Long> annotations,
            List<String> waiting,
            @Nullable Integer poolVersion) {}

    /** A label of an answer that was judged, and the annotation that it became; 0 for none. */
    private record Held(long answerLabel, long annotation, double dice) {}

    /**
     * Keeps accepted or corrected answers: all of them or none. Where all of it was said before and
     * is in force, nothing is kept again.
     *
     * @return one an answer, in their order
     */
    @Transactional
    public List<Recorded> keep(JudgedAnswers judged, Because because) {
        Verdict verdict = judged.verdict();
        Task task = judged.task();
        Pool pool = judged.pool();
        List<JudgedAnswers.One> answers = judged.answers();
        actions.lock();
        // With the lock held: what was told of the pool before may be older than another's ingest.
        int before = versions.current(pool.id());
        List<Map<String, Long>> labels =
                answers.stream()
                        .map(one -> answerLabels(one.answer(), one.dice().keySet()))
                        .toList();
        List<Ingested> ingested =
                intake.ingest(
                        because.scope().judging(),
                        judged.batch(),
                        task.name(),
                        pool.name(),
                        ReviewState.UNREVIEWED,
                        (answers.size() == 1
                                        ? "answer " + answers.getFirst().answer()
                                        : answers.size() + " answers")
                                + " "
                                + verdict.word(),
                        SamePixels.Policy.REFUSE);
        entities.flush();
        int now = ingested.getFirst().poolVersion();
        List<Map<String, Long>> annotations = new ArrayList<>();
        List<List<String>> waiting = new ArrayList<>();
        List<Held> held = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            Map<String, Long> ids = new LinkedHashMap<>();
            List<String> beside = new ArrayList<>();
            for (Ingested.AnnotationResult one : ingested.get(i).annotations()) {
                ids.put(
                        one.label(),
                        annotation(ingested.get(i).imageId(), task, one.label(), one.version()));
                if (one.beside() != null) {
                    beside.add(one.label());
                }
            }
            Map<String, Double> dice = answers.get(i).dice();
            labels.get(i)
                    .forEach((label, id) ->
                            held.add(
                                    new Held(
                                            id,
                                            Objects.requireNonNull(ids.get(label)),
                                            Objects.requireNonNull(dice.get(label)))));
            annotations.add(ids);
            waiting.add(beside);
        }
        Long said = now == before ? said(verdict, held) : null;
        long action = said == null ? actions.begin(verdict.kind, because, null) : said;
        if (said == null) {
            actions.about(action, task.id());
            held.forEach(one ->
                    record(action, one.answerLabel(), verdict, one.annotation(), one.dice()));
        }
        if (now > before) {
            entities.createNativeQuery(
                            "UPDATE pool_version SET action_id = ?1, actor = ?2"
                                    + " WHERE pool_id = ?3 AND version = ?4 AND action_id IS NULL")
                    .setParameter(1, action)
                    .setParameter(2, because.actor())
                    .setParameter(3, pool.id())
                    .setParameter(4, now)
                    .executeUpdate();
        }
        List<Recorded> recorded = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            Map<String, Long> ids = annotations.get(i);
            if (said == null) {
                waiting.get(i)
                        .forEach(label ->
                                proposals.cameFrom(
                                        pool.id(), Objects.requireNonNull(ids.get(label)), action));
            }
            recorded.add(
                    new Recorded(
                            action,
                            verdict.word(),
                            answers.get(i).dice(),
                            ids,
                            waiting.get(i),
                            now));
        }
        return recorded;
    }

    /** The action in force that said all of this last; null where one of them was not said. */
    private @Nullable Long said(Verdict verdict, List<Held> held) {
        Long action = null;
        for (Held one : held) {
            List<Object[]> last =
                    Conditions.rows(
                            entities.createNativeQuery(
                                            "SELECT v.verdict, coalesce(v.annotation_id, 0), c.id"
                                                    + " FROM answer_verdict v JOIN curation_action c"
                                                    + " ON c.id = v.action_id WHERE c.in_force"
                                                    + " AND v.answer_label_id = ?1"
                                                    + " ORDER BY c.number DESC LIMIT 1")
                                    .setParameter(1, one.answerLabel()));
            if (last.isEmpty()
                    || !verdict.word().equals(last.getFirst()[0])
                    || ((Number) last.getFirst()[1]).longValue() != one.annotation()) {
                return null;
            }
            action = ((Number) last.getFirst()[2]).longValue();
        }
        return action;
    }

    /** Keeps that labels of an answer were held for right, in no pool. */
    @Transactional
    public Recorded accept(UUID answer, Task task, List<String> accepted, Because because) {
        actions.lock();
        Map<String, Long> labels = answerLabels(answer, accepted);
        long action = judged(Verdict.ACCEPTED, labels.values(), 1.0, task, because);
        Map<String, Double> dice = new LinkedHashMap<>();
        labels.keySet().forEach(label -> dice.put(label, 1.0));
        return new Recorded(action, Verdict.ACCEPTED.word(), dice, Map.of(), List.of(), null);
    }

    /** Keeps that labels of an answer were rejected. */
    @Transactional
    public Recorded reject(UUID answer, Task task, List<String> rejected, Because because) {
        actions.lock();
        long action =
                judged(
                        Verdict.REJECTED,
                        answerLabels(answer, rejected).values(),
                        null,
                        task,
                        because);
        return new Recorded(action, Verdict.REJECTED.word(), Map.of(), Map.of(), List.of(), null);
    }

    /**
     * Keeps a verdict that no annotation comes of, once: said again while it is in force it would
     * count twice in the curve.
     */
    private long judged(
            Verdict verdict,
            Collection<Long> labels,
            @Nullable Double dice,
            Task task,
            Because because) {
        Long said = said(verdict, labels.stream().map(id -> new Held(id, 0, 0)).toList());
        if (said != null) {
            return said;
        }
        long action = actions.begin(verdict.kind, because, null);
        actions.about(action, task.id());
        labels.forEach(id -> record(action, id, verdict, null, dice));
        return action;
    }

    private Map<String, Long> answerLabels(UUID answer, Iterable<String> wanted) {
        Map<String, Long> known = new LinkedHashMap<>();
        for (Object[] row :
                Conditions.rows(
                        entities.createNativeQuery(
                                        "SELECT l.name, al.id FROM answer_label al"
                                                + " JOIN label l ON l.id = al.label_id"
                                                + " WHERE al.answer_id = ?1 ORDER BY al.id")
                                .setParameter(1, answer))) {
            known.put((String) row[0], ((Number) row[1]).longValue());
        }
        Map<String, Long> found = new LinkedHashMap<>();
        for (String label : wanted) {
            Long id = known.get(label);
            if (id == null) {
                throw CatalogException.unknownAnswerLabel(answer.toString(), label);
            }
            found.put(label, id);
        }
        return found;
    }

    private long annotation(UUID image, Task task, String label, int version) {
        return ((Number)
                        entities.createNativeQuery(
                                        "SELECT a.id FROM annotation a"
                                                + " JOIN label l ON l.id = a.label_id"
                                                + " WHERE a.image_id = ?1 AND l.task_id = ?2"
                                                + " AND l.name = ?3 AND a.version = ?4",
                                        Long.class)
                                .setParameter(1, image)
                                .setParameter(2, task.id())
                                .setParameter(3, label)
                                .setParameter(4, version)
                                .getSingleResult())
                .longValue();
    }

    private void record(
            long action,
            long answerLabel,
            Verdict verdict,
            @Nullable Long annotation,
            @Nullable Double dice) {
        entities.createNativeQuery(
                        "INSERT INTO answer_verdict (action_id, answer_label_id, verdict,"
                                + " annotation_id, dice) VALUES (?1, ?2, ?3, nullif(?4, 0),"
                                + " nullif(?5, -1))")
                .setParameter(1, action)
                .setParameter(2, answerLabel)
                .setParameter(3, verdict.word())
                .setParameter(4, annotation == null ? 0L : annotation)
                .setParameter(5, dice == null ? -1.0 : dice)
                .executeUpdate();
    }

    /**
     * A new mask of an annotation, and where it replaced the old one.
     *
     * @param pools that hold it now
     * @param waiting pools that go on holding the approved one until a curator approves this one
     */
    public record Corrected(long action, long annotationId, int version, int pools, int waiting) {}

    /**
     * Gives an annotation's image and label a new mask, which replaces the annotation that is held
     * of them in every pool, but where that is approved and the new one is not: there it waits. The
     * old one stays as it is, in the versions that hold it.
     *
     * @param maskSha256 blob of the mask, of the image's size, stored already
     * @param state of the new annotation
     */
    @Transactional
    public Corrected correct(
            long annotation, String maskSha256, int area, ReviewState state, Because because) {
        actions.lock();
        List<Object[]> made =
                Conditions.rows(
                        entities.createNativeQuery(
                                        """
                                        INSERT INTO annotation (image_id, label_id, version, mask_sha256, area,
                                                                author, review_state, created_at)
                                        SELECT a.image_id, a.label_id,
                                            (SELECT max(b.version) + 1 FROM annotation b
                                             WHERE b.image_id = a.image_id AND b.label_id = a.label_id),
                                            ?2, ?3, ?4, ?5, ?6
                                        FROM annotation a WHERE a.id = ?1
                                        RETURNING id, version
                                        """)
                                .setParameter(1, annotation)
                                .setParameter(2, maskSha256)
                                .setParameter(3, area)
                                .setParameter(4, because.actor())
                                .setParameter(5, state.name())
                                .setParameter(6, actions.now()));
        if (made.isEmpty()) {
            throw CatalogException.unknownAnnotation(annotation);
        }
        long id = ((Number) made.getFirst()[0]).longValue();
        long action = actions.begin(Kind.CORRECT, because, null);
        actions.about(action, List.of(id));
        int pools = 0;
        int waiting = 0;
        for (Object[] held : versions.holding(annotation)) {
            int pool = ((Number) held[0]).intValue();
            if (state != ReviewState.APPROVED && held[2].equals(ReviewState.APPROVED.name())) {
                proposals.propose(pool, id, action);
                waiting++;
                continue;
            }
            pools++;
            versions.change(
                    pool,
                    List.of(id),
                    List.of(((Number) held[1]).longValue()),
                    "annotation " + annotation + " corrected: " + because.reason(),
                    because.actor(),
                    action);
        }
        return new Corrected(action, id, ((Number) made.getFirst()[1]).intValue(), pools, waiting);
    }

    /**
     * How good the answers of a week were, by what clients said of them.
     *
     * @param week its Monday, UTC
     * @param meanDice of answers with the masks that were held for right, accepted ones among them;
     *     null where all were rejected
     * @param meanCorrectedDice of the corrected ones alone; null where there are none
     */
    public record Week(
            Instant week,
            String label,
            int accepted,
            int corrected,
            int rejected,
            @Nullable Double meanDice,
            @Nullable Double meanCorrectedDice) {}

    /**
     * The curve of a pool by week and label, the earliest first.
     *
     * @param site only answers that this site asked for; null for all
     */
    @Transactional
    public List<Week> curve(Pool pool, @Nullable String site) {
        return Conditions.rows(
                        entities.createNativeQuery(
                                        """
                                        SELECT date_trunc('week', w.created_at, 'UTC') AS week, l.name,
                                            count(*) FILTER (WHERE v.verdict = 'accepted'),
                                            count(*) FILTER (WHERE v.verdict = 'corrected'),
                                            count(*) FILTER (WHERE v.verdict = 'rejected'),
                                            avg(v.dice),
                                            avg(v.dice) FILTER (WHERE v.verdict = 'corrected')
                                        FROM answer_verdict v
                                        JOIN curation_action c ON c.id = v.action_id AND c.in_force
                                        JOIN answer_label al ON al.id = v.answer_label_id
                                        JOIN answer w ON w.id = al.answer_id
                                        JOIN label l ON l.id = al.label_id
                                        WHERE w.pool_id = ?1
                                          AND (?2 = '' OR lower(w.asked_site) = ?2)
                                        GROUP BY 1, 2 ORDER BY 1, 2
                                        """)
                                .setParameter(1, pool.id())
                                .setParameter(2, site == null ? "" : CanonicalNames.key(site)))
                .stream()
                .map(row ->
                        new Week(
                                (Instant) row[0],
                                (String) row[1],
                                ((Number) row[2]).intValue(),
                                ((Number) row[3]).intValue(),
                                ((Number) row[4]).intValue(),
                                (Double) row[5],
                                (Double) row[6]))
                .toList();
    }

    /**
     * The part of an annotation in a recorded answer.
     *
     * @param weight its share of the answer
     * @param rank from 0
     */
    public record Part(
            UUID answer,
            String query,
            String pool,
            int poolVersion,
            String label,
            int rank,
            double weight,
            double similarity,
            Instant createdAt) {}

    /**
     * Every recorded answer that an annotation took part in and that a scope may read, the latest
     * first.
     */
    @Transactional
    public Page<Part> answersOf(Scope scope, long annotation, Page.Request page) {
        Long after = page.number();
        Conditions conditions =
                new Conditions()
                        .given("s.annotation_id = :annotation", "annotation", annotation)
                        .given("s.id < :after", "after", after)
                        .readable(scope);
        var query =
                entities.createNativeQuery(
                        """
                        SELECT w.id, w.query_name, p.name AS pool, w.pool_version, l.name AS label, s.rank,
                            s.weight, s.similarity, w.created_at, s.id AS part
                        FROM answer_support s
                        JOIN answer_label al ON al.id = s.answer_label_id
                        JOIN answer w ON w.id = al.answer_id
                        JOIN pool p ON p.id = w.pool_id
                        JOIN task t ON t.id = w.task_id
                        JOIN label l ON l.id = al.label_id
                        WHERE %s ORDER BY s.id DESC
                        """
                                .formatted(conditions.sql()));
        conditions.bind(query);
        List<Object[]> rows = Conditions.rows(query.setMaxResults(page.limit() + 1));
        Page<Object[]> read = Page.of(rows, page.limit(), row -> String.valueOf(row[9]));
        return new Page<>(read.rows().stream().map(Verdicts::part).toList(), read.next());
    }

    private static Part part(Object[] row) {
        return new Part(
                (UUID) row[0],
                (String) row[1],
                (String) row[2],
                ((Number) row[3]).intValue(),
                (String) row[4],
                ((Number) row[5]).intValue(),
                ((Number) row[6]).doubleValue(),
                ((Number) row[7]).doubleValue(),
                (Instant) row[8]);
    }
}
