package org.precedent.query.volume;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.network.NetworkException;
import org.precedent.network.VolumeNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.tensor.Torch;

/**
 * The networks of whole volumes, loaded when they are first asked and kept from then on. What was
 * imported while the service runs is found. Thread-safe.
 */
public final class VolumeNetworks implements AutoCloseable {
    private final Torch torch;
    private final WeightsLibrary library;
    private final @Nullable Path configured;
    private final long memory;

    /** Loaded networks by name and hash, and by name and file; guarded by this. */
    private final Map<String, VolumeNetwork> loaded = new LinkedHashMap<>();

    /**
     * @param configured the weights that answer; null for the only imported ones
     * @param memory bytes that a query may work with
     */
    public VolumeNetworks(
            Torch torch, WeightsLibrary library, @Nullable Path configured, long memory) {
        this.torch = torch;
        this.library = library;
        this.configured = configured;
        this.memory = memory;
    }

    /**
     * The network of a name, with the weights that answer now.
     *
     * @throws ServiceException BAD_PARAMETER where the name is of no network of volumes
     * @throws NetworkException NO_WEIGHTS, and how to import some; or when they are refused
     */
    synchronized VolumeNetwork named(String name) {
        if (!Networks.ofVolumes().contains(name)) {
            throw ServiceException.badParameter(
                    "network",
                    name,
                    "one of "
                            + String.join(", ", Networks.ofVolumes())
                            + ", which segment a whole study at once; without it the pool's network"
                            + " segments slice by slice");
        }
        return open(name, configured == null ? library.find(name) : configured);
    }

    /**
     * The network that answered.
     *
     * @throws ServiceException MODEL_CHANGED where its weights are not here
     */
    synchronized VolumeNetwork ofAnswer(String name, String weightsSha256) {
        VolumeNetwork known = loaded.get(name + " " + weightsSha256);
        if (known != null) {
            return known;
        }
        Optional<Path> file = library.withHash(name, weightsSha256);
        if (file.isPresent()) {
            return open(name, file.get());
        }
        VolumeNetwork now = named(name);
        if (!now.weightsSha256().equals(weightsSha256)) {
            throw ServiceException.modelChanged(
                    name + " " + weightsSha256, name + " " + now.weightsSha256());
        }
        return now;
    }

    private VolumeNetwork open(String name, Path file) {
        String key = name + " " + file;
        VolumeNetwork network = loaded.get(key);
        if (network == null) {
            network = Networks.openVolumes(torch, name, file);
            VolumeNetwork same = loaded.get(name + " " + network.weightsSha256());
            if (same != null) {
                network.close();
                network = same;
            }
            loaded.put(key, network);
            loaded.put(name + " " + network.weightsSha256(), network);
        }
        return network;
    }

    /**
     * Returns where a volume can be segmented with the memory that there may be.
     *
     * @param sizes depth, height, width
     * @throws NetworkException MEMORY_LIMIT
     */
    void requireMemory(VolumeNetwork network, int[] sizes, int labels) {
        long bytes = network.workingBytes(sizes, labels);
        if (bytes > memory) {
            throw NetworkException.memoryLimit(bytes, memory);
        }
    }

    @Override
    public synchronized void close() {
        loaded.values().stream().distinct().forEach(VolumeNetwork::close);
        loaded.clear();
    }
}
