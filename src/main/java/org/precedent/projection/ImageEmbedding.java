package org.precedent.projection;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.precedent.ServiceException;
import org.precedent.embedding.Embedders;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.RememberingEmbedder;
import org.precedent.imaging.InputRange;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.tensor.Torch;

/** What an image embedder is made of: its name and its weights. */
public interface ImageEmbedding {
    /** Of an embedder that runs a network: 16 MiB at 256 components. */
    int REMEMBERED_EMBEDDINGS = 16_384;

    String embedder();

    Optional<Path> weights();

    /**
     * The configured embedder.
     *
     * @param torch started only where the embedder runs a network
     * @throws ServiceException when no index takes the embedder's vectors
     */
    static ImageEmbedder open(
            Supplier<Torch> torch, ImageEmbedding config, WeightsLibrary library) {
        return open(torch, config, library, InputRange.CURRENT);
    }

    /**
     * As {@link #open(Supplier, ImageEmbedding, WeightsLibrary)}, as vectors of before were made.
     *
     * @param range of grey values that images keep
     */
    static ImageEmbedder open(
            Supplier<Torch> torch,
            ImageEmbedding config,
            WeightsLibrary library,
            InputRange range) {
        String name = config.embedder();
        Optional<String> network = Embedders.network(name);
        if (!Embedders.indexable().contains(name)) {
            throw ServiceException.badParameter(
                    "precedent.embedding.embedder",
                    name,
                    "its vectors are too long for an index and serve `precedent evaluate"
                            + " --embedder` only; name one of "
                            + String.join(", ", Embedders.indexable()));
        }
        if (network.isEmpty() && config.weights().isEmpty()) {
            return Embedders.byName(name, range);
        }
        Path weights = config.weights().or(() -> network.map(library::find)).orElse(null);
        return new RememberingEmbedder(
                Embedders.open(torch.get(), name, weights, range), REMEMBERED_EMBEDDINGS);
    }
}
