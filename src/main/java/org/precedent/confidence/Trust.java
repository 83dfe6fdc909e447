package org.precedent.confidence;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Pool;
import org.precedent.imaging.Appearance;
import org.precedent.imaging.Raster;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.segmentation.Segmenter;

/**
 * How far one label's answer is to be trusted: flagged where it crosses the {@link PrecedentFloor},
 * else by the Dice that the pool's calibration predicts, else uncalibrated. An answer always says
 * which of these it is.
 */
@ApplicationScoped
public class Trust {
    /** The name under which an answer's evidence has its strangeness. */
    private static final String STRANGENESS = "strangeness";

    private final Confidences confidences;
    private final PoolAppearances appearances;

    public Trust(Confidences confidences, PoolAppearances appearances) {
        this.confidences = confidences;
        this.appearances = appearances;
    }

    /**
     * Judges one label's answer.
     *
     * @param appearance of the query
     * @param answering the network that gave it
     * @param closeUp whether it was looked at again from nearer by: such answers have calibrations
     *     of their own
     */
    public Answer.Confidence of(
            Raster query,
            Appearance appearance,
            Confidences.Subject label,
            Segmenter.Explained answer,
            AnsweringNetworks.Encoded answering,
            Pool pool,
            int version,
            boolean closeUp) {
        Optional<Double> strangeness =
                appearances.of(pool, version, label.label()).map(f -> f.strangeness(appearance));
        Optional<String> crossed =
                PrecedentFloor.crossed(
                        appearance,
                        strangeness,
                        new PrecedentFloor.Extent(
                                answer.segmentation().mask().area(),
                                (long) query.width() * query.height()),
                        label.supports().stream()
                                .map(Answer.UsedSupport::support)
                                .map(s ->
                                        new PrecedentFloor.Extent(
                                                s.area(), (long) s.width() * s.height()))
                                .toList());
        Optional<Answer.Confidence> predicted =
                confidences.of(query, label, answer, answering, pool, version, closeUp);
        Map<String, Double> evidence =
                new HashMap<>(predicted.map(Answer.Confidence::evidence).orElse(Map.of()));
        strangeness.ifPresent(value -> evidence.put(STRANGENESS, value));
        return new Answer.Confidence(
                crossed.isPresent()
                        ? null
                        : predicted.map(Answer.Confidence::predictedDice).orElse(null),
                crossed.isPresent()
                        ? null
                        : predicted.map(Answer.Confidence::diceAtLeast).orElse(null),
                predicted.map(Answer.Confidence::threshold).orElse(null),
                evidence,
                crossed.or(() -> predicted.map(Answer.Confidence::reason)).orElse(null));
    }
}
