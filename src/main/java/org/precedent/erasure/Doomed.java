package org.precedent.erasure;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.precedent.CanonicalNames;
import org.precedent.access.Scope;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Tombstones;
import org.precedent.catalog.Tombstones.Tombstone;

/**
 * What is to be erased, found: images, answers, and what stands for them afterwards. A query's
 * patient is of the site that asked.
 */
final class Doomed {
    /** By id, with the hash of the pixels. */
    final Map<UUID, String> images = new LinkedHashMap<>();

    final Set<UUID> answers = new LinkedHashSet<>();

    /** Studies that were sent and are not let go of yet. */
    final Set<UUID> studies = new LinkedHashSet<>();

    /** What viewers sent and nobody drew on yet. */
    final Set<UUID> viewerImages = new LinkedHashSet<>();

    final Set<Tombstone> tombstones = new LinkedHashSet<>();

    /**
     * What a subject is, as far as the scope owns it.
     *
     * @throws CatalogException UNKNOWN_PATIENT, UNKNOWN_IMAGE or UNKNOWN_ANSWER
     */
    static Doomed of(Connection connection, Tombstones hashes, Scope scope, Erasure.Subject subject)
            throws SQLException {
        Doomed doomed = new Doomed();
        switch (subject) {
            case Erasure.Subject.Patient patient -> {
                if (patient.site() != null) {
                    scope.site(patient.site());
                }
                Predicate<String> ofSite =
                        site ->
                                scope.owns(site)
                                        && (patient.site() == null
                                                || CanonicalNames.same(patient.site(), site));
                Set<String> sites = new LinkedHashSet<>();
                // First, and locked: a slice that is being answered ends before its answer is
                // looked for, and no other one begins.
                Rows.each(
                        connection,
                        "SELECT id, asked_site FROM study WHERE lower(patient) = ? OR patient = ?"
                                + " FOR UPDATE",
                        row -> {
                            if (ofSite.test(row.getString(2))) {
                                sites.add(row.getString(2));
                                doomed.studies.add(row.getObject(1, UUID.class));
                            }
                        },
                        CanonicalNames.key(patient.pseudonym()),
                        patient.pseudonym());
                Rows.each(
                        connection,
                        "SELECT id, site, patient, pixels_sha256 FROM image WHERE lower(patient) = ?"
                                + " OR patient = ?",
                        row -> {
                            if (ofSite.test(row.getString(2))) {
                                sites.add(row.getString(2));
                                doomed.image(
                                        hashes,
                                        row.getObject(1, UUID.class),
                                        row.getString(2),
                                        row.getString(4));
                            }
                        },
                        CanonicalNames.key(patient.pseudonym()),
                        patient.pseudonym());
                Rows.each(
                        connection,
                        "SELECT id, asked_site FROM answer WHERE lower(patient) = ? OR patient = ?",
                        row -> {
                            if (ofSite.test(row.getString(2))) {
                                sites.add(row.getString(2));
                                doomed.answers.add(row.getObject(1, UUID.class));
                            }
                        },
                        CanonicalNames.key(patient.pseudonym()),
                        patient.pseudonym());
                Rows.each(
                        connection,
                        "SELECT id, site, patient FROM viewer_image",
                        row -> {
                            if (ofSite.test(row.getString(2))
                                    && CanonicalNames.same(row.getString(3), patient.pseudonym())) {
                                sites.add(row.getString(2));
                                doomed.viewerImages.add(row.getObject(1, UUID.class));
                            }
                        });
                if (sites.isEmpty()) {
                    throw CatalogException.unknownPatient(
                            patient.pseudonym(),
                            patient.site() == null ? scope.home() : patient.site());
                }
                sites.forEach(
                        site -> doomed.tombstones.add(hashes.ofPatient(site, patient.pseudonym())));
            }
            case Erasure.Subject.Image image ->
                    Rows.each(
                            connection,
                            "SELECT id, site, patient, pixels_sha256 FROM image WHERE id = ?",
                            row -> {
                                if (scope.owns(row.getString(2))) {
                                    doomed.image(
                                            hashes, image.id(), row.getString(2), row.getString(4));
                                }
                            },
                            image.id());
            case Erasure.Subject.Answer answer ->
                    Rows.each(
                            connection,
                            "SELECT w.id, w.asked_by, w.asked_site, t.name FROM answer w"
                                    + " JOIN task t ON t.id = w.task_id WHERE w.id = ?",
                            row -> {
                                if (scope.readsAnswer(
                                        row.getString(4), row.getString(2), row.getString(3))) {
                                    doomed.answers.add(answer.id());
                                }
                            },
                            answer.id());
        }
        if (doomed.images.isEmpty() && subject instanceof Erasure.Subject.Image image) {
            throw CatalogException.unknownImage(image.id().toString());
        }
        if (doomed.answers.isEmpty() && subject instanceof Erasure.Subject.Answer answer) {
            throw CatalogException.unknownAnswer(answer.id().toString());
        }
        // A query of the very picture holds what is to be erased, whoever it was said to be.
        Rows.each(
                connection,
                "SELECT id, asked_site FROM answer WHERE query_sha256 = ANY(?) OR slice_hashes && ?",
                row -> {
                    if (scope.owns(row.getString(2))) {
                        doomed.answers.add(row.getObject(1, UUID.class));
                    }
                },
                connection.createArrayOf("text", doomed.images.values().toArray()),
                connection.createArrayOf("text", doomed.images.values().toArray()));
        doomed.answers.forEach(answer -> doomed.tombstones.add(hashes.ofAnswer(answer)));
        return doomed;
    }

    private void image(Tombstones hashes, UUID id, String site, String pixels) {
        images.put(id, pixels);
        tombstones.add(hashes.ofPixels(site, pixels));
    }

    /** What hashes stand for can only be found by hashing all there is. */
    static Doomed matching(Connection connection, Tombstones hashes, Set<Tombstone> wanted)
            throws SQLException {
        Doomed doomed = new Doomed();
        doomed.tombstones.addAll(wanted);
        Rows.each(
                connection,
                "SELECT id, site, patient, pixels_sha256 FROM image",
                row -> {
                    if (wanted.contains(hashes.ofPatient(row.getString(2), row.getString(3)))
                            || wanted.contains(
                                    hashes.ofPixels(row.getString(2), row.getString(4)))) {
                        doomed.images.put(row.getObject(1, UUID.class), row.getString(4));
                    }
                });
        Rows.each(
                connection,
                "SELECT id, site, patient FROM viewer_image",
                row -> {
                    if (wanted.contains(hashes.ofPatient(row.getString(2), row.getString(3)))) {
                        doomed.viewerImages.add(row.getObject(1, UUID.class));
                    }
                });
        Rows.each(
                connection,
                "SELECT id, asked_site, patient FROM answer",
                row -> {
                    UUID id = row.getObject(1, UUID.class);
                    if (wanted.contains(hashes.ofAnswer(id))
                            || row.getString(3) != null
                                    && wanted.contains(
                                            hashes.ofPatient(row.getString(2), row.getString(3)))) {
                        doomed.answers.add(id);
                    }
                });
        Rows.each(
                connection,
                "SELECT id, asked_site, patient FROM study WHERE patient IS NOT NULL FOR UPDATE",
                row -> {
                    if (wanted.contains(hashes.ofPatient(row.getString(2), row.getString(3)))) {
                        doomed.studies.add(row.getObject(1, UUID.class));
                    }
                });
        return doomed;
    }
}
