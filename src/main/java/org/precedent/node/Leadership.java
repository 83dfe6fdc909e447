package org.precedent.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Shutdown;
import jakarta.enterprise.context.ApplicationScoped;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.NodeRole;
import org.precedent.PrecedentConfig;
import org.precedent.catalog.postgres.DatabaseConfig;

/**
 * Whether this process leads. On an external database a lease says so, which a connection of its
 * own renews, because the others may all be in use; a service tries to get it for as long as it
 * runs, a command once, at its start. On the embedded database there is nobody else to lead.
 */
@ApplicationScoped
public class Leadership {
    private static final Logger LOG = Logger.getLogger(Leadership.class);

    /** Another node leads so long after the last sign of life, and {@link #TRY} more, at most. */
    static final Duration LEASE = Duration.ofSeconds(6);

    /** Between two renewals, and between two tries to get it. */
    static final Duration TRY = Duration.ofSeconds(1);

    /** After all that writes has ended. */
    private static final int LAST = 10_000;

    private final DatabaseConfig database;
    private final boolean contends;
    private final boolean tries;
    private final LeaderLease lease;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private @Nullable Connection connection;
    private @Nullable Thread thread;
    private volatile boolean led;

    Leadership(DatabaseConfig database, PrecedentConfig config, MeterRegistry meters) {
        this.database = database;
        this.contends = database.url().isPresent() && config.roles().contains(NodeRole.PROJECT);
        this.tries =
                ConfigProvider.getConfig()
                        .getOptionalValue("quarkus.http.host-enabled", Boolean.class)
                        .orElse(true);
        this.lease =
                new LeaderLease(
                        ManagementFactory.getRuntimeMXBean().getName(), LEASE, System::nanoTime);
        if (contends) {
            attempt(); // so that a node that is alone leads from its first step
            thread = Thread.ofPlatform().name("leadership").daemon().start(this::run);
        }
        meters.gauge("precedent.node.leader", this, self -> self.leads() ? 1 : 0);
    }

    /** Whether this process leads at this moment; a process that may not never does. */
    public boolean leads() {
        return database.url().isEmpty() || lease.leads();
    }

    /** Whether the lead is elected at all, or this process is alone with its database. */
    public boolean isElected() {
        return database.url().isPresent();
    }

    private void run() {
        while (tries || lease.leads()) {
            try {
                if (stopping.await(TRY.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                LOG.debug("the lease was interrupted", e); // it ends by close alone
            }
            attempt();
        }
    }

    private synchronized void attempt() {
        try {
            if (stopping.getCount() > 0) {
                tell(lease.attempt(connect()));
            }
        } catch (SQLException e) {
            LOG.debugf("the lease of the leader is tried again: %s", e.getMessage());
            disconnect();
            tell(lease.leads());
        }
    }

    private void tell(boolean leads) {
        if (leads != led) {
            led = leads;
            LOG.infof(
                    leads
                            ? "this node leads now (epoch %d): it does what is done once"
                            : "this node does not lead any more (epoch %d)",
                    lease.epoch());
        }
    }

    private Connection connect() throws SQLException {
        Connection open = connection;
        if (open == null) {
            Properties properties = new Properties();
            database.user().ifPresent(user -> properties.setProperty("user", user));
            database.password().ifPresent(word -> properties.setProperty("password", word));
            // A database that is cut off must not hold the renewal up longer than the lease.
            properties.setProperty("connectTimeout", "2");
            properties.setProperty("socketTimeout", "2");
            properties.setProperty("ApplicationName", "precedent leader");
            open = DriverManager.getConnection(database.url().orElseThrow(), properties);
            connection = open;
        }
        return open;
    }

    private void disconnect() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            LOG.debug("a connection that failed", e);
        }
        connection = null;
    }

    @Shutdown(LAST)
    synchronized void close() {
        stopping.countDown();
        if (!contends) {
            return;
        }
        try {
            if (lease.leads()) {
                lease.release(connect());
            }
        } catch (SQLException e) {
            LOG.debugf("the lease of the leader ends by itself: %s", e.getMessage());
        } finally {
            disconnect();
        }
    }
}
