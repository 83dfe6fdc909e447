package org.precedent.wiring;

import com.sun.management.OperatingSystemMXBean;
import io.quarkus.runtime.configuration.MemorySize;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import org.precedent.PrecedentConfig;
import org.precedent.ServiceException;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FileBlobStore;
import org.precedent.blob.FolderFiles;
import org.precedent.blob.NamedFiles;
import org.precedent.blob.RecordedBlobs;
import org.precedent.blob.s3.S3BlobStore;
import org.precedent.blob.s3.S3Config;
import org.precedent.blob.s3.S3Files;
import org.precedent.catalog.Catalog;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.erasure.BlobNames;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Limits;
import org.precedent.index.IndexEngine;
import org.precedent.index.lucene.LuceneEngine;
import org.precedent.index.solr.SolrConfig;
import org.precedent.index.solr.SolrEngine;
import org.precedent.ingest.UploadConfig;
import org.precedent.network.BatchingNetwork;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.node.Leadership;
import org.precedent.projection.EmbeddingConfig;
import org.precedent.projection.ImageSpaces;
import org.precedent.projection.LevelEncoders;
import org.precedent.query.volume.VolumeNetworks;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;
import org.precedent.secret.SecretConfig;
import org.precedent.secret.SecretRecord;
import org.precedent.segmentation.EncodingStore;
import org.precedent.segmentation.NetworkConfig;
import org.precedent.segmentation.NetworkWeights;
import org.precedent.tensor.Torch;

/** Makes the plain objects of the other packages from the configuration. */
@ApplicationScoped
public class Wiring {
    @Produces
    @Singleton
    Clock clock() {
        return new SteadyClock();
    }

    @Produces
    @Singleton
    Limits limits(UploadConfig upload) {
        return new Limits(upload.maxFileSize().asLongValue(), upload.maxPixels(), upload.maxSide());
    }

    @Produces
    @Singleton
    DecodingMemory decodingMemory(UploadConfig upload) {
        return new DecodingMemory(
                upload.memory()
                        .map(MemorySize::asLongValue)
                        .orElse(Runtime.getRuntime().maxMemory() / 4));
    }

    /** Compared with what the database knows before anything is keyed with them. */
    @Produces
    @Singleton
    DataSecrets secrets(PrecedentConfig config, SecretConfig secret, SecretRecord record) {
        return record.open(config.dataDirectory(), secret);
    }

    @Produces
    @Singleton
    BlobStore blobs(PrecedentConfig config, S3Config s3, Clock clock, BlobNames names) {
        if (s3.bucket().isEmpty() && s3.endpoint().isPresent()) {
            throw ServiceException.badParameter(
                    "precedent.blob.s3.endpoint",
                    s3.endpoint().get(),
                    "name the bucket too, precedent.blob.s3.bucket");
        }
        BlobStore store =
                s3.bucket()
                        .<BlobStore>map(bucket ->
                                new S3BlobStore(
                                        s3,
                                        bucket,
                                        config.dataDirectory().resolve("blob-cache"),
                                        clock))
                        .orElseGet(
                                () -> new FileBlobStore(config.dataDirectory().resolve("blobs")));
        return new RecordedBlobs(store, names::contains);
    }

    void close(@Disposes BlobStore blobs) {
        blobs.close();
    }

    @Produces
    @Singleton
    IndexEngine indexes(
            PrecedentConfig config,
            SolrConfig solr,
            Catalog catalog,
            DataSecrets secrets,
            Leadership leadership) {
        String patientKeys = secrets.fingerprint(Purpose.PATIENTS);
        return solr.url()
                .<IndexEngine>map(nodes ->
                        new SolrEngine(
                                solr, nodes, catalog.id(), patientKeys, leadership.isElected()))
                .orElseGet(() ->
                        new LuceneEngine(
                                config.indexDirectory().resolve(catalog.id().toString()),
                                patientKeys));
    }

    @Produces
    @Singleton
    public ImageEmbedder embedder(ImageSpaces spaces) {
        return spaces.embedder();
    }

    void close(@Disposes ImageEmbedder embedder) {
        embedder.close();
    }

    @Produces
    @Singleton
    Torch torch(PrecedentConfig config, NetworkConfig network) {
        int threads = network.threads();
        return Torch.start(
                threads == 0 ? Torch.Threads.ofCores() : new Torch.Threads(threads, 1),
                Torch.Processor.of(config.device()));
    }

    void close(@Disposes Torch torch) {
        torch.close();
    }

    @Produces
    @Singleton
    NetworkWeights weights(NetworkConfig network, WeightsLibrary library) {
        return new NetworkWeights(network.weights().orElseGet(() -> library.find(network.name())));
    }

    @Produces
    @Singleton
    SegmentationNetwork network(
            Torch torch, PrecedentConfig config, NetworkConfig network, NetworkWeights weights) {
        return new BatchingNetwork(
                Networks.open(torch, network.name(), weights.file()),
                network.batch(),
                memory(config, network));
    }

    /** Bytes that the network may work with. */
    private static long memory(PrecedentConfig config, NetworkConfig network) {
        if (network.memory().isPresent()) {
            return network.memory().get().asLongValue();
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
    VolumeNetworks volumeNetworks(
            Torch torch, PrecedentConfig config, NetworkConfig network, WeightsLibrary library) {
        return new VolumeNetworks(
                torch, library, network.volumeWeights().orElse(null), memory(config, network));
    }

    void close(@Disposes VolumeNetworks networks) {
        networks.close();
    }

    @Produces
    @Singleton
    LevelEncoders levelEncoders(Torch torch, EmbeddingConfig config, WeightsLibrary library) {
        return new LevelEncoders(torch, config, library);
    }

    void close(@Disposes LevelEncoders encoders) {
        encoders.close();
    }

    /** Encodings lie where blobs do: nodes that share the one share the other. */
    @Produces
    @Singleton
    NamedFiles encodingFiles(PrecedentConfig config, S3Config s3, Catalog catalog, Clock clock) {
        String id = catalog.id().toString();
        return s3.bucket()
                .<NamedFiles>map(bucket ->
                        new S3Files(
                                s3,
                                bucket,
                                "encodings/" + id,
                                config.dataDirectory().resolve("encoding-cache"),
                                clock))
                .orElseGet(() ->
                        new FolderFiles(config.indexDirectory().resolve(id).resolve("encodings")));
    }

    void close(@Disposes NamedFiles files) {
        files.close();
    }

    @Produces
    @Singleton
    EncodingStore encodings(NetworkConfig settings, NamedFiles files, SegmentationNetwork network) {
        return new EncodingStore(files, network, settings.side(network), InputRange.CURRENT);
    }

    @Produces
    @Singleton
    WeightsLibrary library(PrecedentConfig config) {
        return new WeightsLibrary(
                config.home().resolve("models"), config.dataDirectory().resolve("models"));
    }

    void close(@Disposes SegmentationNetwork network) {
        network.close();
    }
}
