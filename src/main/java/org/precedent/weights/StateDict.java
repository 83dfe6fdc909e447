package org.precedent.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.precedent.Sha256;

/**
 * The named tensors of a weights' file, in the file's order, widened to float32.
 *
 * <p>Files come from outside: a reader never builds anything but numbers and names, checks every
 * length and offset before it allocates, and refuses what goes past {@link #MAX_BYTES} or {@link
 * #MAX_TENSORS}.
 */
public final class StateDict {
    /** Most bytes that a weights' file, and the numbers read from it, may take: 1 GiB. */
    static final long MAX_BYTES = 1L << 30;

    /** Most tensors in one file. */
    static final int MAX_TENSORS = 20_000;

    private static final byte[] ZIP_MAGIC = {'P', 'K', 3, 4};

    private final String file;
    private final String sha256;
    private final Map<String, String> metadata;
    private final Map<String, Tensor> tensors;

    public StateDict(String file, String sha256, Map<String, Tensor> tensors) {
        this(file, sha256, Map.of(), tensors);
    }

    private StateDict(
            String file, String sha256, Map<String, String> metadata, Map<String, Tensor> tensors) {
        this.file = file;
        this.sha256 = sha256;
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /**
     * Reads safetensors (F32, F64, F16, BF16 and integer types) or a PyTorch zip checkpoint; the
     * content decides which, not the name.
     *
     * @throws WeightsException when the file is missing, of neither format, malformed, larger than
     *     the limits, or asks for a class that is no part of a tensor
     */
    public static StateDict read(Path path) {
        String file = String.valueOf(path.getFileName());
        byte[] start;
        long size;
        try (InputStream in = Files.newInputStream(path)) {
            size = Files.size(path);
            start = in.readNBytes(9);
        } catch (IOException e) {
            throw WeightsException.unreadable(file, "cannot be read (" + e + ")", e);
        }
        if (size > MAX_BYTES) {
            throw WeightsException.tooLarge(file, "size in bytes", size, MAX_BYTES);
        }
        if (start.length >= 4 && startsWith(start, ZIP_MAGIC)) {
            return new StateDict(file, sha256(path), TorchCheckpoint.read(path));
        }
        if (start.length == 9 && start[8] == '{') {
            SafetensorsFile.Contents contents = SafetensorsFile.read(path);
            return new StateDict(file, sha256(path), contents.metadata(), contents.tensors());
        }
        throw WeightsException.unknownFormat(
                file,
                "is neither safetensors nor a PyTorch zip checkpoint (checkpoints of PyTorch before"
                        + " 1.6 must be saved again with a newer one)");
    }

    /**
     * Reads safetensors from memory.
     *
     * @param file what errors call it
     * @throws WeightsException when the bytes break the format or the limits
     */
    public static StateDict read(String file, byte[] safetensors) {
        SafetensorsFile.Contents contents =
                SafetensorsFile.read(file, ByteBuffer.wrap(safetensors));
        return new StateDict(file, Sha256.of(safetensors), contents.metadata(), contents.tensors());
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /** SHA-256 of a file, lower-case hex. */
    public static String sha256(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            return Sha256.of(in);
        } catch (IOException e) {
            throw WeightsException.unreadable(
                    String.valueOf(path.getFileName()), "cannot be read (" + e + ")", e);
        }
    }

    /** The file's name, without its folder. */
    public String file() {
        return file;
    }

    /** SHA-256 of the file, lower-case hex. */
    public String sha256() {
        return sha256;
    }

    /** Names of all tensors, in the file's order. */
    public List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    /** Number of tensors. */
    public int size() {
        return tensors.size();
    }

    /** Number of values of all tensors together. */
    public long parameters() {
        return tensors.values().stream().mapToLong(t -> t.values().length).sum();
    }

    /** The extents of one tensor. */
    public List<Long> shape(String name) {
        List<Long> shape = new ArrayList<>();
        for (long extent : get(name).shape()) {
            shape.add(extent);
        }
        return List.copyOf(shape);
    }

    /**
     * The part of a larger model whose names begin with a prefix, without it; all of this where
     * none does. It keeps the whole file's hash.
     */
    public StateDict part(String prefix) {
        Map<String, Tensor> part = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (name.startsWith(prefix)) {
                part.put(name.substring(prefix.length()), tensor);
            }
        });
        return part.isEmpty() ? this : new StateDict(file, sha256, metadata, part);
    }

    /** What the file says of itself, e.g. how the weights were trained; often nothing. */
    public Map<String, String> metadata() {
        return metadata;
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** All tensors by name. */
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    /** One tensor; a name that is not there is a caller's bug, see {@link #require}. */
    public Tensor get(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(file + " holds no tensor " + name);
        }
        return tensor;
    }

    /**
     * Checks that these are the weights of a network.
     *
     * @param network its name, for the message
     * @param expected name and shape of every tensor
     * @param optional names among them that may be absent
     * @throws WeightsException that lists every missing, unexpected and wrongly shaped tensor
     */
    public void require(String network, Map<String, long[]> expected, Set<String> optional) {
        List<String> missing = new ArrayList<>();
        List<String> misshaped = new ArrayList<>();
        expected.forEach((name, shape) -> {
            Tensor tensor = tensors.get(name);
            if (tensor == null) {
                if (!optional.contains(name)) {
                    missing.add(name);
                }
            } else if (!tensor.hasShape(shape)) {
                misshaped.add(
                        name
                                + " "
                                + Arrays.toString(tensor.shape())
                                + " instead of "
                                + Arrays.toString(shape));
            }
        });
        List<String> unexpected =
                tensors.keySet().stream().filter(name -> !expected.containsKey(name)).toList();
        if (!missing.isEmpty() || !unexpected.isEmpty() || !misshaped.isEmpty()) {
            throw WeightsException.mismatch(network, missing, unexpected, misshaped);
        }
    }
}
