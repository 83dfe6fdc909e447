package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.AccessException;
import org.precedent.access.Action;
import org.precedent.access.PoolGrant;
import org.precedent.access.PoolRights;
import org.precedent.access.Scope;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.AnswerEntity;
import org.precedent.catalog.Entities.LabelEntity;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.TaskEntity;
import org.precedent.imaging.Raster;

/**
 * Tasks, labels, pools, and the supports that pools hold ({@link Intake} fills them). Each public
 * method is one transaction; one that returns normally has committed. Writers take the outbox
 * counter's row lock first: they commit in the order of the sequences that they wrote.
 */
@ApplicationScoped
public class Catalog {
    private final EntityManager entities;
    private final Outbox outbox;
    private final Clock clock;

    Catalog(EntityManager entities, Outbox outbox, Clock clock) {
        this.entities = entities;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** Names this catalogue; another database has another id. */
    @Transactional
    public UUID id() {
        return (UUID)
                entities.createNativeQuery("SELECT id FROM catalogue", UUID.class)
                        .getSingleResult();
    }

    /**
     * Makes sure that a task of the own site has these labels and returns it; what exists stays as
     * it is. A task of that name that another site shares is another one.
     *
     * @throws org.precedent.access.AccessException when the scope may not define tasks, or none of
     *     this name
     */
    @Transactional
    public Task defineTask(Scope scope, String name, List<String> labels) {
        scope.require(Action.DEFINE);
        String shown = Names.requireName("task", name);
        List<String> wanted = labels.stream().map(LabelNames::require).toList();
        outbox.lockWriters();
        if (!scope.admitsTask(shown)) {
            throw AccessException.forbidden(
                    scope.name() + " is limited to other tasks", "a key for task " + shown);
        }
        TaskEntity task = findTask(scope, name, owned -> scope.owns(owned.site));
        if (task == null) {
            long tasks =
                    entities.createQuery(
                                    "SELECT count(t) FROM Task t WHERE t.site = ?1", Long.class)
                            .setParameter(1, scope.home())
                            .getSingleResult();
            Task.requireOneMore("tasks of a site", tasks, Task.MOST_OF_A_SITE);
            task = new TaskEntity();
            task.site = scope.home();
            task.name = shown;
            task.createdAt = now();
            entities.persist(task);
        }
        for (String label : wanted) {
            if (Names.find(task.labels, l -> l.name, label).isEmpty()) {
                LabelEntity entity = new LabelEntity();
                entity.task = task;
                entity.name = label;
                Task.requireOneMore("labels of a task", task.labels.size(), Task.MOST_LABELS);
                entities.persist(entity);
                task.labels.add(entity);
            }
        }
        return toTask(task);
    }

    /**
     * Makes sure that a task of the own site has this pool and returns it.
     *
     * @throws org.precedent.access.AccessException when the scope may not define pools, or the task
     *     is another site's
     */
    @Transactional
    public Pool definePool(Scope scope, String task, String name) {
        scope.require(Action.DEFINE);
        String shown = Names.requireName("pool", name);
        outbox.lockWriters();
        TaskEntity owner = requireOwnTask(scope, task);
        List<PoolEntity> pools = poolsOf(owner.id);
        PoolEntity pool = Names.find(pools, p -> p.name, name).orElse(null);
        if (pool == null) {
            Task.requireOneMore("pools of a task", pools.size(), Task.MOST_POOLS);
            pool = new PoolEntity();
            pool.task = owner;
            pool.name = shown;
            pool.createdAt = now();
            entities.persist(pool);
        }
        return toPool(grant(scope, pool), pool);
    }

    /** The tasks of the own site, and those of which a pool is shared with it, by name. */
    @Transactional
    public List<Task> tasks(Scope scope) {
        return entities.createQuery("FROM Task ORDER BY name, site", TaskEntity.class)
                .getResultStream()
                .filter(task -> sees(scope, task))
                .map(Catalog::toTask)
                .toList();
    }

    /**
     * @throws CatalogException UNKNOWN_TASK, with the known ones
     */
    @Transactional
    public Task task(Scope scope, String name) {
        return toTask(requireTask(scope, name));
    }

    /**
     * The labels of a task by name, in the order asked for; all of them when none is asked for.
     *
     * @throws CatalogException UNKNOWN_LABEL, with the known ones
     */
    public List<Task.Label> labels(Task task, Collection<String> names) {
        if (names.isEmpty()) {
            return task.labels();
        }
        Set<Task.Label> labels = new LinkedHashSet<>();
        for (String name : names) {
            labels.add(
                    Names.find(task.labels(), Task.Label::name, name)
                            .orElseThrow(() ->
                                    CatalogException.unknown(
                                            CatalogException.Code.UNKNOWN_LABEL,
                                            "label",
                                            name,
                                            task.labelNames())));
        }
        return List.copyOf(labels);
    }

    /** The pools of a task that the scope may read, by name. */
    @Transactional
    public List<Pool> pools(Scope scope, Task task) {
        return poolsOf(task.id()).stream()
                .flatMap(
                        pool -> scope.read(rights(pool)).map(grant -> toPool(grant, pool)).stream())
                .toList();
    }

    /**
     * @throws CatalogException UNKNOWN_POOL, with the known ones
     */
    @Transactional
    public Pool pool(Scope scope, Task task, String name) {
        PoolEntity pool = requirePool(scope, entities.find(TaskEntity.class, task.id()), name);
        return toPool(grant(scope, pool), pool);
    }

    /**
     * The number of a version by its number or name.
     *
     * @throws CatalogException UNKNOWN_POOL_VERSION, with the range and the names
     */
    @Transactional
    public int requireVersion(Pool pool, String wanted) {
        return pool.number(entities, wanted);
    }

    /**
     * The hashes under which this catalogue may know a picture: first that of its canonical
     * samples. Before images were made canonical, a grey picture that was sent as RGB or 16 bit was
     * stored as it was sent; those hashes are made only where images of that size and format are
     * stored.
     */
    @Transactional
    public List<String> pixelHashes(Raster image) {
        Raster canonical = image.canonical();
        List<String> hashes = new ArrayList<>(List.of(Sha256.of(canonical.toNetpbm())));
        for (int channels : new int[] {1, 3}) {
            for (int bits : new int[] {8, 16}) {
                boolean wider =
                        channels >= canonical.channels()
                                && bits >= canonical.bitsPerSample()
                                && (channels > canonical.channels()
                                        || bits > canonical.bitsPerSample());
                if (wider && isStored(canonical, channels, bits)) {
                    hashes.add(Sha256.of(canonical.spread(channels, bits).toNetpbm()));
                }
            }
        }
        return hashes;
    }

    private boolean isStored(Raster size, int channels, int bits) {
        return !entities.createQuery(
                        "SELECT 1 FROM Image WHERE width = :width AND height = :height"
                                + " AND channels = :channels AND bitsPerSample = :bits",
                        Integer.class)
                .setParameter("width", size.width())
                .setParameter("height", size.height())
                .setParameter("channels", channels)
                .setParameter("bits", bits)
                .setMaxResults(1)
                .getResultList()
                .isEmpty();
    }

    /**
     * The supports that a query must not rest on because they are its own pixels.
     *
     * @param hashes as {@link #pixelHashes} gives them
     * @param site only images of this site, or null for any
     * @param patient no images of this patient, which are no supports anyway; null when not known
     * @return approved annotations of the label that the pool version holds on such images, by
     *     image
     */
    @Transactional
    public Map<UUID, Support> ownPixels(
            PoolGrant pool,
            int poolVersion,
            int labelId,
            Collection<String> hashes,
            @Nullable String site,
            @Nullable String patient) {
        Map<UUID, Support> own = new LinkedHashMap<>();
        entities.createQuery(
                        "SELECT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image"
                                + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                + " AND (m.untilVersion IS NULL OR m.untilVersion > :version)"
                                + " AND a.label.id = :label AND a.reviewState = :state"
                                + " AND a.image.pixelsSha256 IN :hashes ORDER BY a.id",
                        AnnotationEntity.class)
                .setParameter("pool", pool.pool())
                .setParameter("version", poolVersion)
                .setParameter("label", labelId)
                .setParameter("state", ReviewState.APPROVED)
                .setParameter("hashes", hashes)
                .getResultStream()
                .filter(a ->
                        (site == null || CanonicalNames.same(site, a.image.site))
                                && (patient == null
                                        || !CanonicalNames.same(patient, a.image.patient)))
                .forEach(a -> own.put(a.image.id, toSupport(pool.scope(), a)));
        return own;
    }

    /**
     * Across which direction the pool's slices lie: of the axis of the body that most of them are
     * cut across, the normal of the one that was taken in last.
     *
     * @return a unit vector in LPS; empty where the pool holds no slice that knows its place
     */
    @Transactional
    public Optional<double[]> sliceNormal(Pool pool) {
        return entities.createQuery(
                        "SELECT i.direction FROM PoolMember m JOIN m.annotation a JOIN a.image i"
                                + " WHERE m.pool.id = :pool AND m.untilVersion IS NULL"
                                + " AND i.sliceIndex IS NOT NULL AND i.direction IS NOT NULL"
                                + " ORDER BY COUNT(m.id) OVER (PARTITION BY "
                                + "CASE WHEN ABS(array_get(i.direction, 9)) > 0.71 THEN 2"
                                + " WHEN ABS(array_get(i.direction, 6)) > 0.71 THEN 1"
                                + " WHEN ABS(array_get(i.direction, 3)) > 0.71 THEN 0"
                                + " ELSE 3 END) DESC, m.id DESC",
                        double[].class)
                .setParameter("pool", pool.id())
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .map(of -> new double[] {of[2], of[5], of[8]});
    }

    /**
     * The annotations of one label that a pool version holds on these images.
     *
     * @return by image id; an image that has none is not in the map
     */
    @Transactional
    public Map<UUID, Support> supports(
            PoolGrant pool, int poolVersion, int labelId, Collection<UUID> imageIds) {
        Map<UUID, Support> supports = new HashMap<>();
        entities.createQuery(
                        "SELECT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image"
                                + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                + " AND (m.untilVersion IS NULL OR m.untilVersion > :version)"
                                + " AND a.label.id = :label AND a.image.id IN :images",
                        AnnotationEntity.class)
                .setParameter("pool", pool.pool())
                .setParameter("version", poolVersion)
                .setParameter("label", labelId)
                .setParameter("images", imageIds)
                .getResultStream()
                .forEach(a -> supports.put(a.image.id, toSupport(pool.scope(), a)));
        return supports;
    }

    /** A support and the label that it is of. */
    public record LabelledSupport(String label, Support support) {}

    /**
     * One annotation by its id.
     *
     * @throws CatalogException UNKNOWN_ANNOTATION
     */
    @Transactional
    public LabelledSupport support(Scope scope, long annotationId) {
        AnnotationEntity annotation = entities.find(AnnotationEntity.class, annotationId);
        if (annotation == null || !sees(scope, annotation)) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_ANNOTATION,
                    "annotation",
                    Long.toString(annotationId),
                    List.of("the annotationId of any support of an answer"));
        }
        return new LabelledSupport(annotation.label.name, toSupport(scope, annotation));
    }

    /**
     * Whether an annotated image may be looked at: it is of a task of the own site or in a pool
     * that the scope may read, and the scope may see what is in pools, or an answer that it may
     * read rests on it.
     */
    private boolean sees(Scope scope, AnnotationEntity annotation) {
        TaskEntity task = annotation.label.task;
        if (scope.admitsTask(task.name)
                && (scope.everywhere()
                        || scope.owns(task.site) && scope.may(Action.SEE_SUPPORTS))) {
            return true;
        }
        List<PoolEntity> pools =
                entities.createQuery(
                                "SELECT DISTINCT p FROM PoolMember m JOIN m.pool p"
                                        + " WHERE m.annotation = :annotation",
                                PoolEntity.class)
                        .setParameter("annotation", annotation)
                        .getResultStream()
                        .filter(pool -> scope.read(rights(pool)).isPresent())
                        .toList();
        return !pools.isEmpty()
                && (scope.may(Action.SEE_SUPPORTS) || isAnsweredFrom(scope, annotation, pools));
    }

    private boolean isAnsweredFrom(
            Scope scope, AnnotationEntity annotation, List<PoolEntity> pools) {
        return entities.createQuery(
                        "SELECT DISTINCT a FROM AnswerSupport s JOIN s.answerLabel l"
                                + " JOIN l.answer a WHERE s.annotation = :annotation"
                                + " AND a.pool IN :pools",
                        AnswerEntity.class)
                .setParameter("annotation", annotation)
                .setParameter("pools", pools)
                .getResultStream()
                .anyMatch(answer -> reads(scope, answer));
    }

    static boolean reads(Scope scope, AnswerEntity answer) {
        return scope.readsAnswer(answer.task.name, answer.askedBy, answer.askedSite);
    }

    /** The name of a file is for its own site only. */
    static Support toSupport(Scope scope, AnnotationEntity annotation) {
        return new Support(
                annotation.id,
                annotation.version,
                annotation.image.id,
                scope.imageName(
                        annotation.image.site, annotation.image.sourceName, annotation.image.id),
                annotation.image.pixelsSha256,
                annotation.maskSha256,
                annotation.image.width,
                annotation.image.height,
                annotation.area,
                scope.owns(annotation.image.site) ? annotation.image.series : null);
    }

    /** The one of the own site before others that are visible. */
    private @Nullable TaskEntity findTask(
            Scope scope, String name, Predicate<TaskEntity> condition) {
        if (!Names.isName(name)) {
            return null; // the database does not even take every text as a question
        }
        List<TaskEntity> candidates =
                entities.createQuery(
                                "FROM Task WHERE lower(name) = :key ORDER BY id", TaskEntity.class)
                        .setParameter("key", CanonicalNames.key(name))
                        .getResultStream()
                        .filter(condition)
                        .sorted(
                                Comparator.comparing(
                                        task -> !CanonicalNames.same(task.site, scope.home())))
                        .toList();
        return Names.find(candidates, task -> task.name, name).orElse(null);
    }

    private boolean sees(Scope scope, TaskEntity task) {
        return scope.admitsTask(task.name)
                && (scope.owns(task.site)
                        || poolsOf(task.id).stream()
                                .anyMatch(pool -> scope.read(rights(pool)).isPresent()));
    }

    TaskEntity requireTask(Scope scope, String name) {
        TaskEntity task = findTask(scope, name, one -> sees(scope, one));
        if (task == null) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_TASK,
                    "task",
                    name,
                    tasks(scope).stream().map(Task::name).distinct().toList());
        }
        return task;
    }

    TaskEntity requireOwnTask(Scope scope, String name) {
        TaskEntity task = requireTask(scope, name);
        if (!scope.owns(task.site)) {
            throw AccessException.forbidden(
                    "task " + task.name + " is shared by another site", "a task of your own site");
        }
        return task;
    }

    List<PoolEntity> poolsOf(int taskId) {
        return entities.createQuery(
                        "FROM Pool WHERE task.id = :task ORDER BY name", PoolEntity.class)
                .setParameter("task", taskId)
                .getResultList();
    }

    /** The pools of a task that the scope may read. */
    List<PoolEntity> readablePools(Scope scope, TaskEntity task) {
        return poolsOf(task.id).stream()
                .filter(pool -> scope.read(rights(pool)).isPresent())
                .toList();
    }

    PoolEntity requirePool(Scope scope, TaskEntity task, String name) {
        List<PoolEntity> known = readablePools(scope, task);
        return Names.find(known, pool -> pool.name, name)
                .orElseThrow(() ->
                        CatalogException.unknown(
                                CatalogException.Code.UNKNOWN_POOL,
                                "pool",
                                name,
                                known.stream().map(p -> p.name).toList()));
    }

    static PoolRights rights(PoolEntity pool) {
        return new PoolRights(pool.id, pool.task.name, pool.task.site, pool.shares);
    }

    private static PoolGrant grant(Scope scope, PoolEntity pool) {
        return scope.read(rights(pool)).orElseThrow();
    }

    private static Task toTask(TaskEntity task) {
        return new Task(
                task.id,
                task.site,
                task.name,
                task.labels.stream().map(l -> new Task.Label(l.id, l.name)).toList());
    }

    private static Pool toPool(PoolGrant grant, PoolEntity pool) {
        return new Pool(grant, pool.task.id, pool.name, pool.currentVersion, pool.ownStudy);
    }

    private Instant now() {
        return clock.instant();
    }
}
