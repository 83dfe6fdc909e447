package org.precedent.network;

import java.nio.file.Path;
import java.util.List;

/** The networks of this service by name. */
public final class Networks {
    private static final List<String> NAMES = List.of(UniverSeg.NAME);

    private Networks() {}

    /** All names that {@link #open} knows. */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * Loads a network.
     *
     * @param torch where it runs; stays the caller's to close
     * @param name one of {@link #names}
     * @param weights safetensors or a PyTorch checkpoint
     * @throws NetworkException when the name is unknown, the file refused, or its weights are those
     *     of another network
     */
    public static SegmentationNetwork open(Torch torch, String name, Path weights) {
        return switch (name) {
            case UniverSeg.NAME -> new UniverSeg(torch, StateDict.read(weights));
            default -> throw NetworkException.unknownNetwork(name, NAMES);
        };
    }
}
