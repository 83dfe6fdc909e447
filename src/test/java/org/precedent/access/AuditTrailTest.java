package org.precedent.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.precedent.query.EmbeddedServices;

/** Whatever is done to entries afterwards shows. */
@QuarkusTest
@Order(0) // before others write entries while these are forged
@QuarkusTestResource(EmbeddedServices.class)
class AuditTrailTest {
    @Inject AuditTrail audit;
    @Inject DataSource database;

    @TestHTTPResource("/")
    URI service;

    @Test
    void theDatabaseRefusesToChangeEntries() {
        fill(3);
        for (String statement :
                List.of("UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit")) {
            assertThatThrownBy(() -> execute(statement))
                    .as(statement)
                    .hasMessageContaining("append only");
        }
        assertThat(audit.verify().fault()).isNull();
    }

    @Test
    void everyForgeryByWhoeverCanSwitchThatOffIsFound() throws Exception {
        fill(5);
        for (String forgery :
                List.of(
                        "UPDATE audit SET who = 'somebody' WHERE sequence = 3",
                        "UPDATE audit SET supports = supports || ',7' WHERE sequence = 2",
                        "UPDATE audit SET at = at + interval '1 hour' WHERE sequence = 4",
                        "DELETE FROM audit WHERE sequence = 1",
                        "DELETE FROM audit WHERE sequence = 3",
                        "DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)",
                        "UPDATE audit_head SET sequence = sequence + 1",
                        "INSERT INTO audit SELECT sequence + 1, at, who, roles, site, action, object,"
                                + " supports, outcome, previous_hash, hash FROM audit"
                                + " ORDER BY sequence DESC LIMIT 1",
                        "UPDATE audit SET action = object, object = action WHERE sequence = 2")) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE kept AS SELECT * FROM audit");
                statement.execute("CREATE TABLE kept_head AS SELECT * FROM audit_head");
                statement.execute("ALTER TABLE audit DISABLE TRIGGER USER");
                statement.execute(forgery);
                try {
                    assertThat(audit.verify().fault()).as(forgery).isNotNull();
                } finally {
                    statement.execute("DELETE FROM audit");
                    statement.execute("INSERT INTO audit SELECT * FROM kept");
                    statement.execute("DELETE FROM audit_head");
                    statement.execute("INSERT INTO audit_head SELECT * FROM kept_head");
                    statement.execute("ALTER TABLE audit ENABLE TRIGGER USER");
                    statement.execute("DROP TABLE kept, kept_head");
                }
            }
            assertThat(audit.verify().fault()).as("put back after " + forgery).isNull();
        }
    }

    @Test
    void entriesOfManyWritersFollowEachOther() throws Exception {
        long before = audit.verify().entries();
        try (ExecutorService writers = Executors.newFixedThreadPool(4)) {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                running.add(writers.submit(() -> fill(25)));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
        AuditTrail.Verification found = audit.verify();
        assertThat(found.fault()).isNull();
        assertThat(found.entries()).isEqualTo(before + 100);
    }

    @Test
    void aSiteReadsItsOwnEntriesOnly() {
        fill(2);
        audit.record(Scope.machine(), "GET", "/everywhere", List.of(), "200");
        List<AuditTrail.Entry> read = new ArrayList<>();
        audit.export(
                new Scope(new Identity("eve", "audited", Set.of(Role.AUDITOR), Set.of())),
                read::add);
        assertThat(read)
                .isNotEmpty()
                .allSatisfy(entry -> assertThat(entry.site()).isEqualTo("audited"));
        Scope client = new Scope(new Identity("c", "audited", Set.of(Role.CLIENT), Set.of()));
        assertThatThrownBy(() -> audit.export(client, read::add))
                .isInstanceOf(AccessException.class);
    }

    @Test
    void whoHasNoNameIsCountedByAddress() throws Exception {
        String address = "127.0.0.7"; // nobody else's
        try (HttpClient nobody =
                HttpClient.newBuilder().localAddress(InetAddress.getByName(address)).build()) {
            for (int i = 0; i < 3; i++) {
                HttpRequest request =
                        HttpRequest.newBuilder(service.resolve("/v1/tasks"))
                                .header("Authorization", "Bearer prc_nobody_0")
                                .build();
                assertThat(
                                nobody.send(request, HttpResponse.BodyHandlers.discarding())
                                        .statusCode())
                        .isEqualTo(401);
            }
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        List<AuditTrail.Entry> turnedAway = new ArrayList<>();
        int counted = 0;
        while (counted < 3) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(50);
            turnedAway.clear();
            audit.export(
                    Scope.machine(),
                    entry -> {
                        if (entry.object().equals(address)) {
                            turnedAway.add(entry);
                        }
                    });
            counted =
                    turnedAway.stream()
                            .mapToInt(entry ->
                                    Integer.parseInt(entry.outcome().replace("401 x ", "")))
                            .sum();
        }
        assertThat(counted).isEqualTo(3);
        assertThat(turnedAway)
                .allSatisfy(entry -> {
                    assertThat(entry.action()).isEqualTo("turned away");
                    assertThat(entry.who()).isEqualTo("unknown");
                });
        assertThat(audit.verify().fault()).isNull();
    }

    private void fill(int entries) {
        Scope scope = new Scope(new Identity("ann", "audited", Set.of(Role.CLIENT), Set.of()));
        for (int i = 0; i < entries; i++) {
            audit.record(scope, "POST", "/v1/retrievals", List.of(1L, 2L), "200");
        }
    }

    private void execute(String text) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }
}
