package org.precedent.projection;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** What images are compared by. Another embedder or other weights make another index. */
@ConfigMapping(prefix = "precedent.embedding")
public interface EmbeddingConfig extends ImageEmbedding {
    /**
     * Its name: {@code thumbnail}, {@code attention-mapper} (of the shipped cross-attention
     * network), or {@code mobilesam-gap}, whose weights have to be imported.
     */
    @Override
    @WithDefault("thumbnail")
    String embedder();

    /** Its weights. Default: the shipped ones, or the only ones that were imported. */
    @Override
    Optional<Path> weights();

    /**
     * The network that gives locations their vectors, or {@code none}; a shipped one whose weights
     * are missing is {@code none}.
     */
    @WithDefault("cross_attention")
    String location();

    /** Its weights. Default: the shipped ones, or the only ones that were imported. */
    Optional<Path> locationWeights();

    /**
     * How many cells of a row, and of a column, one location of the index is the mean of: 2 makes
     * it a quarter as large.
     */
    @WithDefault("1")
    int locationPooling();

    /** The network that gives objects their vectors, or {@code none}, likewise. */
    @WithDefault("iris")
    String object();

    /** Its weights. Default: the shipped ones, or the only ones that were imported. */
    Optional<Path> objectWeights();
}
