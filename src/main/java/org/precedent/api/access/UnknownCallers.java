package org.precedent.api.access;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.precedent.access.AuditTrail;

/**
 * Writes into the audit who was turned away because no key or session proved a name. Attempts are
 * counted by address and written together every few seconds, so that a flood of them fills neither
 * the audit nor the database.
 */
@ApplicationScoped
class UnknownCallers {
    private static final Logger LOG = Logger.getLogger(UnknownCallers.class);
    private static final Duration EVERY = Duration.ofSeconds(5);

    /** Addresses with entries of their own at a time. */
    private static final int MOST = 100;

    private static final String OTHERS = "other addresses";

    private final AuditTrail audit;
    private final ScheduledExecutorService writer =
            Executors.newSingleThreadScheduledExecutor(work -> {
                Thread thread = new Thread(work, "unknown-callers");
                thread.setDaemon(true);
                return thread;
            });

    /** Attempts since the last entry, by address; guarded by this. */
    private Map<String, Integer> attempts = new LinkedHashMap<>();

    UnknownCallers(AuditTrail audit) {
        this.audit = audit;
    }

    void start(@Observes StartupEvent event) {
        writer.scheduleWithFixedDelay(
                this::write, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        writer.shutdown();
        write();
    }

    /** Somebody at an address was turned away. */
    synchronized void turnedAway(String address) {
        boolean known = attempts.containsKey(address) || attempts.size() < MOST;
        attempts.merge(known ? address : OTHERS, 1, Integer::sum);
    }

    private synchronized Map<String, Integer> taken() {
        Map<String, Integer> taken = attempts;
        attempts = new LinkedHashMap<>();
        return taken;
    }

    /** Writes what has come together; what cannot be written is counted on. */
    void write() {
        Map<String, Integer> taken = taken();
        try {
            taken.forEach(audit::recordTurnedAway);
        } catch (RuntimeException e) {
            LOG.warnf("callers without a name are not in the audit yet: %s", e.getMessage());
            synchronized (this) {
                taken.forEach((address, count) -> attempts.merge(address, count, Integer::sum));
            }
        }
    }
}
