package org.precedent.projection;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Pool;
import org.precedent.network.SegmentationNetwork;

/** Which network answers: the configured one, or for a pool one that was adapted to it. */
public interface AnsweringNetworks {
    /**
     * A network with what it knows of annotations.
     *
     * @param adaptedFrom the weights that its own were adapted from; null where they are the
     *     configured ones
     */
    record Encoded(
            SegmentationNetwork network,
            SupportEncodings encodings,
            @Nullable String adaptedFrom) {}

    /** The configured one. */
    Encoded configured();

    /** The one that answers from a version of a pool. */
    Encoded of(Pool pool, int version);

    /** The one of a name with some weights, which need not answer any more; empty for none. */
    Optional<Encoded> withWeights(String network, String weightsSha256);

    /** Only one, for every pool. */
    static AnsweringNetworks only(SegmentationNetwork network, SupportEncodings encodings) {
        Encoded one = new Encoded(network, encodings, null);
        return new AnsweringNetworks() {
            @Override
            public Encoded configured() {
                return one;
            }

            @Override
            public Encoded of(Pool pool, int version) {
                return one;
            }

            @Override
            public Optional<Encoded> withWeights(String name, String weightsSha256) {
                return network.name().equals(name) && network.weightsSha256().equals(weightsSha256)
                        ? Optional.of(one)
                        : Optional.empty();
            }
        };
    }
}
