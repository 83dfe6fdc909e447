package org.precedent.embedding;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.InputRange;
import org.precedent.network.ImageEncoder;
import org.precedent.network.Model;
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.zoo.Networks;
import org.precedent.tensor.Torch;

/** The image embedders by name. */
public final class Embedders {
    private static final String MAPPER = "attention-mapper";

    /** One entry each: this is the only list of them. */
    private static final List<Entry> ALL =
            List.of(
                    new WeightFree(ThumbnailEmbedder.NAME, ThumbnailEmbedder::new),
                    new Weighted(
                            MAPPER,
                            CrossAttention.NAME,
                            true,
                            (model, range) ->
                                    new MapperEmbedder<>(MAPPER, (CrossAttention) model, range)),
                    encoder("mobilesam-gap", "mobilesam", EncoderEmbedder.Form.GAP),
                    encoder("mobilesam-flatten", "mobilesam", EncoderEmbedder.Form.FLATTEN));

    private Embedders() {}

    /** What there is under one name. */
    private sealed interface Entry {
        String name();

        boolean indexable();
    }

    private record WeightFree(String name, Function<InputRange, ImageEmbedder> embedder)
            implements Entry {
        @Override
        public boolean indexable() {
            return true;
        }
    }

    /**
     * @param network whose weights it needs, a name of {@link Networks}
     * @param indexable whether its vectors are short enough for an index
     * @param embedder made of that network with its weights loaded, which it closes
     */
    private record Weighted(
            String name,
            String network,
            boolean indexable,
            BiFunction<Model, InputRange, ImageEmbedder> embedder)
            implements Entry {}

    private static Weighted encoder(String name, String network, EncoderEmbedder.Form form) {
        return new Weighted(
                name,
                network,
                form == EncoderEmbedder.Form.GAP,
                (model, range) -> new EncoderEmbedder(name, (ImageEncoder) model, form, range));
    }

    /** All names. */
    public static List<String> names() {
        return ALL.stream().map(Entry::name).toList();
    }

    /**
     * The names of those whose vectors an index takes: the others are for comparing a few images.
     */
    public static List<String> indexable() {
        return ALL.stream().filter(Entry::indexable).map(Entry::name).toList();
    }

    /**
     * The network whose weights an embedder needs; empty where it needs none.
     *
     * @throws EmbeddingException when there is no such embedder
     */
    public static Optional<String> network(String name) {
        return switch (entry(name)) {
            case WeightFree free -> Optional.empty();
            case Weighted weighted -> Optional.of(weighted.network());
        };
    }

    /**
     * An embedder that needs no weights.
     *
     * @throws EmbeddingException when there is no such embedder, or it needs weights
     */
    public static ImageEmbedder byName(String name) {
        return byName(name, InputRange.CURRENT);
    }

    /**
     * As {@link #byName(String)}, as vectors of before were made.
     *
     * @param range of grey values that images keep
     */
    public static ImageEmbedder byName(String name, InputRange range) {
        return switch (entry(name)) {
            case WeightFree free -> free.embedder().apply(range);
            case Weighted weighted ->
                    throw EmbeddingException.needsWeights(name, weighted.network());
        };
    }

    /**
     * Any embedder.
     *
     * @param torch where its network runs; stays the caller's to close, after the embedder
     * @param weights of its network; null for an embedder that needs none
     * @throws EmbeddingException when there is no such embedder, it needs weights and there are
     *     none, or needs none and there are
     * @throws org.precedent.network.NetworkException when the weights are refused
     */
    public static ImageEmbedder open(Torch torch, String name, @Nullable Path weights) {
        return open(torch, name, weights, InputRange.CURRENT);
    }

    /**
     * As {@link #open(Torch, String, Path)}, as vectors of before were made.
     *
     * @param range of grey values that images keep
     */
    public static ImageEmbedder open(
            Torch torch, String name, @Nullable Path weights, InputRange range) {
        return switch (entry(name)) {
            case WeightFree free -> {
                if (weights != null) {
                    throw EmbeddingException.needsNoWeights(name, weights);
                }
                yield free.embedder().apply(range);
            }
            case Weighted weighted -> {
                if (weights == null) {
                    throw EmbeddingException.needsWeights(name, weighted.network());
                }
                yield weighted.embedder()
                        .apply(Networks.load(torch, weighted.network(), weights), range);
            }
        };
    }

    private static Entry entry(String name) {
        return ALL.stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow(() -> EmbeddingException.unknown(name, names()));
    }
}
