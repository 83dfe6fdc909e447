package org.precedent.api;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.precedent.PrecedentConfig;
import org.precedent.ProcessIdentity;
import org.precedent.node.NodeDuties;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.ProjectionState;
import org.precedent.projection.ProjectionStates;

/**
 * Whether the service can do its work at this moment: the database answers, every projection
 * follows it, there is room on the disks; and the index of images has once caught up since the
 * start. Down while any of that is not so, up again as soon as it is.
 */
@Readiness
@ApplicationScoped
public class ReadinessCheck implements HealthCheck {
    private final ImageProjection images;
    private final ProjectionStates states;
    private final ReadinessConfig config;
    private final NodeDuties duties;
    private final List<Path> folders;

    /** So that whoever finds this service by its file knows that it is this one that answers. */
    private final String process = ProcessIdentity.of(ProcessHandle.current());

    public ReadinessCheck(
            ImageProjection images,
            ProjectionStates states,
            ReadinessConfig config,
            PrecedentConfig places,
            NodeDuties duties) {
        this.images = images;
        this.states = states;
        this.config = config;
        this.duties = duties;
        this.folders = List.of(places.dataDirectory(), places.indexDirectory());
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder answer =
                HealthCheckResponse.named("projections")
                        .withData("process", process)
                        .withData("roles", duties.words())
                        .withData("leader", duties.leads());
        List<String> wrong = new ArrayList<>();
        long free = folders.stream().mapToLong(ReadinessCheck::free).min().orElse(Long.MAX_VALUE);
        answer.withData("freeDiskMebibytes", free >> 20);
        if (free < config.freeDisk().asLongValue()) {
            wrong.add("disk full");
        }
        List<ProjectionState> all = states.all();
        long committed = -1;
        Map<String, Integer> quarantined = new HashMap<>();
        try {
            committed = states.committed();
            quarantined.putAll(states.quarantined());
            answer.withData("committed", committed);
        } catch (RuntimeException e) { // whatever the driver throws
            wrong.add("database does not answer");
        }
        long oldest = 0;
        for (ProjectionState state : all) {
            if (state.isFailing()) {
                wrong.add(state.name() + " fails: " + state.failure());
            } else if (state.reached() < committed
                    && state.sinceSuccess().compareTo(config.silence()) > 0) {
                wrong.add(state.name() + " stands still");
            }
            if (committed >= 0) {
                answer.withData("lag " + state.name(), committed - state.reached());
            }
            oldest = Math.max(oldest, state.sinceSuccess().toMillis());
        }
        if (!images.ready()) {
            wrong.add("indexes have not caught up since the start");
        }
        if (!wrong.isEmpty()) {
            answer.withData("why", String.join("; ", wrong));
        }
        return answer.withData("reached", all.getFirst().reached())
                .withData("lastSuccessMillisecondsAgo", oldest)
                .withData(
                        "quarantined",
                        quarantined.values().stream().mapToLong(Integer::longValue).sum())
                .status(wrong.isEmpty())
                .build();
    }

    /** Bytes free on the disk of a folder, or of the nearest folder above it that exists. */
    private static long free(Path folder) {
        Path there = folder.toAbsolutePath();
        while (there.getParent() != null && !Files.exists(there)) {
            there = there.getParent();
        }
        try {
            return Files.getFileStore(there).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }
}
