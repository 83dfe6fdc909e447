package org.precedent.study;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.NodeRole;
import org.precedent.PrecedentConfig;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.VolumeSlices;
import org.precedent.node.NodeDuties;
import org.precedent.query.Query;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/**
 * Segments the studies that wait, slice by slice, in the process that serves HTTP.
 *
 * <ol>
 *   <li>Of several services on one data directory the one that has the lock of its studies works;
 *       another takes over when it is gone.
 *   <li>What ran when a service ended waits again, and goes on with the slice after the last one
 *       that was kept. A slice that was answered but not kept is asked again.
 *   <li>A slice for which the service is too busy is tried again; a study ends with the reason
 *       where it is refused, or has been tried for {@link #PATIENCE}.
 *   <li>A cancelled study ends before its next slice, an erased one before its next answer.
 * </ol>
 */
@ApplicationScoped
public class StudyWorker {
    private static final Logger LOG = Logger.getLogger(StudyWorker.class);

    /** How long one slice is tried. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** Between two looks at the queue, where nobody wakes the worker. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private static final Duration HOUSEKEEPING = Duration.ofMinutes(1);

    /** Without a word from whoever has its files, a study is lost. */
    private static final Duration SILENCE = Duration.ofMinutes(15);

    /** A study may be on its way into the record for so long. */
    private static final Duration ARRIVING = Duration.ofMinutes(30);

    /** For the slice that is being answered when the service is told to stop. */
    private static final Duration STOPPING = Duration.ofSeconds(20);

    private final StudyService service;
    private final StudyRows rows;
    private final StudyTurns turns;
    private final StudyPushes pushes;
    private final StudyFiles files;
    private final StudyConfig config;
    private final AuditTrail audit;
    private final DataSecrets secrets;
    private final NodeDuties duties;

    private final Semaphore woken = new Semaphore(0);
    private final Semaphore ended = new Semaphore(0);
    private final Set<UUID> cancelled = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    StudyWorker(
            StudyService service,
            StudyRows rows,
            StudyTurns turns,
            StudyPushes pushes,
            StudyConfig config,
            AuditTrail audit,
            PrecedentConfig home,
            DataSecrets secrets,
            NodeDuties duties) {
        this.service = service;
        this.rows = rows;
        this.turns = turns;
        this.pushes = pushes;
        this.files = new StudyFiles(home.dataDirectory(), Limits.VOLUMES);
        this.config = config;
        this.audit = audit;
        this.secrets = secrets;
        this.duties = duties;
    }

    void start(@Observes StartupEvent event) {
        // Commands are too short for this, and leave it to the service.
        if (duties.has(NodeRole.QUERY)
                && ConfigProvider.getConfig()
                        .getOptionalValue("quarkus.http.host-enabled", Boolean.class)
                        .orElse(true)) {
            stopping = false;
            begin("studies", this::work);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        woken.release(1 + config.concurrency());
        ended.release();
        long deadline = System.nanoTime() + STOPPING.toNanos();
        List<Thread> all;
        synchronized (threads) {
            all = List.copyOf(threads);
            threads.clear();
        }
        for (Thread thread : all) {
            try {
                thread.join(
                        Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void begin(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        synchronized (threads) {
            threads.add(thread);
        }
        thread.start();
    }

    /** Says that a study waits. */
    void wake() {
        woken.release();
    }

    /** Says that a study is to end. */
    void cancelled(UUID id) {
        cancelled.add(id);
        woken.release();
    }

    // ---- one process of a data directory

    private void work() {
        try (FileChannel file = files.lockFile()) {
            @Nullable FileLock lock = lock(file);
            while (lock == null && !stopping) {
                pause(LOOK);
                lock = lock(file);
            }
            if (stopping) {
                return;
            }
            UUID here = files.home();
            insist(() -> {
                int interrupted = turns.interrupted(here);
                if (interrupted > 0) {
                    LOG.infof("%d studies go on where they were", interrupted);
                }
            });
            for (int i = 1; i <= config.concurrency(); i++) {
                begin("study-" + i, () -> runAll(here));
            }
            begin("study-push", () -> pushAll(here));
            while (!stopping) {
                insist(() -> keepHouse(here));
                for (long from = System.nanoTime();
                        !stopping && System.nanoTime() - from < HOUSEKEEPING.toNanos(); ) {
                    pause(Duration.ofSeconds(1));
                }
            }
        } catch (IOException e) {
            LOG.errorf(e, "no study is segmented: the folder of their files cannot be used");
        }
    }

    private static @Nullable FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // a service that was in this very process before, and is ending
        }
    }

    private void keepHouse(UUID here) {
        turns.touch(here);
        if (turns.lost(SILENCE) > 0) {
            LOG.warn("studies ended whose files are not here any more");
        }
        turns.expired().forEach(files::remove);
        List<UUID> kept = files.before(ARRIVING);
        Set<UUID> needed = turns.needed(kept);
        kept.stream().filter(id -> !needed.contains(id)).forEach(files::remove);
    }

    /** Sends segmentations to the archive, as soon as a study ends, and again every minute. */
    private void pushAll(UUID here) {
        while (!stopping) {
            insist(() -> pushes.sendAll(here, () -> stopping));
            try {
                if (ended.tryAcquire(HOUSEKEEPING.toMillis(), TimeUnit.MILLISECONDS)) {
                    ended.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void runAll(UUID here) {
        while (!stopping) {
            try {
                Optional<StudyRows.Row> next = turns.claim(here);
                if (next.isPresent()) {
                    run(next.get());
                } else if (woken.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                    woken.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warnf("studies are tried again in %s: %s", LOOK, e.getMessage());
                pause(LOOK);
            }
        }
    }

    // ---- one study

    private void run(StudyRows.Row row) {
        UUID id = row.job().id();
        try {
            Optional<Slicing> answered = answerAll(row);
            if (answered.isPresent()) {
                finish(row, answered.get());
            }
        } catch (DomainException e) {
            fail(id, e.getMessage());
        } catch (RuntimeException | Error e) {
            UUID fault = UUID.randomUUID();
            LOG.errorf(e, "failure %s of study %s", fault, id);
            fail(
                    id,
                    e instanceof OutOfMemoryError
                            ? "there is not enough memory for it now: send it again later"
                            : "a fault of the service; its log has the cause under " + fault);
        } finally {
            if (stopping) {
                insist(() -> turns.waiting(id));
            }
            if (cancelled.remove(id)) {
                files.remove(id);
            }
        }
    }

    private void fail(UUID id, @Nullable String reason) {
        insist(() -> turns.failed(id, String.valueOf(reason)));
        if (!stopping) {
            files.remove(id);
        }
    }

    /**
     * Answers the slices that are left.
     *
     * @return how the volume was cut; empty where the study ends before all are answered
     */
    private Optional<Slicing> answerAll(StudyRows.Row row) {
        StudyJob job = row.job();
        StudySource source =
                StudySource.read(
                        files.path(job.id()),
                        files.content(job.id()),
                        secrets.key(Purpose.PSEUDONYMS),
                        BurntIn.ALLOWED); // it was looked at when it was taken
        VolumeSlices slices =
                new VolumeSlices(
                        source.study().volume(),
                        SliceAxis.of(job.cut().axis()),
                        row.question().modality());
        StudyQuery study =
                new StudyQuery(
                        job.name(),
                        slices,
                        question(row),
                        null,
                        row.question().series(),
                        job.volumeNetwork());
        if (job.volumeNetwork() != null) {
            return job.done() == slices.count() || answerWhole(row, study)
                    ? Optional.of(slices.slicing())
                    : Optional.empty();
        }
        for (int number = job.done(); number < slices.count(); number++) {
            if (!answer(row, study, number)) {
                return Optional.empty();
            }
        }
        return Optional.of(slices.slicing());
    }

    private static Query question(StudyRows.Row row) {
        StudyRows.Question question = row.question();
        return new Query(
                StudyJobs.noImage(row.job().name()),
                row.job().task(),
                row.job().labels(),
                row.job().pool(),
                Integer.toString(row.job().poolVersion()),
                question.supportSize(),
                Query.temperature(question.temperature()),
                Query.strategy(question.strategy()),
                question.seed(),
                question.site(),
                question.patient(),
                question.nearDuplicates()
                        ? Query.NearDuplicates.ALLOW
                        : Query.NearDuplicates.LEAVE_OUT,
                null,
                question.closeUp());
    }

    /** What becomes of a study while nothing of it can be erased. */
    private interface Step {
        void of(Scope scope, StudyTurns.Step open) throws SQLException;
    }

    /** Answers all slices at once; returns whether the study is to go on. */
    private boolean answerWhole(StudyRows.Row row, StudyQuery study) {
        return step(
                row,
                "the volume",
                (scope, open) -> {
                    Answer answer = service.whole(scope, study, ending(row));
                    open.keep(
                            new StudyAnswer.Slice(0, answer.id(), Map.of()),
                            study.slices().count(),
                            StudyService.network(answer));
                });
    }

    /** Answers one slice; returns whether the study is to go on. */
    private boolean answer(StudyRows.Row row, StudyQuery study, int number) {
        return step(
                row,
                "slice " + number,
                (scope, open) -> {
                    Optional<Answer> answer = service.segment(scope, study, number, 0, ending(row));
                    open.keep(
                            StudyService.slice(number, answer),
                            number + 1,
                            answer.map(StudyService::network).orElse(""));
                });
    }

    private BooleanSupplier ending(StudyRows.Row row) {
        return () -> stopping || cancelled.contains(row.job().id());
    }

    /** Does one step, again and again while what keeps it from being done goes by. */
    private boolean step(StudyRows.Row row, String what, Step work) {
        UUID id = row.job().id();
        Scope scope = new Scope(row.owner().identity());
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (Duration pause = FIRST_PAUSE; !stopping; pause = longer(pause)) {
            try (StudyTurns.Step step = turns.step(id)) {
                if (!step.running()) {
                    return false;
                }
                work.of(scope, step);
                return true;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("the record of studies cannot be reached", e);
                }
                LOG.warnf("%s of study %s is tried again: %s", what, id, e.getMessage());
            } catch (RuntimeException e) {
                if (!passes(e) || System.nanoTime() > deadline) {
                    throw e;
                }
            }
            if (!cancelled.contains(id)) {
                pause(pause);
            }
        }
        return false;
    }

    /** Whether a failure is one that goes by: too much at once, or no database now. */
    private static boolean passes(Throwable e) {
        if (e instanceof DomainException refusal) {
            return refusal.kind() == DomainException.Kind.BUSY;
        }
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException) {
                return true;
            }
        }
        return false;
    }

    private void finish(StudyRows.Row row, Slicing slicing) {
        StudyJob job = row.job();
        LabelMap labels = service.labels(slicing, job.labels(), rows.masks(job.id()));
        audit.record(
                new Scope(row.owner().identity()),
                "segment",
                "/v1/studies/" + job.id(),
                rows.supports(job.id()),
                "done");
        insist(() -> turns.done(job.id(), labels.voxels().values()));
        if (job.push() != null) {
            ended.release();
        }
    }

    // ---- waiting

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    /** Does what has to be done, as soon as the database is there. */
    private void insist(Runnable work) {
        for (Duration pause = FIRST_PAUSE; ; pause = longer(pause)) {
            try {
                work.run();
                return;
            } catch (RuntimeException e) {
                LOG.warnf("studies: tried again in %s: %s", pause, e.getMessage());
                if (stopping) {
                    return; // it is done at the next start
                }
                pause(pause);
            }
        }
    }

    private void pause(Duration pause) {
        try {
            long left = pause.toMillis();
            while (left > 0 && !stopping) {
                long step = Math.min(left, 200);
                Thread.sleep(step);
                left -= step;
            }
        } catch (InterruptedException e) {
            stopping = true;
            Thread.currentThread().interrupt();
        }
    }
}
