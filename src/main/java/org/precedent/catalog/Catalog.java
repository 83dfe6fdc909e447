package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.LabelEntity;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.TaskEntity;
import org.precedent.imaging.Raster;

/**
 * Tasks, labels, pools, and the supports that pools hold ({@link Intake} fills them). Each public method is one transaction; one that
 * returns normally has committed. Writers take the outbox counter's row lock first, so that they
 * commit one after the other, in the order of the sequences they wrote.
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

    // ---- tasks and pools

    /** Makes sure that a task has these labels and returns it; what exists stays as it is. */
    @Transactional
    public Task defineTask(String name, List<String> labels) {
        String shown = Names.requireName("task", name);
        List<String> wanted = labels.stream().map(LabelNames::require).toList();
        outbox.lockWriters();
        TaskEntity task = findTask(name);
        if (task == null) {
            task = new TaskEntity();
            task.name = shown;
            task.createdAt = now();
            entities.persist(task);
        }
        for (String label : wanted) {
            if (Names.find(task.labels, l -> l.name, label).isEmpty()) {
                LabelEntity entity = new LabelEntity();
                entity.task = task;
                entity.name = label;
                entities.persist(entity);
                task.labels.add(entity);
            }
        }
        return toTask(task);
    }

    /** Makes sure that a task has this pool and returns it. */
    @Transactional
    public Pool definePool(String task, String name) {
        String shown = Names.requireName("pool", name);
        outbox.lockWriters();
        TaskEntity owner = requireTask(task);
        PoolEntity pool = findPool(owner, name);
        if (pool == null) {
            pool = new PoolEntity();
            pool.task = owner;
            pool.name = shown;
            pool.createdAt = now();
            entities.persist(pool);
        }
        return toPool(pool);
    }

    @Transactional
    public List<Task> tasks() {
        return entities.createQuery("FROM Task ORDER BY name", TaskEntity.class)
                .getResultStream()
                .map(Catalog::toTask)
                .toList();
    }

    /**
     * @throws CatalogException UNKNOWN_TASK, with the known ones
     */
    @Transactional
    public Task task(String name) {
        return toTask(requireTask(name));
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

    @Transactional
    public List<Pool> pools(Task task) {
        return poolsOf(task.id()).stream().map(Catalog::toPool).toList();
    }

    /**
     * @throws CatalogException UNKNOWN_POOL, with the known ones
     */
    @Transactional
    public Pool pool(Task task, String name) {
        return toPool(requirePool(requireTask(task.name()), name));
    }

    /**
     * Checks that a pool has a version.
     *
     * @throws CatalogException UNKNOWN_POOL_VERSION, with the range
     */
    public int requireVersion(Pool pool, int version) {
        if (version < 1 || version > pool.version()) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_POOL_VERSION,
                    "pool version",
                    Integer.toString(version),
                    pool.version() == 0 ? List.of() : List.of("1 to " + pool.version()));
        }
        return version;
    }

    // ---- pixels

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
            int poolId,
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
                .setParameter("pool", poolId)
                .setParameter("version", poolVersion)
                .setParameter("label", labelId)
                .setParameter("state", ReviewState.APPROVED)
                .setParameter("hashes", hashes)
                .getResultStream()
                .filter(a ->
                        (site == null || CanonicalNames.same(site, a.image.site))
                                && (patient == null
                                        || !CanonicalNames.same(patient, a.image.patient)))
                .forEach(a -> own.put(a.image.id, toSupport(a)));
        return own;
    }

    // ---- supports

    /**
     * The annotations of one label that a pool version holds on these images.
     *
     * @return by image id; an image that has none is not in the map
     */
    @Transactional
    public Map<UUID, Support> supports(
            int poolId, int poolVersion, int labelId, Collection<UUID> imageIds) {
        Map<UUID, Support> supports = new HashMap<>();
        entities.createQuery(
                        "SELECT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image"
                                + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                + " AND (m.untilVersion IS NULL OR m.untilVersion > :version)"
                                + " AND a.label.id = :label AND a.image.id IN :images",
                        AnnotationEntity.class)
                .setParameter("pool", poolId)
                .setParameter("version", poolVersion)
                .setParameter("label", labelId)
                .setParameter("images", imageIds)
                .getResultStream()
                .forEach(a -> supports.put(a.image.id, toSupport(a)));
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
    public LabelledSupport support(long annotationId) {
        AnnotationEntity annotation = entities.find(AnnotationEntity.class, annotationId);
        if (annotation == null) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_ANNOTATION,
                    "annotation",
                    Long.toString(annotationId),
                    List.of("the annotationId of any support of an answer"));
        }
        return new LabelledSupport(annotation.label.name, toSupport(annotation));
    }

    static Support toSupport(AnnotationEntity annotation) {
        return new Support(
                annotation.id,
                annotation.version,
                annotation.image.id,
                annotation.image.sourceName,
                annotation.image.pixelsSha256,
                annotation.maskSha256,
                annotation.image.width,
                annotation.image.height,
                annotation.area);
    }

    // ---- entities to records

    private @Nullable TaskEntity findTask(String name) {
        if (!Names.isName(name)) {
            return null; // the database does not even take every text as a question
        }
        List<TaskEntity> candidates =
                entities.createQuery(
                                "FROM Task WHERE lower(name) = :key ORDER BY id", TaskEntity.class)
                        .setParameter("key", CanonicalNames.key(name))
                        .getResultList();
        return Names.find(candidates, task -> task.name, name).orElse(null);
    }

    TaskEntity requireTask(String name) {
        TaskEntity task = findTask(name);
        if (task == null) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_TASK,
                    "task",
                    name,
                    entities.createQuery("SELECT name FROM Task ORDER BY name", String.class)
                            .getResultList());
        }
        return task;
    }

    List<PoolEntity> poolsOf(int taskId) {
        return entities.createQuery(
                        "FROM Pool WHERE task.id = :task ORDER BY name", PoolEntity.class)
                .setParameter("task", taskId)
                .getResultList();
    }

    private @Nullable PoolEntity findPool(TaskEntity task, String name) {
        return Names.find(poolsOf(task.id), pool -> pool.name, name).orElse(null);
    }

    PoolEntity requirePool(TaskEntity task, String name) {
        PoolEntity pool = findPool(task, name);
        if (pool == null) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_POOL,
                    "pool",
                    name,
                    poolsOf(task.id).stream().map(p -> p.name).toList());
        }
        return pool;
    }

    private static Task toTask(TaskEntity task) {
        return new Task(
                task.id,
                task.name,
                task.labels.stream().map(l -> new Task.Label(l.id, l.name)).toList());
    }

    private static Pool toPool(PoolEntity pool) {
        return new Pool(pool.id, pool.task.id, pool.name, pool.currentVersion);
    }

    private Instant now() {
        return clock.instant();
    }
}
