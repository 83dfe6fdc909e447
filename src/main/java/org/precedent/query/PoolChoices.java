package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolFusion;
import org.precedent.catalog.PoolFusions;
import org.precedent.catalog.PoolTemperatures;
import org.precedent.catalog.TemperatureSource;
import org.precedent.embedding.Level;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;

/** How supports count: as the query says, else as was chosen for the pool, else evenly. */
@ApplicationScoped
public class PoolChoices {
    private final PoolTemperatures temperatures;
    private final PoolFusions fusions;
    private final SupportFinder finder;
    private final Inference inference;

    PoolChoices(
            PoolTemperatures temperatures,
            PoolFusions fusions,
            SupportFinder finder,
            Inference inference) {
        this.temperatures = temperatures;
        this.fusions = fusions;
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
        return temperatures
                .find(pool, version, finder.space(query.strategy()), inference.network().name())
                .map(chosen ->
                        new Weighing(
                                chosen.temperature() == null
                                        ? Temperature.UNIFORM
                                        : new Temperature(chosen.temperature()),
                                TemperatureSource.POOL,
                                fusion))
                .orElse(new Weighing(Temperature.UNIFORM, TemperatureSource.DEFAULT, fusion));
    }

    private Fusion fusion(Pool pool, int version) {
        return fusions.find(pool, version, finder.spaces(), inference.network().name())
                .map(PoolFusion::shares)
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
