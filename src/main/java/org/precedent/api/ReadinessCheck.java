package org.precedent.api;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.precedent.ProcessIdentity;
import org.precedent.catalog.Outbox;
import org.precedent.projection.ImageProjection;

/** Not ready until the indexes have caught up with the catalogue once since start. */
@Readiness
@ApplicationScoped
class ReadinessCheck implements HealthCheck {
    private final ImageProjection projector;
    private final Outbox outbox;

    /** So that whoever finds this service by its file knows that it is this one that answers. */
    private final String process = ProcessIdentity.of(ProcessHandle.current());

    ReadinessCheck(ImageProjection projector, Outbox outbox) {
        this.projector = projector;
        this.outbox = outbox;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("projections")
                .status(projector.ready())
                .withData("reached", projector.reached())
                .withData("committed", outbox.head())
                .withData("process", process)
                .build();
    }
}
