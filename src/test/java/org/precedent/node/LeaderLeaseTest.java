package org.precedent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.query.EmbeddedServices;

/** Two processes on one row of a real database. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class LeaderLeaseTest {
    private static final Duration LENGTH = Duration.ofSeconds(60);

    @Inject DataSource source;
    private Connection database;
    private final AtomicLong clock = new AtomicLong();
    private final LeaderLease first = lease("first");
    private final LeaderLease second = lease("second");

    private LeaderLease lease(String name) {
        return new LeaderLease(name, LENGTH, clock::get);
    }

    @BeforeEach
    void open() throws SQLException {
        database = source.getConnection();
        change("DELETE FROM leader");
    }

    @AfterEach
    void close() throws SQLException {
        change("DELETE FROM leader");
        database.close();
    }

    private void change(String sql) throws SQLException {
        try (var statement = database.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    @Test
    void oneLeadsUntilItsLeaseHasRunOut() throws SQLException {
        assertThat(first.leads()).isFalse();
        assertThat(first.attempt(database)).isTrue();
        assertThat(second.attempt(database)).isFalse();
        // Renewed, it is the same lead.
        assertThat(first.attempt(database)).isTrue();
        assertThat(first.epoch()).isEqualTo(1);
        change("UPDATE leader SET until = clock_timestamp() - interval '1 second'");
        assertThat(second.attempt(database)).isTrue();
        assertThat(second.epoch()).isEqualTo(2);
        assertThat(first.attempt(database)).isFalse();
        assertThat(first.leads()).isFalse();
    }

    @Test
    void whoeverSleepsDoesNotLeadWhenItWakesUp() throws SQLException {
        assertThat(first.attempt(database)).isTrue();
        clock.addAndGet(LENGTH.minusMillis(1).toNanos());
        assertThat(first.leads()).isTrue();
        clock.addAndGet(Duration.ofMillis(2).toNanos());
        assertThat(first.leads()).isFalse();
        // Nobody else took it: it goes on, in the same epoch.
        assertThat(first.attempt(database)).isTrue();
        assertThat(first.epoch()).isEqualTo(1);
    }

    @Test
    void whoeverLeavesIsFollowedAtOnce() throws SQLException {
        assertThat(first.attempt(database)).isTrue();
        first.release(database);
        assertThat(first.leads()).isFalse();
        assertThat(second.attempt(database)).isTrue();
        // What another one holds is not released.
        first.release(database);
        assertThat(first.attempt(database)).isFalse();
    }
}
