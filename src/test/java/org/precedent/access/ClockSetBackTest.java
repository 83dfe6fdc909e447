package org.precedent.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.precedent.query.EmbeddedServices;
import org.precedent.wiring.SteadyClock;
import org.precedent.wiring.TurnedClock;

/** The system's clock is set back by hours while the service runs. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class ClockSetBackTest {
    @Inject DataSource database;
    @Inject AuditTrail audit;
    @Inject Clock running;

    private final TurnedClock system =
            new TurnedClock(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    private final Clock clock = system.steady();

    @Test
    void theServiceRunsOnTheClockThatNeverGoesBack() {
        assertThat(running).isInstanceOf(SteadyClock.class);
    }

    @Test
    void keysAndSessionsEndWhenTheyShould() {
        ApiKeys keys = new ApiKeys(database, clock);
        KeyText week = key(keys, Duration.ofDays(7));
        KeyText hour = key(keys, Duration.ofHours(1));
        String session = keys.openSession(week, ApiKeys.SessionOf.PAGE).orElseThrow();
        system.pass(Duration.ofMinutes(30));
        system.turn(Duration.ofHours(5).negated());
        assertThat(keys.verify(hour)).isPresent();
        system.pass(Duration.ofMinutes(31));
        assertThat(keys.verify(hour)).as("an hour has passed").isEmpty();
        assertThat(keys.session(session, ApiKeys.SessionOf.PAGE)).isPresent();
        system.pass(ApiKeys.SESSION.minus(Duration.ofMinutes(62)));
        assertThat(keys.session(session, ApiKeys.SessionOf.PAGE)).isPresent();
        system.pass(Duration.ofMinutes(2));
        assertThat(keys.session(session, ApiKeys.SessionOf.PAGE))
                .as("twelve hours have passed")
                .isEmpty();
        assertThat(keys.verify(week)).isPresent();
    }

    @Test
    void theAuditKeepsItsOrderAndItsChain() {
        AuditTrail trail = new AuditTrail(database, clock);
        String object = "/v1/tasks/" + UUID.randomUUID();
        Scope scope = new Scope(new Identity("ann", "audited", Set.of(Role.CLIENT), Set.of()));
        for (int i = 0; i < 6; i++) {
            trail.record(scope, "POST", object, List.of(), Integer.toString(i));
            system.pass(Duration.ofSeconds(1));
            if (i == 2) {
                system.turn(Duration.ofHours(3).negated());
            }
        }
        List<AuditTrail.Entry> entries = new ArrayList<>();
        audit.export(
                Scope.machine(),
                entry -> {
                    if (entry.object().equals(object)) {
                        entries.add(entry);
                    }
                });
        assertThat(entries)
                .extracting(AuditTrail.Entry::outcome)
                .containsExactly("0", "1", "2", "3", "4", "5");
        for (int i = 1; i < entries.size(); i++) {
            assertThat(Duration.between(entries.get(i - 1).at(), entries.get(i).at()))
                    .isEqualTo(Duration.ofSeconds(1));
        }
        assertThat(audit.verify().fault()).isNull();
    }

    private KeyText key(ApiKeys keys, Duration valid) {
        return keys.create(
                        Scope.machine(),
                        "clock " + UUID.randomUUID(),
                        "clocks",
                        Set.of(Role.CLIENT),
                        Set.of(),
                        clock.instant().plus(valid))
                .text();
    }
}
