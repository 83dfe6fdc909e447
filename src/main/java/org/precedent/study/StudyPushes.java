package org.precedent.study;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.precedent.DomainException;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;

/**
 * Stores segmentations of studies that are done in the archive that the studies came from. Where
 * the archive is away they wait; what it refuses is not sent again. A segmentation that was sent
 * twice, because the service ended in between, is the same object both times.
 */
@ApplicationScoped
class StudyPushes {
    private static final Logger LOG = Logger.getLogger(StudyPushes.class);

    private final StudyArchive archive;
    private final StudyResults results;
    private final StudyRows rows;
    private final StudyTurns turns;
    private final AuditTrail audit;

    StudyPushes(
            StudyArchive archive,
            StudyResults results,
            StudyRows rows,
            StudyTurns turns,
            AuditTrail audit) {
        this.archive = archive;
        this.results = results;
        this.rows = rows;
        this.turns = turns;
        this.audit = audit;
    }

    /** Sends what waits, until somebody says that it is to stop. */
    void sendAll(UUID keptIn, BooleanSupplier stopping) {
        for (UUID id : turns.toPush(keptIn)) {
            if (stopping.getAsBoolean()) {
                return;
            }
            Optional<StudyRows.Row> row = rows.find(id);
            if (row.isPresent()) {
                send(row.get());
            }
        }
    }

    private void send(StudyRows.Row row) {
        StudyJob job = row.job();
        StudyArchive.Pushed pushed = pushed(job);
        StudyJob.PushState state =
                pushed.stored()
                        ? StudyJob.PushState.STORED
                        : pushed.away() ? StudyJob.PushState.PENDING : StudyJob.PushState.FAILED;
        if (state != StudyJob.PushState.PENDING) {
            audit.record(
                    new Scope(row.owner().identity()),
                    "push",
                    "/v1/studies/" + job.id(),
                    List.of(),
                    state.word());
        }
        turns.pushed(job.id(), new StudyJob.Push(state, pushed.stored() ? null : pushed.reason()));
    }

    private StudyArchive.Pushed pushed(StudyJob job) {
        try {
            return archive.push(results.of(job, StudyFormat.DICOM_SEG).files().getFirst().bytes());
        } catch (DomainException e) {
            boolean passes = e.kind() == DomainException.Kind.BUSY;
            return new StudyArchive.Pushed(false, passes, String.valueOf(e.getMessage()));
        } catch (RuntimeException | OutOfMemoryError e) {
            UUID fault = UUID.randomUUID();
            LOG.errorf(e, "failure %s of the segmentation of study %s", fault, job.id());
            return new StudyArchive.Pushed(
                    false, false, "a fault of the service; its log has the cause under " + fault);
        }
    }
}
