package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.TemperatureSource;
import org.precedent.embedding.Level;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;

/** How supports count: as the query says, else as was chosen for the pool, else evenly. */
@ApplicationScoped
public class PoolChoices {
    private final PoolSettings settings;
    private final SupportFinder finder;
    private final Inference inference;

    PoolChoices(PoolSettings settings, SupportFinder finder, Inference inference) {
        this.settings = settings;
        this.finder = finder;
        this.inference = inference;
    }

    /**
     * @param fusion of {@link Strategy#FUSED}
     */
    public record Weighing(Temperature temperature, TemperatureSource source, Fusion fusion) {}

    /** For one query of one version of a pool. */
    public Weighing of(Query query, Pool pool, int version) {
        Fusion fusion = query.strategy() == Strategy.FUSED ? fusion(pool, version) : Fusion.EVEN;
        if (query.temperature() != null) {
            return new Weighing(query.temperature(), TemperatureSource.QUERY, fusion);
        }
        return settings.temperature(
                        pool, version, finder.space(query.strategy()), inference.network().name())
                .map(PoolSetting::value)
                .map(chosen ->
                        new Weighing(
                                chosen.tau() == null
                                        ? Temperature.UNIFORM
                                        : new Temperature(chosen.tau()),
                                TemperatureSource.POOL,
                                fusion))
                .orElse(new Weighing(Temperature.UNIFORM, TemperatureSource.DEFAULT, fusion));
    }

    private Fusion fusion(Pool pool, int version) {
        return settings.shares(pool, version, finder.spaces(), inference.network().name())
                .map(PoolSetting::value)
                .map(shares ->
                        new Fusion(
                                Map.of(
                                        Level.IMAGE,
                                        shares.image(),
                                        Level.LOCATION,
                                        shares.location(),
                                        Level.OBJECT,
                                        shares.object()),
                                shares.offset()))
                .orElse(Fusion.EVEN);
    }
}
