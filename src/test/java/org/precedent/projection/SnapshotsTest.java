package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Outbox;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Snapshots of the running service's indexes, and their return. */
@QuarkusTest
@Order(2) // before others fill the catalogue: it is projected as a whole
@QuarkusTestResource(EmbeddedServices.class)
class SnapshotsTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(31).patients(4);
    private static final String LABEL = "spine";

    @Inject Snapshots snapshots;
    @Inject Catalog catalog;
    @Inject Outbox outbox;
    @Inject IngestService ingest;
    @Inject ImageProjection projector;
    @Inject LevelIndexes levels;
    @Inject IndexVerifier verifier;

    @TempDir Path folder;

    @Test
    void whatWasIngestedSinceIsProjectedAgainAfterTheReturn() {
        String task = "n-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, List.of(LABEL));
        catalog.definePool(Scope.machine(), task, "default");
        ingest(task, PHANTOMS.getFirst());
        await();
        long taken = outbox.head();
        assertThat(snapshots.take(folder))
                .hasSize(3)
                .allSatisfy(one -> assertThat(one.sequence()).isGreaterThanOrEqualTo(taken));
        PHANTOMS.subList(1, 4).forEach(phantom -> ingest(task, phantom));
        await();

        assertThat(snapshots.restore(folder))
                .hasSize(3)
                .allSatisfy(one -> assertThat(one.sequence()).isEqualTo(taken));

        await();
        assertThat(verifier.verify(done -> {}).differences()).isEmpty();
        assertThat(projector.reached()).isEqualTo(outbox.head());
    }

    @Test
    void aSnapshotOfAnotherCatalogueOrOfALaterStateIsRefused() throws IOException {
        Files.createDirectories(folder.resolve(UUID.randomUUID().toString()));
        assertThatThrownBy(() -> snapshots.restore(folder))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("no index of this catalogue");
        await();
        snapshots.take(folder);
        SharedIndex<?, ?> index = projector.indexes().getFirst();
        Path catalogue = folder.resolve(catalog.id().toString());
        long reached = projector.reached();
        assertThatThrownBy(() -> index.restore(catalogue, reached - 1))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("has reached change " + reached);
        assertThat(projector.reached()).isEqualTo(reached);
    }

    private void ingest(String task, Phantom phantom) {
        ingest.ingest(
                Scope.machine(),
                List.of(
                        new Example(
                                phantom.id() + ".png",
                                phantom.image(),
                                Example.Origin.ofImage("CT", "here", task + phantom.patient()),
                                Map.of(LABEL, phantom.masks().get(LABEL)))),
                new Destination(task, "default", "tester", ReviewState.APPROVED),
                "test");
    }

    private void await() {
        projector.awaitCommitted();
        OutboxFollower.Patience patience =
                OutboxFollower.Patience.standstill(Duration.ofMinutes(2));
        levels.projectors().forEach(level -> level.await(outbox.head(), patience));
    }
}
