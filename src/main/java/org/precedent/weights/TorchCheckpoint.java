package org.precedent.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.razorvine.pickle.PickleException;
import org.precedent.weights.TensorUnpickler.StorageSlice;

/**
 * A state dict as {@code torch.save} writes it since PyTorch 1.6: a zip with a pickle, which names
 * tensors as slices of storages, and one entry of raw numbers a storage.
 */
final class TorchCheckpoint {
    private static final int MAX_PICKLE_BYTES = 32 << 20;

    /** Keys under which training programs nest the state dict of the model. */
    private static final Set<String> WRAPPERS = Set.of("model", "state_dict", "model_state_dict");

    private TorchCheckpoint() {}

    /**
     * Reads all tensors of the state dict, unwrapped once from a {@code model}, {@code state_dict}
     * or {@code model_state_dict} key.
     *
     * @throws WeightsException when the file breaks the format or the limits, or its pickle asks
     *     for anything but tensors and dictionaries
     */
    static Map<String, Tensor> read(Path path) {
        return read(path, StateDict.MAX_BYTES);
    }

    /**
     * @param maxBytes limit of the archive unpacked, and of the numbers read from it
     */
    static Map<String, Tensor> read(Path path, long maxBytes) {
        try (Archive archive = Archive.open(path, maxBytes)) {
            String file = archive.file();
            String root = root(archive);
            String order = root + "byteorder";
            if (archive.has(order)
                    && !new String(archive.read(order, 64), StandardCharsets.US_ASCII)
                            .trim()
                            .equals("little")) {
                throw WeightsException.unsupportedType(file, "is not little-endian");
            }
            Map<?, ?> dict = stateDict(file, unpickle(archive, root));
            if (dict.size() > StateDict.MAX_TENSORS) {
                throw WeightsException.tooLarge(
                        file, "number of tensors", dict.size(), StateDict.MAX_TENSORS);
            }
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Map<String, ByteBuffer> storages = new HashMap<>();
            long values = 0;
            for (Map.Entry<?, ?> entry : dict.entrySet()) {
                if (!(entry.getKey() instanceof String name)
                        || !(entry.getValue() instanceof StorageSlice slice)) {
                    throw WeightsException.malformed(
                            file, "its entry '" + label(entry.getKey()) + "' is no tensor");
                }
                values += slice.checkedElements(file, name);
                if (values > maxBytes / Float.BYTES) {
                    throw WeightsException.tooLarge(
                            file, "number of values", values, maxBytes / Float.BYTES);
                }
                tensors.put(name, tensor(archive, root, storages, name, slice));
            }
            return tensors;
        }
    }

    private static String root(Archive archive) {
        List<String> pickles =
                archive.names().stream().filter(name -> name.endsWith("/data.pkl")).toList();
        if (pickles.size() != 1) {
            throw WeightsException.unknownFormat(
                    archive.file(),
                    "is a zip with " + pickles.size() + " entries data.pkl, a checkpoint has one");
        }
        String pickle = pickles.getFirst();
        return pickle.substring(0, pickle.length() - "data.pkl".length());
    }

    private static Object unpickle(Archive archive, String root) {
        byte[] pickle = archive.read(root + "data.pkl", MAX_PICKLE_BYTES);
        try {
            return new TensorUnpickler(archive.file()).loads(pickle);
        } catch (WeightsException e) {
            throw e;
        } catch (PickleException | IOException e) {
            throw WeightsException.malformed(
                    archive.file(), "its pickle is broken: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            // The pickle machine meets an empty stack or a wrong operand with whatever it stumbles
            // over.
            throw WeightsException.malformed(archive.file(), "its pickle is broken: " + e, e);
        }
    }

    private static Map<?, ?> stateDict(String file, Object top) {
        if (!(top instanceof Map<?, ?> dict)) {
            throw WeightsException.malformed(file, "its pickle is no dictionary of tensors");
        }
        for (String wrapper : WRAPPERS.stream().sorted().toList()) {
            if (dict.get(wrapper) instanceof Map<?, ?> inner) {
                return inner;
            }
        }
        return dict;
    }

    /** Never the text of a map or list, which a hostile pickle may nest in itself. */
    private static String label(Object key) {
        return key instanceof String || key instanceof Number
                ? key.toString()
                : key.getClass().getSimpleName();
    }

    private static Tensor tensor(
            Archive archive,
            String root,
            Map<String, ByteBuffer> storages,
            String name,
            StorageSlice slice) {
        String entry = root + "data/" + slice.storage().key();
        ByteBuffer bytes =
                storages.computeIfAbsent(
                        entry,
                        e -> {
                            byte[] raw = archive.read(e, (int) StateDict.MAX_BYTES);
                            return ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
                        });
        ElementType type = slice.storage().type();
        if (slice.storage().elements() > bytes.limit() / type.bytes) {
            throw WeightsException.malformed(
                    archive.file(),
                    "the storage of "
                            + name
                            + " declares "
                            + slice.storage().elements()
                            + " elements and holds "
                            + bytes.limit() / type.bytes);
        }
        float[] values = new float[(int) Tensor.elements(slice.size())];
        int[] index = new int[slice.size().length];
        for (int i = 0; i < values.length; i++) {
            long element = slice.offset();
            for (int d = 0; d < index.length; d++) {
                element += index[d] * slice.stride()[d];
            }
            values[i] = type.read(bytes, (int) element * type.bytes);
            for (int d = index.length - 1; d >= 0 && ++index[d] == slice.size()[d]; d--) {
                index[d] = 0;
            }
        }
        return new Tensor(slice.size(), values);
    }
}
