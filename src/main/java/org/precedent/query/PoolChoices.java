package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Task;
import org.precedent.catalog.TemperatureSource;
import org.precedent.embedding.Level;
import org.precedent.network.SegmentationNetwork;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.Strategy;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.CloseUpGate;

/**
 * How supports count and how often answers are looked at: as the query says, else as was chosen for
 * the pool, else evenly and once.
 */
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

    /**
     * Which labels' answers are looked at again from nearer by: as the query says, else where the
     * pool gains by it.
     *
     * @param answering the network: others see otherwise
     * @return one a label of what was found, in its order
     */
    List<Boolean> closeUps(Query query, Retrieval found, AnsweringNetworks.Encoded answering) {
        return found.labels().stream()
                .map(label ->
                        switch (query.closeUp()) {
                            case TRUE -> true;
                            case FALSE -> false;
                            case POOL -> gains(found, label.label(), answering.network());
                        })
                .toList();
    }

    private boolean gains(Retrieval found, Task.Label label, SegmentationNetwork network) {
        return CloseUpGate.isTried(network)
                && settings.looks(
                                found.pool(),
                                found.poolVersion(),
                                label,
                                found.space().id(),
                                network.name(),
                                network.weightsSha256())
                        .map(tried -> tried.value().twice())
                        .orElse(false);
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
