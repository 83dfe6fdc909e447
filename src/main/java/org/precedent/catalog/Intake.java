package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.access.AccessException;
import org.precedent.access.Action;
import org.precedent.access.FileNames;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.ImageEntity;
import org.precedent.catalog.Entities.LabelEntity;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.PoolMemberEntity;
import org.precedent.catalog.Entities.TaskEntity;
import org.precedent.catalog.Ingested.AnnotationResult;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/**
 * Annotated images in: a batch becomes one new version of a pool, whole or not at all. Writers take
 * the outbox counter's row lock first, as {@link Catalog} says.
 */
@ApplicationScoped
public class Intake {
    private final EntityManager entities;
    private final Outbox outbox;
    private final BlobStore blobs;
    private final Catalog catalog;
    private final Proposals proposals;
    private final Tombstones tombstones;
    private final DataSecrets secrets;
    private final FileNames names;
    private final Clock clock;

    Intake(
            EntityManager entities,
            Outbox outbox,
            BlobStore blobs,
            Catalog catalog,
            Proposals proposals,
            Tombstones tombstones,
            DataSecrets secrets,
            FileNames names,
            Clock clock) {
        this.entities = entities;
        this.outbox = outbox;
        this.blobs = blobs;
        this.catalog = catalog;
        this.proposals = proposals;
        this.tombstones = tombstones;
        this.secrets = secrets;
        this.names = names;
        this.clock = clock;
    }

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
     * @throws org.precedent.access.AccessException when an image or the author is not of the scope
     */
    public Batch stage(Scope scope, List<Example> examples, String author) {
        scope.require(Action.INGEST);
        scope.author(author);
        examples.forEach(example -> scope.site(example.origin().site()));
        String shown = Names.requireText("author", author);
        return new Batch(examples.stream().map(this::store).toList(), shown);
    }

    /**
     * Takes a staged batch into a pool as one new pool version: all of it or nothing. What is there
     * already stays as it is; when nothing is new there is no new version. A mask that is not
     * approved never replaces an approved one: it waits beside it ({@link Proposals}).
     *
     * @param state the review state of annotations that are new
     * @param note why, kept with the pool version
     * @return one entry an example, in order
     * @throws CatalogException UNKNOWN_TASK, UNKNOWN_POOL or UNKNOWN_LABEL; SAME_PIXELS when the
     *     pool holds the pixels of an example as of another patient or site and that is not allowed
     */
    @Transactional
    public List<Ingested> ingest(
            Scope scope,
            Batch batch,
            String taskName,
            String poolName,
            ReviewState state,
            String note,
            SamePixels.Policy samePixels) {
        return take(
                        scope,
                        batch,
                        taskName,
                        poolName,
                        state,
                        note,
                        (example, twin) -> {
                            if (samePixels == SamePixels.Policy.REFUSE) {
                                throw CatalogException.samePixels(example, twin, poolName);
                            }
                            return true;
                        })
                .stream()
                .map(Optional::orElseThrow)
                .toList();
    }

    /**
     * As {@link #ingest}, but leaves out the examples whose pixels the pool holds as of another
     * patient or site; all others are taken.
     *
     * @param refused told each of them, in order
     * @return one entry an example, in order; empty for those left out
     */
    @Transactional
    public List<Optional<Ingested>> ingestOthers(
            Scope scope,
            Batch batch,
            String taskName,
            String poolName,
            ReviewState state,
            String note,
            BiConsumer<Example, CatalogException> refused) {
        return take(
                scope,
                batch,
                taskName,
                poolName,
                state,
                note,
                (example, twin) -> {
                    refused.accept(example, CatalogException.samePixels(example, twin, poolName));
                    return false;
                });
    }

    /** What to do with an example whose pixels its pool holds already as something else. */
    private interface Decision {
        /** Whether to take it; may refuse the whole batch by throwing. */
        boolean take(Example example, SamePixels twin);
    }

    private List<Optional<Ingested>> take(
            Scope scope,
            Batch batch,
            String taskName,
            String poolName,
            ReviewState state,
            String note,
            Decision decision) {
        scope.require(state == ReviewState.UNREVIEWED ? Action.INGEST : Action.REVIEW);
        outbox.lockWriters();
        TaskEntity task = catalog.requireTask(scope, taskName);
        PoolEntity pool = catalog.requirePool(scope, task, poolName);
        if (!scope.contributes(Catalog.rights(pool))) {
            throw AccessException.forbidden(
                    "pool " + pool.name + " is shared with " + scope.home() + " to be read only",
                    "a share to contribute");
        }
        int nextVersion = pool.currentVersion + 1;
        Set<UUID> changed = new LinkedHashSet<>();
        List<Optional<Ingested>> results = new ArrayList<>();
        for (StoredExample stored : batch.examples) {
            Map<LabelEntity, StoredMask> masks = byLabel(stored, task);
            ImageEntity candidate =
                    ImageEntity.of(
                            imageId(stored),
                            stored.example(),
                            stored.pixelsSha256(),
                            clock.instant());
            List<String> hashes = catalog.pixelHashes(stored.example.image());
            tombstones.refuseErased(stored.example, hashes);
            keepBytes(stored);
            List<ImageEntity> samePixels = withPixels(hashes);
            ImageEntity image = sameImage(samePixels, candidate);
            SamePixels twin = twin(scope, samePixels, candidate, pool);
            boolean here = image != null && isMember(image, List.of(pool));
            if (twin != null && twin.inPool() && !here && !decision.take(stored.example, twin)) {
                results.add(Optional.empty());
                continue;
            }
            boolean newImage = image == null;
            if (image == null) {
                candidate.sourceName =
                        names.kept(candidate.site, candidate.sourceName, "image", candidate.id, "");
                entities.persist(candidate);
                image = candidate;
            }
            List<AnnotationResult> annotations = new ArrayList<>();
            for (Map.Entry<LabelEntity, StoredMask> mask : masks.entrySet()) {
                LabelEntity label = mask.getKey();
                List<PoolMemberEntity> held = held(pool, image, label);
                AnnotationEntity approved = approved(held);
                AnnotationEntity latest =
                        approved != null && approved.maskSha256.equals(mask.getValue().sha256())
                                ? approved
                                : latestAnnotation(image, label);
                boolean created =
                        latest == null || !latest.maskSha256.equals(mask.getValue().sha256());
                if (created) {
                    latest =
                            newAnnotation(
                                    image, label, latest, mask.getValue(), batch.author, state);
                    entities.persist(latest);
                }
                AnnotationEntity sent = Objects.requireNonNull(latest);
                Integer beside = null;
                if (approved != null && sent.reviewState != ReviewState.APPROVED) {
                    proposals.propose(pool.id, sent.id, null);
                    beside = approved.version;
                } else if (putInPool(pool, held, sent, nextVersion)) {
                    changed.add(image.id);
                }
                annotations.add(new AnnotationResult(label.name, sent.version, created, beside));
            }
            results.add(Optional.of(new Ingested(image.id, newImage, annotations, 0, twin)));
        }
        if (!changed.isEmpty()) {
            pool.currentVersion = nextVersion;
            entities.createNativeQuery("INSERT INTO pool_version VALUES (?1, ?2, ?3, ?4)")
                    .setParameter(1, pool.id)
                    .setParameter(2, nextVersion)
                    .setParameter(3, note)
                    .setParameter(4, clock.instant())
                    .executeUpdate();
            outbox.append(changed, clock.instant());
        }
        int version = pool.currentVersion;
        return results.stream().map(r -> r.map(one -> one.inVersion(version))).toList();
    }

    /**
     * Bytes that nothing named yet may have been collected since they were staged; from here to the
     * commit nobody collects.
     */
    private void keepBytes(StoredExample stored) {
        if (!blobs.contains(stored.pixelsSha256)) {
            blobs.put(stored.example.image().toNetpbm());
        }
        stored.masks.forEach((label, mask) -> {
            if (!blobs.contains(mask.sha256())) {
                blobs.put(
                        Objects.requireNonNull(stored.example.masks().get(label))
                                .toRaster()
                                .toNetpbm());
            }
        });
    }

    /**
     * The masks of an example by the labels that their names mean.
     *
     * @throws CatalogException UNKNOWN_LABEL; BAD_VALUE where two names mean one label
     */
    private static Map<LabelEntity, StoredMask> byLabel(StoredExample stored, TaskEntity task) {
        Map<LabelEntity, StoredMask> byLabel = new LinkedHashMap<>();
        stored.masks.forEach((name, mask) -> {
            LabelEntity label =
                    Names.find(task.labels, l -> l.name, name)
                            .orElseThrow(() ->
                                    CatalogException.unknown(
                                            CatalogException.Code.UNKNOWN_LABEL,
                                            "label",
                                            name,
                                            task.labels.stream().map(l -> l.name).toList()));
            if (byLabel.put(label, mask) != null) {
                throw CatalogException.badValue(
                        "mask of " + name,
                        "a second one",
                        "means label " + label.name + ": send one");
            }
        });
        return byLabel;
    }

    // ---- the same image again

    private List<ImageEntity> withPixels(List<String> hashes) {
        return entities.createQuery(
                        "FROM Image WHERE pixelsSha256 IN :hashes ORDER BY createdAt, id",
                        ImageEntity.class)
                .setParameter("hashes", hashes)
                .getResultList();
    }

    /**
     * The stored image that an example is: same pixels, and patient, site, series and slice that
     * are the same names. It is looked up by these and not by its id, which another secret or an
     * earlier version made otherwise; nobody else stores it meanwhile, as the outbox is locked.
     */
    private static @Nullable ImageEntity sameImage(
            List<ImageEntity> samePixels, ImageEntity candidate) {
        return samePixels.stream()
                .filter(image ->
                        sameSource(image, candidate)
                                && CanonicalNames.same(series(image), series(candidate))
                                && Objects.equals(image.sliceIndex, candidate.sliceIndex))
                .findFirst()
                .orElse(null);
    }

    private static String series(ImageEntity image) {
        return Objects.requireNonNullElse(image.series, "");
    }

    private static boolean sameSource(ImageEntity a, ImageEntity b) {
        return CanonicalNames.same(a.patient, b.patient) && CanonicalNames.same(a.site, b.site);
    }

    /**
     * An image of these pixels that supports the task, but is said to be of another patient or
     * site; one of the pool before one of the task's other pools. That another site has the same
     * picture is not told.
     */
    private @Nullable SamePixels twin(
            Scope scope, List<ImageEntity> samePixels, ImageEntity candidate, PoolEntity pool) {
        SamePixels elsewhere = null;
        for (ImageEntity image : samePixels) {
            boolean inPool = isMember(image, List.of(pool));
            if (!sameSource(image, candidate)
                    && scope.owns(image.site)
                    && (inPool || isMember(image, catalog.readablePools(scope, pool.task)))) {
                boolean sameSite = CanonicalNames.same(image.site, candidate.site);
                SamePixels twin =
                        new SamePixels(
                                image.id,
                                inPool,
                                sameSite ? image.sourceName : null,
                                sameSite ? image.patient : null);
                if (inPool) {
                    return twin;
                }
                elsewhere = elsewhere == null ? twin : elsewhere;
            }
        }
        return elsewhere;
    }

    private boolean isMember(ImageEntity image, List<PoolEntity> pools) {
        return !entities.createQuery(
                        "SELECT 1 FROM PoolMember m WHERE m.pool IN :pools AND m.untilVersion IS NULL"
                                + " AND m.annotation.image = :image",
                        Integer.class)
                .setParameter("pools", pools)
                .setParameter("image", image)
                .setMaxResults(1)
                .getResultList()
                .isEmpty();
    }

    /** What a pool holds of an image and label: one member, or none. */
    private List<PoolMemberEntity> held(PoolEntity pool, ImageEntity image, LabelEntity label) {
        return entities.createQuery(
                        "FROM PoolMember m WHERE m.pool = :pool AND m.untilVersion IS NULL"
                                + " AND m.annotation.image = :image"
                                + " AND m.annotation.label = :label",
                        PoolMemberEntity.class)
                .setParameter("pool", pool)
                .setParameter("image", image)
                .setParameter("label", label)
                .getResultList();
    }

    private static @Nullable AnnotationEntity approved(List<PoolMemberEntity> held) {
        return held.stream()
                .map(member -> member.annotation)
                .filter(annotation -> annotation.reviewState == ReviewState.APPROVED)
                .findFirst()
                .orElse(null);
    }

    /** Replaces what the pool holds of the image and label; false when it holds this one. */
    private boolean putInPool(
            PoolEntity pool,
            List<PoolMemberEntity> held,
            AnnotationEntity annotation,
            int version) {
        for (PoolMemberEntity member : held) {
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
        annotation.createdAt = clock.instant();
        return annotation;
    }

    /**
     * An image is its pixels and where they come from: the same pixels of another patient are
     * another image (and for a curator to look at). The id is a keyed hash of these, so that a
     * batch that is sent again gets the ids it had, and nobody without the secret of the data
     * directory can tell from an id whose image it is. It is a UUID of version 8, which says no
     * more than that it was made by a rule of one's own (RFC 9562).
     */
    private UUID imageId(StoredExample stored) {
        Example.Origin origin = stored.example.origin();
        return secrets.id(
                Purpose.IMAGES,
                origin.site(),
                origin.patient(),
                Objects.requireNonNullElse(origin.series(), ""),
                String.valueOf(origin.sliceIndex()),
                stored.pixelsSha256);
    }
}
