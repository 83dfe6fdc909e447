package org.precedent.study;

import static org.precedent.study.Statements.change;
import static org.precedent.study.Statements.each;
import static org.precedent.study.Statements.instant;
import static org.precedent.study.Statements.list;
import static org.precedent.study.Statements.texts;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Identity;
import org.precedent.access.Role;
import org.precedent.catalog.Answer.CloseUps;

/** The record of studies that were sent: taken and read, in plain JDBC. */
@ApplicationScoped
class StudyRows {
    /** Of the lock under which a study is taken, so that the queue's bound is met exactly. */
    private static final int QUEUE_LOCK = 20_260_020;

    static final String SELECT =
            "SELECT s.*, t.name AS task_name, p.name AS pool_name FROM study s"
                    + " JOIN task t ON t.id = s.task_id JOIN pool p ON p.id = s.pool_id ";

    private final Statements statements;
    private final StudyConfig config;
    private final Clock clock;

    StudyRows(DataSource database, StudyConfig config, Clock clock) {
        this.statements = new Statements(database);
        this.config = config;
        this.clock = clock;
    }

    /**
     * Who asks.
     *
     * @param askedBy the name that its answers belong to
     * @param askedSite likewise
     */
    record Owner(String askedBy, String askedSite, Identity identity) {}

    /**
     * What is asked of every slice, besides what the study itself says.
     *
     * @param network of volumes that answers all at once; null for the pool's
     */
    record Question(
            int supportSize,
            @Nullable String temperature,
            String strategy,
            long seed,
            @Nullable String site,
            @Nullable String patient,
            boolean nearDuplicates,
            CloseUps closeUp,
            String series,
            String modality,
            @Nullable String network) {}

    /** A study with what is needed to go on with it. */
    record Row(StudyJob job, Owner owner, Question question) {}

    /** In which rows of the catalogue it is asked. */
    record Place(UUID keptIn, int task, int pool) {}

    // ---- taking

    /**
     * Adds a study that waits, unless too many do.
     *
     * @throws StudyException TOO_MANY_STUDIES
     */
    void add(Row row, Place place) {
        statements.inTransaction(connection -> {
            change(connection, "SELECT pg_advisory_xact_lock(?)", QUEUE_LOCK);
            requireRoom(connection, row.owner());
            StudyJob job = row.job();
            Owner owner = row.owner();
            Question question = row.question();
            Identity identity = owner.identity();
            Timestamp now = now();
            change(
                    connection,
                    "INSERT INTO study (id, kept_in, task_id, pool_id, pool_version, asked_by,"
                            + " asked_site, identity_site, roles, tasks, name, labels, support_size,"
                            + " temperature, strategy, seed, site, patient, near_duplicates,"
                            + " close_up_asked, series, modality, axis, plane, range_low, range_high, voxel_mm3, slices, push, created_at,"
                            + " touched_at, volume_network, dicom) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                            + " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    job.id(),
                    place.keptIn(),
                    place.task(),
                    place.pool(),
                    job.poolVersion(),
                    owner.askedBy(),
                    owner.askedSite(),
                    identity.site(),
                    texts(connection, identity.roles().stream().map(Role::word).sorted().toList()),
                    texts(connection, identity.tasks()),
                    job.name(),
                    texts(connection, job.labels()),
                    question.supportSize(),
                    question.temperature(),
                    question.strategy(),
                    question.seed(),
                    question.site(),
                    question.patient(),
                    question.nearDuplicates(),
                    question.closeUp().word(),
                    question.series(),
                    question.modality(),
                    job.cut().axis(),
                    job.cut().plane(),
                    job.cut().low(),
                    job.cut().high(),
                    job.cut().voxelMm3(),
                    job.slices(),
                    job.push() == null ? null : job.push().state().word(),
                    now,
                    now,
                    question.network(),
                    job.dicom());
            return true;
        });
    }

    /**
     * Returns while another study may come: asked before any of it is read.
     *
     * @throws StudyException TOO_MANY_STUDIES
     */
    void requireRoom(Owner owner) {
        statements.inTransaction(connection -> {
            requireRoom(connection, owner);
            return true;
        });
    }

    private void requireRoom(Connection connection, Owner owner) throws SQLException {
        int own = config.queue() - config.queue() / 4;
        each(
                connection,
                "SELECT count(*), count(*) FILTER (WHERE asked_by = ? AND asked_site = ?)"
                        + " FROM study WHERE state IN ('queued', 'running')",
                row -> {
                    if (row.getInt(1) >= config.queue()) {
                        throw StudyException.tooMany(config.queue(), false);
                    }
                    if (row.getInt(2) >= own) {
                        throw StudyException.tooMany(own, true);
                    }
                },
                owner.askedBy(),
                owner.askedSite());
    }

    // ---- reading

    /** Every study of a caller, in whichever state. */
    List<UUID> ids(Owner owner) {
        return statements.inTransaction(connection -> {
            List<UUID> ids = new ArrayList<>();
            each(
                    connection,
                    "SELECT id FROM study WHERE asked_by = ? AND asked_site = ?",
                    row -> ids.add(row.getObject(1, UUID.class)),
                    owner.askedBy(),
                    owner.askedSite());
            return ids;
        });
    }

    /** A study with its slices' answers, whoever's it is. */
    Optional<Row> find(UUID id) {
        return statements.inTransaction(connection -> {
            List<StudyAnswer.Slice> slices = new ArrayList<>();
            each(
                    connection,
                    "SELECT number, answer_id, caution_labels, caution_reasons FROM study_slice"
                            + " WHERE study_id = ? ORDER BY number",
                    row -> slices.add(slice(row)),
                    id);
            List<Row> found = new ArrayList<>();
            each(connection, SELECT + "WHERE s.id = ?", row -> found.add(row(row, slices)), id);
            return found.stream().findFirst();
        });
    }

    private static StudyAnswer.Slice slice(ResultSet row) throws SQLException {
        Map<String, String> cautions = new LinkedHashMap<>();
        List<String> labels = list(row, "caution_labels");
        List<String> reasons = list(row, "caution_reasons");
        for (String label : labels) {
            cautions.put(label, reasons.get(cautions.size()));
        }
        return new StudyAnswer.Slice(
                row.getInt("number"), row.getObject("answer_id", UUID.class), cautions);
    }

    Row row(ResultSet row, List<StudyAnswer.Slice> slices) throws SQLException {
        Instant ended = instant(row, "ended_at");
        Array voxels = row.getArray("voxels");
        String push = row.getString("push");
        StudyJob job =
                new StudyJob(
                        row.getObject("id", UUID.class),
                        row.getString("task_name"),
                        row.getString("pool_name"),
                        row.getInt("pool_version"),
                        row.getString("name"),
                        list(row, "labels"),
                        new StudyJob.Cut(
                                row.getString("axis"),
                                row.getString("plane"),
                                row.getDouble("range_low"),
                                row.getDouble("range_high"),
                                row.getDouble("voxel_mm3")),
                        row.getInt("slices"),
                        row.getInt("done"),
                        StudyJob.State.of(row.getString("state")),
                        row.getString("reason"),
                        row.getString("network"),
                        voxels == null ? null : Arrays.asList((Long[]) voxels.getArray()),
                        row.getTimestamp("created_at").toInstant(),
                        instant(row, "started_at"),
                        row.getInt("started_done"),
                        ended,
                        ended == null ? null : ended.plus(config.keep()),
                        push == null
                                ? null
                                : new StudyJob.Push(
                                        StudyJob.PushState.of(push), row.getString("push_reason")),
                        row.getString("volume_network"),
                        row.getBoolean("dicom"),
                        slices);
        Set<Role> roles =
                list(row, "roles").stream()
                        .map(Role::of)
                        .collect(Collectors.toCollection(LinkedHashSet::new));
        Identity identity =
                new Identity(
                        row.getString("asked_by"),
                        row.getString("identity_site"),
                        roles,
                        Set.copyOf(list(row, "tasks")));
        return new Row(
                job,
                new Owner(row.getString("asked_by"), row.getString("asked_site"), identity),
                new Question(
                        row.getInt("support_size"),
                        row.getString("temperature"),
                        row.getString("strategy"),
                        row.getLong("seed"),
                        row.getString("site"),
                        row.getString("patient"),
                        row.getBoolean("near_duplicates"),
                        CloseUps.of(row.getString("close_up_asked")).orElseThrow(),
                        row.getString("series"),
                        row.getString("modality"),
                        row.getString("volume_network")));
    }

    /** Studies of a directory that are done, the latest first, without their slices' answers. */
    List<Row> done(UUID keptIn) {
        return statements.inTransaction(connection -> {
            List<Row> done = new ArrayList<>();
            each(
                    connection,
                    SELECT + "WHERE s.kept_in = ? AND s.state = 'done' ORDER BY s.ended_at DESC",
                    row -> done.add(row(row, List.of())),
                    keptIn);
            return done;
        });
    }

    /** What was answered of one label of one slice. */
    record SliceLabel(int number, String label, StudyService.Masks masks) {}

    /** Everything that was answered, slice by slice, each slice's labels as they were answered. */
    List<SliceLabel> masks(UUID id) {
        return statements.inTransaction(connection -> {
            List<SliceLabel> all = new ArrayList<>();
            each(
                    connection,
                    "SELECT s.number, l.name, a.mask_sha256, a.probabilities_sha256"
                            + " FROM study_slice s JOIN answer_label a ON a.answer_id = s.answer_id"
                            + " JOIN label l ON l.id = a.label_id"
                            + " WHERE s.study_id = ? ORDER BY s.number, a.id",
                    row ->
                            all.add(
                                    new SliceLabel(
                                            row.getInt(1),
                                            row.getString(2),
                                            new StudyService.Masks(
                                                    row.getString(3), row.getString(4)))),
                    id);
            return all;
        });
    }

    /** The annotations that its slices' answers rest on. */
    List<Long> supports(UUID id) {
        return statements.inTransaction(connection -> {
            List<Long> supports = new ArrayList<>();
            each(
                    connection,
                    "SELECT DISTINCT u.annotation_id FROM study_slice s"
                            + " JOIN answer_label a ON a.answer_id = s.answer_id"
                            + " JOIN answer_support u ON u.answer_label_id = a.id"
                            + " WHERE s.study_id = ? ORDER BY 1",
                    row -> supports.add(row.getLong(1)),
                    id);
            return supports;
        });
    }

    private Timestamp now() {
        return Timestamp.from(clock.instant());
    }
}
