package org.precedent.network.iris;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.precedent.network.Episode.Support;
import org.precedent.network.NetworkException;
import org.precedent.network.SupportEncoding;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * One task embedding a class, in place of supports (Gao et al., CVPR 2025, eq. 7): the first that
 * is seen of a class, and then, with every further one,
 *
 * <pre>
 *   T_k <- a T_k + (1 - a) T_new,   a = 0.999
 * </pre>
 *
 * <p>A bank belongs to one network with one set of weights. Thread-safe.
 */
public final class MemoryBank {
    /** a of eq. 7. */
    public static final double MOMENTUM = 0.999;

    private static final String WEIGHTS = "weights_sha256";

    private final String weightsSha256;
    private final Map<String, Tensor> embeddings = new LinkedHashMap<>();

    /**
     * @param network whose embeddings it keeps
     */
    public MemoryBank(Iris network) {
        this(network.weightsSha256(), Map.of());
    }

    private MemoryBank(String weightsSha256, Map<String, Tensor> embeddings) {
        this.weightsSha256 = weightsSha256;
        this.embeddings.putAll(embeddings);
    }

    /**
     * Takes in an annotation.
     *
     * @param label the class
     * @param encoding of one image's structure of that class
     * @throws NetworkException when it is of another network
     */
    public synchronized void update(String label, SupportEncoding encoding) {
        encoding.requireOf(Iris.NAME, weightsSha256);
        embeddings.merge(label, encoding.tensor(Iris.TASK), MemoryBank::moved);
    }

    private static Tensor moved(Tensor old, Tensor fresh) {
        float[] values = new float[old.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (MOMENTUM * old.values()[i] + (1 - MOMENTUM) * fresh.values()[i]);
        }
        return new Tensor(old.shape(), values);
    }

    /** The classes, in the order in which they were first seen. */
    public synchronized Set<String> labels() {
        return Set.copyOf(embeddings.keySet());
    }

    /**
     * What stands for a class, as the only support of a query.
     *
     * @param height of the query
     * @param width of the query
     * @return empty for a class that was never seen
     */
    public synchronized Optional<Support> support(String label, int height, int width) {
        return Optional.ofNullable(embeddings.get(label))
                .map(task ->
                        new Support(
                                new SupportEncoding(
                                        Iris.NAME,
                                        weightsSha256,
                                        height,
                                        width,
                                        SupportEncoding.imageSha256(task.values()),
                                        Map.of(Iris.TASK, task)),
                                1));
    }

    /** Writes the bank as safetensors, one tensor [m + 1, C] a class. */
    public synchronized void save(Path path) throws IOException {
        SafetensorsFile.write(
                path, Map.of("network", Iris.NAME, WEIGHTS, weightsSha256), embeddings);
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws NetworkException when the file is refused, or of other weights than the network's
     */
    public static MemoryBank read(Path path, Iris network) {
        StateDict file = StateDict.read(path);
        String weights = file.metadata().getOrDefault(WEIGHTS, "");
        if (!weights.equals(network.weightsSha256())) {
            throw NetworkException.foreignEncoding(
                    file.file() + " of " + Iris.NAME + " " + weights,
                    Iris.NAME + " " + network.weightsSha256());
        }
        Map<String, long[]> shapes = new LinkedHashMap<>();
        file.names().forEach(name -> shapes.put(name, network.taskShape()));
        file.require("a memory bank of " + Iris.NAME, shapes, Set.of());
        return new MemoryBank(weights, file.tensors());
    }
}
