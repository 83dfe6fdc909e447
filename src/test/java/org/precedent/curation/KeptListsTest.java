package org.precedent.curation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.precedent.query.SignedRequests.given;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.access.Identity;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.review.KeptLooks;
import org.precedent.catalog.review.KeptLooks.Kept;
import org.precedent.catalog.review.KeptLooks.Subject;
import org.precedent.curation.BackgroundLists.Asked;
import org.precedent.curation.BackgroundLooks.Look;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.projection.ImageSpaces;
import org.precedent.query.EmbeddedServices;

/**
 * Lists outlive the process that computed them. A restart is another {@link BackgroundLists} with
 * nothing in memory.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class KeptListsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @Inject DataSource database;
    @Inject Catalog catalog;
    @Inject Outbox outbox;
    @Inject CuratedPool pools;
    @Inject CurationLists lists;
    @Inject EmbeddingMap map;
    @Inject KeptResults results;
    @Inject KeptLooks kept;
    @Inject ImageSpaces spaces;

    private final String task = "k-" + UUID.randomUUID();
    private final List<BackgroundLooks> started = new ArrayList<>();
    private final List<Phantom> phantoms =
            List.copyOf(
                    new Phantoms(UUID.randomUUID().hashCode())
                            .patients(6).stream()
                                    .collect(
                                            Collectors.toMap(
                                                    Phantom::patient,
                                                    Function.identity(),
                                                    (first, other) -> first,
                                                    LinkedHashMap::new))
                                    .values());

    @BeforeEach
    void fill() {
        given().contentType("application/json")
                .body(Map.of("labels", List.of("liver"), "pools", List.of("default")))
                .put("/v1/tasks/{task}", task)
                .then()
                .statusCode(200);
        phantoms.subList(0, 5).forEach(this::ingest);
    }

    @AfterEach
    void stop() {
        started.forEach(BackgroundLooks::stop);
    }

    private void ingest(Phantom phantom) {
        given().multiPart("image", name(phantom), PngWriter.png(phantom.image()))
                .multiPart("mask.liver", "m.png", PngWriter.png(phantom.masks().get("liver")))
                .multiPart(
                        "metadata",
                        "{\"task\":\"%s\",\"patient\":\"%s\",\"samePixels\":\"allow\"}"
                                .formatted(task, task + phantom.patient()))
                .post("/v1/images")
                .then()
                .statusCode(201);
    }

    private String name(Phantom phantom) {
        return task + "-" + phantom.patient() + ".png";
    }

    private BackgroundLists restarted() {
        BackgroundLooks looks = new BackgroundLooks(Clock.systemUTC(), 8, 8);
        started.add(looks);
        return new BackgroundLists(catalog, outbox, pools, lists, map, looks, results, spaces);
    }

    private Asked asked(Scope scope, Duration patience) {
        return new Asked(scope, task, "default", List.of(), false, patience);
    }

    /** Computes a list, and waits until the catalogue has it. */
    private Look<List<ListEntry>> computed(String list, Scope scope) {
        int before = rows(list);
        Look<List<ListEntry>> look = restarted().list(list, asked(scope, LONG));
        assertThat(look.result()).isNotNull();
        until(list, before + 1);
        return look;
    }

    private void until(String what, int rows) {
        long end = System.nanoTime() + LONG.toNanos();
        while (rows(what) < rows) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private int poolId() {
        return catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), "default").id();
    }

    private int rows(String what) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT count(*) FROM pool_look WHERE pool_id = %d AND what = '%s'"
                                        .formatted(poolId(), what))) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void change(String set) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            int changed =
                    statement.executeUpdate(
                            "UPDATE pool_look SET %s WHERE pool_id = %d".formatted(set, poolId()));
            assertThat(changed).isPositive();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aRestartFindsWhatWasComputed() {
        for (String list : List.of("outliers", "duplicates", "gaps", "suspects", "worth", "next")) {
            Look<List<ListEntry>> first = computed(list, Scope.machine());
            assertThat(restarted().list(list, asked(Scope.machine(), Duration.ZERO)))
                    .as(list)
                    .isEqualTo(first);
        }
        assertThat(computedEntries()).hasSize(5);
        Look<List<EmbeddingMap.Point>> points = restarted().map(asked(Scope.machine(), LONG));
        until("map", 1);
        assertThat(restarted().map(asked(Scope.machine(), Duration.ZERO))).isEqualTo(points);
    }

    private List<ListEntry> computedEntries() {
        return restarted().list("outliers", asked(Scope.machine(), LONG)).result();
    }

    /** As within one process: the old one is shown as the old version's while the next is made. */
    @Test
    void afterAnotherVersionItIsShownAsOfTheOldOne() {
        Look<List<ListEntry>> first = computed("outliers", Scope.machine());
        assertThat(first.version()).isEqualTo(5);
        ingest(phantoms.get(5));
        BackgroundLists later = restarted();
        Look<List<ListEntry>> stale = later.list("outliers", asked(Scope.machine(), LONG));
        assertThat(stale.version()).isEqualTo(5);
        assertThat(stale.result()).isEqualTo(first.result());
        assertThat(stale.running()).isNotNull();
        Look<List<ListEntry>> next = stale;
        long end = System.nanoTime() + LONG.toNanos();
        while (next.running() != null && System.nanoTime() < end) {
            next = later.list("outliers", asked(Scope.machine(), Duration.ZERO));
        }
        assertThat(next.version()).isEqualTo(6);
        assertThat(next.result()).hasSize(6);
    }

    @Test
    void whatAnotherNetworkOrSpaceMadeIsComputedAgain() {
        Look<List<ListEntry>> first = computed("outliers", Scope.machine());
        String now = results.madeWith();
        assertThat(now).contains(spaces.current().space().id());
        change("made_with = 'x' || made_with");
        Look<List<ListEntry>> again = restarted().list("outliers", asked(Scope.machine(), LONG));
        assertThat(again.computedAt()).isAfter(first.computedAt());
        assertThat(again.result()).isEqualTo(first.result());
    }

    @Test
    void whatCannotBeReadIsComputedAgain() {
        Look<List<ListEntry>> first = computed("outliers", Scope.machine());
        change("result = '{\"what\": \"is this\"}'");
        Look<List<ListEntry>> again = restarted().list("outliers", asked(Scope.machine(), LONG));
        assertThat(again.computedAt()).isAfter(first.computedAt());
        assertThat(again.result()).isEqualTo(first.result());
    }

    /** A list has names of its reader's own site only, and no other reader finds it. */
    @Test
    void anotherSiteDoesNotFindTheNamesOfThisOne() {
        String site = "north-" + UUID.randomUUID();
        given().contentType("application/json")
                .body(Map.of("may", "read"))
                .put("/v1/tasks/{task}/pools/default/shares/{site}", task, site)
                .then()
                .statusCode(200);
        Scope north = new Scope(new Identity("curator", site, Set.of(Role.CURATOR), Set.of()));
        List<ListEntry> own = computed("outliers", Scope.machine()).result();
        assertThat(own).extracting(ListEntry::image).allMatch(image -> image.startsWith(task));
        List<ListEntry> theirs = computed("outliers", north).result();
        assertThat(theirs)
                .hasSize(5)
                .extracting(ListEntry::image)
                .allMatch(image -> image.startsWith("image "));
        assertThat(restarted().list("outliers", asked(north, Duration.ZERO)).result())
                .isEqualTo(theirs);
        assertThat(rows("outliers")).isEqualTo(2);
    }

    @Test
    void anErasureEmptiesTheTableAndWhatWasBegunBeforeItIsNotKept() {
        computed("outliers", Scope.machine());
        long before = outbox.lastErasure();
        erase(true);
        assertThat(rows("outliers")).isEqualTo(1);
        erase(false);
        assertThat(rows("outliers")).isZero();
        Subject subject = new Subject("outliers", "", poolId(), List.of(), results.madeWith());
        Kept late = new Kept("[]", Clock.systemUTC().instant(), 5);
        assertThat(kept.keep(subject, late, before)).isFalse();
        assertThat(rows("outliers")).isZero();
        assertThat(kept.keep(subject, late, outbox.lastErasure())).isTrue();
        assertThat(kept.find(subject)).isPresent();
    }

    private void erase(boolean dryRun) {
        String patient = task + phantoms.getFirst().patient();
        given().contentType("application/json")
                .body(
                        Map.of(
                                "what",
                                "patient",
                                "id",
                                patient,
                                "dryRun",
                                dryRun,
                                "reason",
                                "asked to"))
                .post("/v1/erasures")
                .then()
                .statusCode(200);
    }
}
