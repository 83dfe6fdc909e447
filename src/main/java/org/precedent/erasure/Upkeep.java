package org.precedent.erasure;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.node.NodeDuties;

/**
 * What is done by itself: erasures that a restored database does not know are repeated before the
 * service serves; answers that are too old go, bytes that nothing names are collected and what is
 * named is checked, now and then, in the background, by one node of several.
 */
@ApplicationScoped
public class Upkeep {
    private static final Logger LOG = Logger.getLogger(Upkeep.class);
    private static final Duration FIRST = Duration.ofMinutes(10);

    /** Between two files of a background scrub, so that it takes a small part of the disk. */
    private static final long PAUSE_NANOS = Duration.ofMillis(4).toNanos();

    private final Erasure erasure;
    private final BlobCollection collection;
    private final BlobScrub scrub;
    private final RetentionConfig config;
    private final Clock clock;
    private final NodeDuties duties;
    private @Nullable Thread thread;

    Upkeep(
            Erasure erasure,
            BlobCollection collection,
            BlobScrub scrub,
            RetentionConfig config,
            MeterRegistry meters,
            Clock clock,
            NodeDuties duties) {
        this.erasure = erasure;
        this.collection = collection;
        this.scrub = scrub;
        this.config = config;
        this.clock = clock;
        this.duties = duties;
        meters.gauge("precedent.blobs.damaged", scrub, BlobScrub::damaged);
    }

    void start(@Observes StartupEvent event) {
        Erasure.Erased repeated = erasure.repeat();
        if (repeated != null) {
            LOG.warnf("erased again after a restore: %s", repeated);
        }
        Thread started = new Thread(this::run, "upkeep");
        started.setDaemon(true);
        started.start();
        thread = started;
    }

    void stop(@Observes ShutdownEvent event) {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void run() {
        Instant scrubbed = clock.instant();
        Duration pause = FIRST.compareTo(config.period()) < 0 ? FIRST : config.period();
        while (true) {
            try {
                Thread.sleep(pause.toMillis());
            } catch (InterruptedException e) {
                return;
            }
            pause = config.period();
            if (!duties.leads()) {
                continue;
            }
            try {
                expire();
                erasure.expireViewerImages();
                BlobCollection.Collected collected = collection.collect(false, looked -> {});
                if (collected.collected() > 0) {
                    LOG.infof("removed what nothing names: %s", collected);
                }
                if (clock.instant().isAfter(scrubbed.plus(config.scrub()))) {
                    scrubbed = clock.instant();
                    BlobScrub.Report report =
                            scrub.scrub(checked -> LockSupport.parkNanos(PAUSE_NANOS));
                    report.damaged().forEach(line -> LOG.error(line));
                }
            } catch (RuntimeException e) {
                LOG.warnf("upkeep is tried again in %s: %s", config.period(), e.getMessage());
            }
        }
    }

    private void expire() {
        if (config.answers().isEmpty()) {
            return;
        }
        Instant before = clock.instant().minus(config.answers().get());
        for (int gone = erasure.expire(before); gone > 0; gone = erasure.expire(before)) {
            LOG.infof("%d answers from before %s are erased", gone, before);
        }
    }
}
