package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.ImageEntity;
import org.precedent.catalog.Entities.LabelEntity;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.PoolMemberEntity;
import org.precedent.catalog.Entities.TaskEntity;
import org.precedent.catalog.Ingested.AnnotationResult;

/**
 * Tasks, labels, images, annotations and pools. Each public method is one transaction; one that
 * returns normally has committed. Writers take the outbox counter's row lock first, so that they
 * commit one after the other, in the order of the sequences they wrote.
 */
@ApplicationScoped
public class Catalog {
    private final EntityManager entities;
    private final Outbox outbox;
    private final BlobStore blobs;
    private final Clock clock;

    Catalog(EntityManager entities, Outbox outbox, BlobStore blobs, Clock clock) {
        this.entities = entities;
        this.outbox = outbox;
        this.blobs = blobs;
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
        Names.requireName("task", name);
        List<String> wanted = labels.stream().map(LabelNames::require).toList();
        outbox.lockWriters();
        TaskEntity task = findTask(name);
        if (task == null) {
            task = new TaskEntity();
            task.name = name;
            task.createdAt = now();
            entities.persist(task);
        }
        Set<String> known = new LinkedHashSet<>();
        task.labels.forEach(label -> known.add(label.name));
        for (String label : wanted) {
            if (known.add(label)) {
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
        Names.requireName("pool", name);
        outbox.lockWriters();
        TaskEntity owner = requireTask(task);
        PoolEntity pool = findPool(owner, name);
        if (pool == null) {
            pool = new PoolEntity();
            pool.task = owner;
            pool.name = name;
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
        Map<String, Task.Label> known = new LinkedHashMap<>();
        task.labels().forEach(label -> known.put(label.name(), label));
        List<Task.Label> labels = new ArrayList<>();
        for (String name : new LinkedHashSet<>(names)) {
            Task.Label label = known.get(name);
            if (label == null) {
                throw CatalogException.unknown(
                        CatalogException.Code.UNKNOWN_LABEL, "label", name, known.keySet());
            }
            labels.add(label);
        }
        return labels;
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

    // ---- ingest

    /**
     * Writes the bytes of an example durably. Call before {@link #ingest}, outside a transaction.
     */
    private StoredExample store(Example example) {
        Map<String, StoredMask> masks = new LinkedHashMap<>();
        example.masks()
                .forEach((label, mask) ->
                        masks.put(
                                label,
                                new StoredMask(
                                        blobs.put(mask.toRaster().toNetpbm()), mask.area())));
        return new StoredExample(example, blobs.put(example.image().toNetpbm()), masks);
    }

    private record StoredMask(String sha256, int area) {}

    private record StoredExample(
            Example example, String pixelsSha256, Map<String, StoredMask> masks) {}

    /** A batch whose bytes are on disk, ready for one transaction. */
    public static final class Batch {
        private final List<StoredExample> examples;
        private final String author;

        private Batch(List<StoredExample> examples, String author) {
            this.examples = examples;
            this.author = author;
        }
    }

    /**
     * Writes the pixels and masks of a batch to the blob store; nothing refers to them yet.
     *
     * @param author who annotated; checked here, so that a refusal leaves no bytes behind
     */
    public Batch stage(List<Example> examples, String author) {
        Names.requireText("author", author);
        return new Batch(examples.stream().map(this::store).toList(), author);
    }

    /**
     * Takes a staged batch into a pool as one new pool version: all of it or nothing. What is there
     * already stays as it is; when nothing is new there is no new version.
     *
     * @param state the review state of annotations that are new
     * @param note why, kept with the pool version
     * @return one entry an example, in order
     * @throws CatalogException UNKNOWN_TASK, UNKNOWN_POOL or UNKNOWN_LABEL
     */
    @Transactional
    public List<Ingested> ingest(
            Batch batch, String taskName, String poolName, ReviewState state, String note) {
        outbox.lockWriters();
        TaskEntity task = requireTask(taskName);
        PoolEntity pool = requirePool(task, poolName);
        Map<String, LabelEntity> labels = new LinkedHashMap<>();
        task.labels.forEach(label -> labels.put(label.name, label));
        int nextVersion = pool.currentVersion + 1;
        Set<UUID> changed = new LinkedHashSet<>();
        List<Ingested> results = new ArrayList<>();
        for (StoredExample stored : batch.examples) {
            ImageEntity candidate = toImage(stored);
            ImageEntity image = entities.find(ImageEntity.class, candidate.id);
            boolean newImage = image == null;
            if (image == null) {
                entities.persist(candidate);
                image = candidate;
            }
            List<AnnotationResult> annotations = new ArrayList<>();
            for (Map.Entry<String, StoredMask> mask : stored.masks.entrySet()) {
                LabelEntity label = labels.get(mask.getKey());
                if (label == null) {
                    throw CatalogException.unknown(
                            CatalogException.Code.UNKNOWN_LABEL,
                            "label",
                            mask.getKey(),
                            labels.keySet());
                }
                AnnotationEntity latest = latestAnnotation(image, label);
                boolean created =
                        latest == null || !latest.maskSha256.equals(mask.getValue().sha256());
                if (created) {
                    latest =
                            newAnnotation(
                                    image, label, latest, mask.getValue(), batch.author, state);
                    entities.persist(latest);
                }
                if (putInPool(pool, Objects.requireNonNull(latest), nextVersion)) {
                    changed.add(image.id);
                }
                annotations.add(new AnnotationResult(label.name, latest.version, created));
            }
            results.add(new Ingested(image.id, newImage, annotations, 0));
        }
        if (!changed.isEmpty()) {
            pool.currentVersion = nextVersion;
            entities.createNativeQuery("INSERT INTO pool_version VALUES (?1, ?2, ?3, ?4)")
                    .setParameter(1, pool.id)
                    .setParameter(2, nextVersion)
                    .setParameter(3, note)
                    .setParameter(4, now())
                    .executeUpdate();
            outbox.append(changed, now());
        }
        int version = pool.currentVersion;
        return results.stream()
                .map(r -> new Ingested(r.imageId(), r.newImage(), r.annotations(), version))
                .toList();
    }

    /** Replaces an older version of the annotation in the pool; false when it is in already. */
    private boolean putInPool(PoolEntity pool, AnnotationEntity annotation, int version) {
        List<PoolMemberEntity> members =
                entities.createQuery(
                                "FROM PoolMember m WHERE m.pool = :pool AND m.untilVersion IS NULL"
                                        + " AND m.annotation.image = :image"
                                        + " AND m.annotation.label = :label",
                                PoolMemberEntity.class)
                        .setParameter("pool", pool)
                        .setParameter("image", annotation.image)
                        .setParameter("label", annotation.label)
                        .getResultList();
        for (PoolMemberEntity member : members) {
            if (member.annotation.id.equals(annotation.id)) {
                return false;
            }
            if (member.fromVersion == version) {
                // Twice in one batch: the first correction was never in a published version.
                entities.remove(member);
            } else {
                member.untilVersion = version;
            }
        }
        PoolMemberEntity member = new PoolMemberEntity();
        member.pool = pool;
        member.annotation = annotation;
        member.fromVersion = version;
        entities.persist(member);
        return true;
    }

    private @Nullable AnnotationEntity latestAnnotation(ImageEntity image, LabelEntity label) {
        return entities.createQuery(
                        "FROM Annotation WHERE image = :image AND label = :label"
                                + " ORDER BY version DESC",
                        AnnotationEntity.class)
                .setParameter("image", image)
                .setParameter("label", label)
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .orElse(null);
    }

    private AnnotationEntity newAnnotation(
            ImageEntity image,
            LabelEntity label,
            @Nullable AnnotationEntity before,
            StoredMask mask,
            String author,
            ReviewState state) {
        AnnotationEntity annotation = new AnnotationEntity();
        annotation.image = image;
        annotation.label = label;
        annotation.version = before == null ? 1 : before.version + 1;
        annotation.maskSha256 = mask.sha256();
        annotation.area = mask.area();
        annotation.author = author;
        annotation.reviewState = state;
        annotation.createdAt = now();
        return annotation;
    }

    private ImageEntity toImage(StoredExample stored) {
        Example example = stored.example();
        Example.Origin origin = example.origin();
        ImageEntity image = new ImageEntity();
        image.id = imageId(origin, stored.pixelsSha256());
        image.pixelsSha256 = stored.pixelsSha256();
        image.width = example.image().width();
        image.height = example.image().height();
        image.channels = example.image().channels();
        image.bitsPerSample = example.image().bitsPerSample();
        image.sourceName = example.sourceName();
        image.modality = origin.modality();
        image.site = origin.site();
        image.patient = origin.patient();
        image.series = origin.series();
        image.sliceIndex = origin.sliceIndex();
        image.spacingMm = origin.spacingMm();
        image.originMm = origin.originMm();
        image.direction = origin.direction();
        image.createdAt = now();
        return image;
    }

    /**
     * An image is its pixels and where they come from: the same pixels of another patient are
     * another image (and for a curator to look at). Derived, so that the same image always gets the
     * same id, in any catalogue.
     */
    static UUID imageId(Example.Origin origin, String pixelsSha256) {
        String identity =
                String.join(
                        "\u0000",
                        origin.site(),
                        origin.patient(),
                        Objects.requireNonNullElse(origin.series(), ""),
                        String.valueOf(origin.sliceIndex()),
                        pixelsSha256);
        return UUID.nameUUIDFromBytes(Sha256.of(identity).getBytes(StandardCharsets.US_ASCII));
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
        return entities.createQuery("FROM Task WHERE name = :name", TaskEntity.class)
                .setParameter("name", name)
                .getResultStream()
                .findFirst()
                .orElse(null);
    }

    private TaskEntity requireTask(String name) {
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

    private List<PoolEntity> poolsOf(int taskId) {
        return entities.createQuery(
                        "FROM Pool WHERE task.id = :task ORDER BY name", PoolEntity.class)
                .setParameter("task", taskId)
                .getResultList();
    }

    private @Nullable PoolEntity findPool(TaskEntity task, String name) {
        return poolsOf(task.id).stream().filter(p -> p.name.equals(name)).findFirst().orElse(null);
    }

    private PoolEntity requirePool(TaskEntity task, String name) {
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
