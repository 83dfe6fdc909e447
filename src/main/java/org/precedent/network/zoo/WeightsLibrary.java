package org.precedent.network.zoo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.precedent.network.Architecture;
import org.precedent.network.NetworkException;
import org.precedent.tensor.Torch;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/**
 * The weights' files of one installation: those that are shipped, {@code NETWORK.safetensors} with
 * a card {@code NETWORK.md} beside, and those that were imported, {@code NETWORK-HASH.safetensors},
 * the hash being the first {@value #HASH_DIGITS} digits of the file's SHA-256: the same weights
 * always get the same name. Weights that an earlier version shipped lie under such names in {@code
 * earlier}, so that its answers can still be computed again; nothing else asks for them.
 */
public final class WeightsLibrary {
    private static final String SUFFIX = ".safetensors";
    private static final int HASH_DIGITS = 12;

    private final Path shipped;
    private final Path earlier;
    private final Path imported;

    /**
     * @param shipped folder of the shipped files; need not exist
     * @param imported folder of the imported files; made by the first import
     */
    public WeightsLibrary(Path shipped, Path imported) {
        this.shipped = shipped;
        this.earlier = shipped.resolve("earlier");
        this.imported = imported;
    }

    /**
     * One file.
     *
     * @param shipped false when it was imported
     * @param parameters numbers in it
     * @param sha256 of the file, lower-case hex
     * @param bytes of the file
     * @param card describes how the weights came about
     */
    public record Entry(
            Architecture network,
            Path file,
            boolean shipped,
            long parameters,
            String sha256,
            long bytes,
            Optional<Path> card) {}

    /**
     * All files, shipped ones first, in the order of {@link Networks#all}.
     *
     * @throws NetworkException when a file of a network's name cannot be read
     */
    public List<Entry> list() {
        List<Entry> entries = new ArrayList<>();
        for (Path folder : List.of(shipped, imported)) {
            for (Architecture network : Networks.all()) {
                files(folder, network.name()).forEach(file -> entries.add(entry(network, file)));
            }
        }
        return List.copyOf(entries);
    }

    private Entry entry(Architecture network, Path file) {
        StateDict weights = StateDict.read(file);
        Path card = file.resolveSibling(network.name() + ".md");
        try {
            return new Entry(
                    network,
                    file,
                    shipped.equals(file.getParent()),
                    weights.parameters(),
                    weights.sha256(),
                    Files.size(file),
                    Files.exists(card) ? Optional.of(card) : Optional.empty());
        } catch (IOException e) {
            throw WeightsException.unreadable(weights.file(), "cannot be read (" + e + ")", e);
        }
    }

    /**
     * The weights that a network runs with when nobody names a file: the shipped ones, else the
     * only ones that were imported.
     *
     * @param network one of {@link Networks#names}, mirrored or not
     * @throws NetworkException when the network is unknown, has no weights here, or has several
     *     imported ones
     */
    public Path find(String network) {
        String name = Networks.architecture(Networks.ofWeights(network)).name();
        List<Path> found = files(shipped, name);
        if (found.isEmpty()) {
            found = files(imported, name);
        }
        if (found.size() != 1) {
            throw NetworkException.noWeights(name, found);
        }
        return found.getFirst();
    }

    /**
     * The weights that some answer was given with, whether they are shipped now, were shipped by an
     * earlier version, or were imported.
     *
     * @param network one of {@link Networks#names}, mirrored or not
     * @param sha256 of the file, lower-case hex
     * @return empty where no file here is of that network and has that hash
     */
    public Optional<Path> withHash(String network, String sha256) {
        String name = Networks.ofWeights(network);
        if (!Networks.names().contains(name)) {
            return Optional.empty();
        }
        String named = name + "-" + sha256.substring(0, HASH_DIGITS) + SUFFIX;
        return List.of(
                        earlier.resolve(named),
                        imported.resolve(named),
                        shipped.resolve(named),
                        shipped.resolve(name + SUFFIX))
                .stream()
                .filter(file -> Files.isRegularFile(file) && sha256.equals(StateDict.sha256(file)))
                .findFirst();
    }

    /** NETWORK.safetensors and NETWORK-HASH.safetensors, by name. */
    private static List<Path> files(Path folder, String network) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, network + "*" + SUFFIX)) {
            for (Path file : all) {
                String stem = file.getFileName().toString();
                String rest = stem.substring(network.length(), stem.length() - SUFFIX.length());
                if (rest.isEmpty() || rest.matches("-[0-9a-f]{" + HASH_DIGITS + "}")) {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
        files.sort(Comparator.comparing(Path::getFileName));
        return files;
    }

    /**
     * Takes weights in: loads them as the named network, which checks every name and shape, and
     * keeps them as safetensors under the same parameter names. Nothing is left behind when they
     * are refused; importing the same weights again changes nothing.
     *
     * @param torch where they are loaded for the check
     * @param network one of {@link Networks#names}
     * @param file safetensors or a PyTorch checkpoint
     * @throws NetworkException when the network is unknown, the file is refused, its weights are
     *     not those of the network, or one of them is no finite number
     */
    public Entry importFile(Torch torch, String network, Path file) {
        Architecture architecture = Networks.architecture(network);
        StateDict weights = StateDict.read(file);
        requireFinite(weights);
        architecture.opener().open(torch, weights).close();
        try {
            Files.createDirectories(imported);
            Path part = imported.resolve(network + "." + UUID.randomUUID() + ".partial");
            try {
                SafetensorsFile.write(part, weights.metadata(), weights.tensors());
                String hash = StateDict.sha256(part).substring(0, HASH_DIGITS);
                Path target = imported.resolve(network + "-" + hash + SUFFIX);
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
                return entry(architecture, target);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + imported, e);
        }
    }

    private static void requireFinite(StateDict weights) {
        for (Map.Entry<String, Tensor> tensor : weights.tensors().entrySet()) {
            for (float value : tensor.getValue().values()) {
                if (!Float.isFinite(value)) {
                    throw WeightsException.malformed(
                            weights.file(), tensor.getKey() + " holds " + value);
                }
            }
        }
    }
}
