package org.precedent.projection;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Quarantines;

/**
 * How all projections do at this moment, and the gauges that show it: {@code
 * precedent.projection.lag} (changes behind the catalogue), {@code precedent.projection.failing} (1
 * or 0) and {@code precedent.projection.quarantined} (images left out), each by projection.
 */
@ApplicationScoped
@Startup
public class ProjectionStates {
    private final Outbox outbox;
    private final Quarantines quarantines;
    private final ImageProjection images;
    private final LevelIndexes levels;
    private final EncodingProjection encodings;

    public ProjectionStates(
            Outbox outbox,
            Quarantines quarantines,
            ImageProjection images,
            LevelIndexes levels,
            EncodingProjection encodings,
            MeterRegistry meters) {
        this.outbox = outbox;
        this.quarantines = quarantines;
        this.images = images;
        this.levels = levels;
        this.encodings = encodings;
        for (ProjectionState state : all()) {
            String name = state.name();
            gauge(meters, "lag", name, s -> Math.max(0, outbox.head() - s.reached()));
            gauge(meters, "failing", name, s -> s.isFailing() ? 1 : 0);
            gauge(meters, "quarantined", name, s -> quarantined().getOrDefault(s.name(), 0));
        }
    }

    /** Each projection: whole images first, then locations, objects and encodings. */
    public List<ProjectionState> all() {
        List<ProjectionState> states = new ArrayList<>(images.states());
        levels.states().forEach(states::add);
        encodings.state().ifPresent(states::add);
        return List.copyOf(states);
    }

    /** The last change of the catalogue, which all of them strive for. */
    public long committed() {
        return outbox.head();
    }

    /** How many images each projection leaves out; those that leave out none are not in it. */
    public Map<String, Integer> quarantined() {
        return quarantines.counts();
    }

    /** The images that were left out last. */
    public List<Quarantines.Entry> quarantine(int limit) {
        return quarantines.newest(limit);
    }

    /** NaN, as gauges do, where it cannot be told: the database does not answer. */
    private void gauge(
            MeterRegistry meters, String what, String name, ToDoubleFunction<ProjectionState> of) {
        Gauge.builder("precedent.projection." + what, () -> value(name, of))
                .tag("projection", name)
                .register(meters);
    }

    private double value(String name, ToDoubleFunction<ProjectionState> of) {
        try {
            for (ProjectionState state : all()) {
                if (state.name().equals(name)) {
                    return of.applyAsDouble(state);
                }
            }
            return Double.NaN;
        } catch (RuntimeException e) { // whatever the driver throws
            return Double.NaN;
        }
    }
}
