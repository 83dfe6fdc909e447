package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.ImageEntity;
import org.precedent.catalog.Entities.PoolMemberEntity;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/**
 * What projections follow: which images changed, in the order of commits, and what they are now.
 *
 * <p>Sequences come from one counter row that a writer locks until it commits, so that they become
 * visible in order and without gaps: "everything up to n" means what it says.
 */
@ApplicationScoped
public class Outbox {
    /** The lowest of all: no image's id, which holds the time it was made at. */
    private static final UUID BEFORE_ALL = new UUID(0, 0);

    private final EntityManager entities;
    private final DataSecrets secrets;

    Outbox(EntityManager entities, DataSecrets secrets) {
        this.entities = entities;
        this.secrets = secrets;
    }

    /**
     * What stands for a patient where the catalogue is left: pseudonyms that are one give equal
     * keys, and without the secret of the data directory no key can be computed from a pseudonym.
     */
    public String patientKey(String pseudonym) {
        return HexFormat.of()
                .formatHex(secrets.hash(Purpose.PATIENTS, CanonicalNames.key(pseudonym)));
    }

    /** The last sequence that was committed; 0 when nothing was ever written. */
    @Transactional
    public long head() {
        return ((Number)
                        entities.createNativeQuery("SELECT value FROM outbox_counter", Long.class)
                                .getSingleResult())
                .longValue();
    }

    /**
     * The last sequence that tells of an image of a pool, whatever its version: a projection that
     * has come so far holds all that the pool can offer, and nothing that was erased. 0 for a pool
     * that never held any.
     */
    @Transactional
    public long lastOf(int poolId) {
        return ((Number)
                        entities.createNativeQuery(
                                        "SELECT greatest((SELECT coalesce(max(o.sequence), 0)"
                                                + " FROM outbox o"
                                                + " WHERE o.image_id IN (SELECT a.image_id"
                                                + " FROM pool_member m"
                                                + " JOIN annotation a ON a.id = m.annotation_id"
                                                + " WHERE m.pool_id = ?1)),"
                                                + " (SELECT coalesce(max(e.sequence), 0)"
                                                + " FROM erasure e))",
                                        Long.class)
                                .setParameter(1, poolId)
                                .getSingleResult())
                .longValue();
    }

    /** The sequence of the last erasure; 0 where nothing was ever erased. */
    @Transactional
    public long lastErasure() {
        return ((Number)
                        entities.createNativeQuery(
                                        "SELECT coalesce(max(sequence), 0) FROM erasure",
                                        Long.class)
                                .getSingleResult())
                .longValue();
    }

    /** A step of the outbox: this image changed. */
    public record Entry(long sequence, UUID imageId) {}

    /** The next entries after a sequence, in order. */
    @Transactional
    public List<Entry> after(long sequence, int limit) {
        @SuppressWarnings("unchecked") // a native query of two columns gives Object[] rows
        List<Object[]> rows =
                entities.createNativeQuery(
                                "SELECT sequence, image_id FROM outbox WHERE sequence > ?1"
                                        + " ORDER BY sequence")
                        .setParameter(1, sequence)
                        .setMaxResults(limit)
                        .getResultList();
        return rows.stream()
                .map(row -> new Entry(((Number) row[0]).longValue(), (UUID) row[1]))
                .toList();
    }

    /** These images as they are now, in the order asked for. */
    @Transactional
    public List<ProjectedImage> project(Collection<UUID> imageIds) {
        Map<UUID, List<ProjectedImage.Membership>> memberships = new HashMap<>();
        entities.createQuery(
                        "FROM PoolMember m JOIN FETCH m.annotation a"
                                + " WHERE a.image.id IN :images ORDER BY m.id",
                        PoolMemberEntity.class)
                .setParameter("images", imageIds)
                .getResultStream()
                .forEach(m ->
                        memberships
                                .computeIfAbsent(m.annotation.image.id, id -> new ArrayList<>())
                                .add(toMembership(m)));
        Map<UUID, ImageEntity> images = new HashMap<>();
        entities.createQuery("FROM Image WHERE id IN :images", ImageEntity.class)
                .setParameter("images", imageIds)
                .getResultStream()
                .forEach(image -> images.put(image.id, image));
        return imageIds.stream()
                .map(id -> projected(id, images.get(id), memberships.getOrDefault(id, List.of())))
                .toList();
    }

    private ProjectedImage projected(
            UUID id, @Nullable ImageEntity image, List<ProjectedImage.Membership> memberships) {
        return image == null
                ? ProjectedImage.erased(id)
                : new ProjectedImage(
                        id, image.pixelsSha256, image.site, patientKey(image.patient), memberships);
    }

    /** How many images there are. */
    @Transactional
    public int images() {
        return Math.toIntExact(
                entities.createQuery("SELECT count(*) FROM Image", Long.class).getSingleResult());
    }

    /**
     * The ids of the next images, ascending as text: what a projection must hold, no more and no
     * less, page by page.
     *
     * @param after the last image of the page before; null for the first page
     * @param limit images at most
     * @return fewer than the limit only where no more follow
     */
    @Transactional
    public List<UUID> imageIds(@Nullable UUID after, int limit) {
        return entities.createQuery(
                        "SELECT id FROM Image WHERE id > :after ORDER BY id", UUID.class)
                .setParameter("after", after == null ? BEFORE_ALL : after)
                .setMaxResults(limit)
                .getResultList();
    }

    /** The blobs of all masks, of any version, on these images. */
    @Transactional
    public List<String> maskBlobs(Collection<UUID> imageIds) {
        return entities.createQuery(
                        "SELECT DISTINCT a.maskSha256 FROM Annotation a WHERE a.image.id IN :images",
                        String.class)
                .setParameter("images", imageIds)
                .getResultList();
    }

    /**
     * The annotations on these images that queries may rest on: approved ones that a pool's current
     * version holds.
     *
     * @return by image, ascending by annotation; an image that has none is not in the map
     */
    @Transactional
    public Map<UUID, List<Support>> supports(Collection<UUID> imageIds) {
        return supports(imageIds, null);
    }

    /**
     * As {@link #supports(Collection)}, of one pool.
     *
     * @param poolId null for every pool
     */
    @Transactional
    public Map<UUID, List<Support>> supports(Collection<UUID> imageIds, @Nullable Integer poolId) {
        Map<UUID, List<Support>> supports = new HashMap<>();
        entities.createQuery(
                        "SELECT DISTINCT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image"
                                + " WHERE m.untilVersion IS NULL AND a.reviewState = :state"
                                + " AND a.image.id IN :images AND (:every = true OR m.pool.id = :pool)"
                                + " ORDER BY a.id",
                        AnnotationEntity.class)
                .setParameter("state", ReviewState.APPROVED)
                .setParameter("images", imageIds)
                .setParameter("every", poolId == null)
                .setParameter("pool", poolId == null ? 0 : poolId)
                .getResultStream()
                .forEach(a ->
                        supports.computeIfAbsent(a.image.id, id -> new ArrayList<>())
                                .add(Catalog.toSupport(Scope.machine(), a)));
        return supports;
    }

    private static ProjectedImage.Membership toMembership(PoolMemberEntity member) {
        return new ProjectedImage.Membership(
                member.annotation.id,
                member.annotation.maskSha256,
                member.pool.id,
                member.annotation.label.id,
                member.annotation.reviewState,
                member.fromVersion,
                member.untilVersion == null ? Integer.MAX_VALUE : member.untilVersion);
    }

    /** Locks the counter row: from here to commit no other writer can take a sequence. */
    public void lockWriters() {
        entities.createNativeQuery("SELECT value FROM outbox_counter FOR UPDATE").getSingleResult();
    }

    /** Takes the next sequences; call with the writers' lock held, in the changing transaction. */
    public void append(Set<UUID> imageIds, Instant now) {
        for (UUID imageId : imageIds) {
            entities.createNativeQuery(
                            "WITH next AS (UPDATE outbox_counter SET value = value + 1"
                                    + " RETURNING value)"
                                    + " INSERT INTO outbox SELECT value, ?1, ?2 FROM next")
                    .setParameter(1, imageId)
                    .setParameter(2, now)
                    .executeUpdate();
        }
    }
}
