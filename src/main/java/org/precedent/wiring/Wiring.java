package org.precedent.wiring;

import com.sun.management.OperatingSystemMXBean;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;
import org.precedent.ServiceException;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FileBlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.embedding.Embedders;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.RememberingEmbedder;
import org.precedent.imaging.Limits;
import org.precedent.network.BatchingNetwork;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.projection.ImageSpaces;
import org.precedent.projection.LevelEncoders;
import org.precedent.segmentation.EncodingStore;
import org.precedent.tensor.Torch;

/** Makes the plain objects of the other packages from the configuration. */
@ApplicationScoped
public class Wiring {
    /** Of an embedder that runs a network: 16 MiB at 256 components. */
    private static final int REMEMBERED_EMBEDDINGS = 16_384;

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Limits limits(PrecedentConfig config) {
        PrecedentConfig.Upload upload = config.upload();
        return new Limits(upload.maxFileSize().asLongValue(), upload.maxPixels(), upload.maxSide());
    }

    @Produces
    @Singleton
    BlobStore blobs(PrecedentConfig config) {
        return new FileBlobStore(config.dataDirectory().resolve("blobs"));
    }

    @Produces
    @Singleton
    public ImageEmbedder embedder(ImageSpaces spaces) {
        return spaces.embedder();
    }

    /** What an image embedder is made of: see {@link PrecedentConfig.Embedding}. */
    public interface ImageEmbedding {
        public String embedder();

        Optional<Path> weights();
    }

    /**
     * The configured embedder.
     *
     * @param torch started only where the embedder runs a network
     * @throws ServiceException when no index takes the embedder's vectors
     */
    public static ImageEmbedder embedder(
            Supplier<Torch> torch, ImageEmbedding config, WeightsLibrary library) {
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
            return Embedders.byName(name);
        }
        Path weights = config.weights().or(() -> network.map(library::find)).orElse(null);
        return new RememberingEmbedder(
                Embedders.open(torch.get(), name, weights), REMEMBERED_EMBEDDINGS);
    }

    void close(@Disposes ImageEmbedder embedder) {
        embedder.close();
    }

    @Produces
    @Singleton
    Torch torch(PrecedentConfig config) {
        int threads = config.network().threads();
        return Torch.start(
                threads == 0 ? Torch.Threads.ofCores() : new Torch.Threads(threads, 1),
                Torch.Processor.of(config.device()));
    }

    void close(@Disposes Torch torch) {
        torch.close();
    }

    @Produces
    @Singleton
    SegmentationNetwork network(Torch torch, PrecedentConfig config) {
        PrecedentConfig.Network network = config.network();
        Path weights = network.weights().orElseGet(() -> library(config).find(network.name()));
        return new BatchingNetwork(
                Networks.open(torch, network.name(), weights), network.batch(), memory(config));
    }

    /** Bytes that the network may work with. */
    private static long memory(PrecedentConfig config) {
        if (config.network().memory().isPresent()) {
            return config.network().memory().get().asLongValue();
        }
        // A CUDA device says itself when it is full; on the CPU the kernel ends the process.
        return Torch.Processor.of(config.device()) == Torch.Processor.CUDA
                ? Long.MAX_VALUE
                : ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                                .getTotalMemorySize()
                        / 2;
    }

    @Produces
    @Singleton
    LevelEncoders levelEncoders(Torch torch, PrecedentConfig config) {
        return new LevelEncoders(torch, config.embedding(), library(config));
    }

    void close(@Disposes LevelEncoders encoders) {
        encoders.close();
    }

    @Produces
    @Singleton
    EncodingStore encodings(PrecedentConfig config, Catalog catalog, SegmentationNetwork network) {
        return new EncodingStore(
                config.indexDirectory().resolve(catalog.id().toString()).resolve("encodings"),
                network,
                config.network().size().orElse(network.nativeSize()));
    }

    public static WeightsLibrary library(PrecedentConfig config) {
        return new WeightsLibrary(
                config.home().resolve("models"), config.dataDirectory().resolve("models"));
    }

    void close(@Disposes SegmentationNetwork network) {
        network.close();
    }
}
