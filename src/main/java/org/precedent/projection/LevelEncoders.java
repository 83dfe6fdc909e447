package org.precedent.projection;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.precedent.ServiceException;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.network.LocationEncoder;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.TaskEncoder;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.tensor.Torch;

/**
 * What gives locations and objects their vectors in this process: networks of their own beside the
 * one that answers, because an index belongs to one encoder whatever answers from its supports.
 */
public final class LevelEncoders implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(LevelEncoders.class);
    private static final String NONE = "none";

    private final Optional<LocationEmbedder> locations;
    private final Optional<ObjectEmbedder> objects;
    private final Optional<SegmentationNetwork> locationNetwork;
    private final List<SegmentationNetwork> opened = new ArrayList<>();

    /** No levels but whole images. */
    public static final LevelEncoders ABSENT = new LevelEncoders();

    private LevelEncoders() {
        this.locations = Optional.empty();
        this.objects = Optional.empty();
        this.locationNetwork = Optional.empty();
    }

    /**
     * Opens what is configured.
     *
     * @throws ServiceException when a named network gives no such vectors
     * @throws NetworkException when its weights are refused, or were named and are not there
     */
    public LevelEncoders(Torch torch, EmbeddingConfig config, WeightsLibrary library) {
        this.locationNetwork =
                open(torch, config.location(), config.locationWeights(), library, "location");
        this.locations =
                locationNetwork.map(network -> {
                    if (network instanceof LocationEncoder encoder) {
                        return new LocationEmbedder(
                                encoder, network.nativeSize(), pooling(config, network));
                    }
                    throw notSuch("location", network.name());
                });
        Optional<SegmentationNetwork> object =
                open(torch, config.object(), config.objectWeights(), library, "object");
        this.objects =
                object.map(network -> {
                    if (network instanceof TaskEncoder encoder) {
                        return new ObjectEmbedder(network, encoder, network.nativeSize());
                    }
                    throw notSuch("object", network.name());
                });
    }

    private Optional<SegmentationNetwork> open(
            Torch torch,
            String name,
            Optional<Path> weights,
            WeightsLibrary library,
            String level) {
        if (name.equals(NONE)) {
            return Optional.empty();
        }
        Path file;
        try {
            file = weights.orElseGet(() -> library.find(name));
        } catch (NetworkException e) {
            LOG.infof("no %s level: %s", level, e.getMessage());
            return Optional.empty();
        }
        SegmentationNetwork network = Networks.open(torch, name, file);
        opened.add(network);
        return Optional.of(network);
    }

    private static int pooling(EmbeddingConfig config, SegmentationNetwork network) {
        int pooling = config.locationPooling();
        if (network instanceof LocationEncoder encoder) {
            int grid = network.nativeSize() / encoder.locationStride();
            if (pooling < 1 || grid % pooling != 0) {
                throw ServiceException.badParameter(
                        "precedent.embedding.location-pooling",
                        Integer.toString(pooling),
                        "it must divide the grid of " + grid + " cells");
            }
        }
        return pooling;
    }

    private static ServiceException notSuch(String level, String name) {
        return ServiceException.badParameter(
                "precedent.embedding." + level, name, "it gives no " + level + " vectors");
    }

    /** Gives locations their vectors, where a network for it is there. */
    public Optional<LocationEmbedder> locations() {
        return locations;
    }

    /** Gives objects their vectors, where a network for it is there. */
    public Optional<ObjectEmbedder> objects() {
        return objects;
    }

    /** The network behind the locations, which can also say where it looks. */
    public Optional<SegmentationNetwork> locationNetwork() {
        return locationNetwork;
    }

    @Override
    public void close() {
        opened.forEach(SegmentationNetwork::close);
    }
}
