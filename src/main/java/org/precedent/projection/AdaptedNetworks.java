package org.precedent.projection;

import io.quarkus.runtime.Shutdown;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Pool;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.catalog.adaptation.Adaptations;
import org.precedent.network.BatchingNetwork;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.segmentation.EncodingStore;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;

/**
 * The configured network, and those that were adapted to pools: which of them answers is asked of
 * the catalogue with every query, so that a new adaptation, one that is taken back and an erasure
 * hold at once, whichever process they come from. Adapted networks are loaded when they are needed
 * first; the encodings of the one in force follow the pool in a store of their own. Other weights
 * of this installation, such as those of an earlier version, only compute recorded answers again.
 */
@ApplicationScoped
public class AdaptedNetworks implements AnsweringNetworks {
    /** Loaded at the same time, some 10 MB each; more are closed when nobody has used them. */
    private static final int LOADED = 8;

    /** Longer than anybody computes with a network without asking for it again. */
    private static final Duration UNUSED = Duration.ofMinutes(30);

    private final Torch torch;
    private final SegmentationNetwork network;
    private final SupportEncodings encodings;
    private final EncodingStore store;
    private final EncodingProjection projection;
    private final Adaptations adaptations;
    private final BlobStore blobs;
    private final WeightsLibrary library;

    /** By the names of their stores, which tell network and weights; guarded by itself. */
    private final Map<String, Loaded> loaded = new HashMap<>();

    AdaptedNetworks(
            Torch torch,
            SegmentationNetwork network,
            SupportEncodings encodings,
            EncodingStore store,
            EncodingProjection projection,
            Adaptations adaptations,
            BlobStore blobs,
            WeightsLibrary library) {
        this.torch = torch;
        this.network = network;
        this.encodings = encodings;
        this.store = store;
        this.projection = projection;
        this.adaptations = adaptations;
        this.blobs = blobs;
        this.library = library;
    }

    /** One that is in memory. */
    private static final class Loaded {
        private final Encoded encoded;
        private final EncodingStore store;
        private @Nullable EncodingProjection projection;
        private long lastUsed;

        Loaded(Encoded encoded, EncodingStore store) {
            this.encoded = encoded;
            this.store = store;
        }

        void close() {
            if (projection != null) {
                projection.close();
            }
            encoded.network().close();
        }
    }

    @Override
    public Encoded configured() {
        return new Encoded(network, encodings, null);
    }

    @Override
    public Encoded of(Pool pool, int version) {
        Optional<Adaptation> inForce =
                adaptations.inForce(pool.id(), version, network.name(), network.weightsSha256());
        if (inForce.isEmpty()) {
            return configured();
        }
        Loaded of = load(inForce.get());
        if (network.cachesSupports()) {
            follow(of, pool.id());
        }
        return of.encoded;
    }

    @Override
    public Optional<Encoded> withWeights(String name, String weightsSha256) {
        if (network.name().equals(name) && network.weightsSha256().equals(weightsSha256)) {
            return Optional.of(configured());
        }
        return adaptations
                .ofWeights(name, weightsSha256)
                .filter(made -> made.state() == Adaptation.State.DONE)
                .map(made -> load(made).encoded)
                .or(() ->
                        Networks.segments(name)
                                ? library.withHash(name, weightsSha256)
                                        .map(file -> load(name, weightsSha256, file).encoded)
                                : Optional.empty());
    }

    /**
     * @throws BlobException when the weights are missing or damaged
     */
    private Loaded load(Adaptation made) {
        String weights = made.weightsSha256();
        if (weights == null) {
            throw new IllegalStateException("adaptation " + made.id() + " has no weights");
        }
        return load(
                made.network(),
                weights,
                made.baseWeightsSha256(),
                () -> StateDict.read("adapted weights " + weights, blobs.get(weights)));
    }

    private Loaded load(String name, String weights, Path file) {
        return load(name, weights, null, () -> StateDict.read(file));
    }

    private Loaded load(
            String name, String weights, @Nullable String adaptedFrom, Supplier<StateDict> read) {
        synchronized (loaded) {
            Loaded known =
                    loaded.computeIfAbsent(
                            name + " " + weights, key -> open(name, adaptedFrom, read.get()));
            known.lastUsed = System.nanoTime();
            closeUnused();
            return known;
        }
    }

    private Loaded open(String name, @Nullable String adaptedFrom, StateDict weights) {
        SegmentationNetwork opened = Networks.open(torch, name, weights);
        SegmentationNetwork queued =
                network instanceof BatchingNetwork batching ? batching.beside(opened) : opened;
        EncodingStore own = store.of(queued);
        return new Loaded(new Encoded(queued, encodings.of(queued, own), adaptedFrom), own);
    }

    private void closeUnused() {
        long before = System.nanoTime() - UNUSED.toNanos();
        List<Map.Entry<String, Loaded>> oldest = new ArrayList<>(loaded.entrySet());
        oldest.sort(Comparator.comparingLong(one -> one.getValue().lastUsed));
        for (Map.Entry<String, Loaded> one : oldest) {
            if (loaded.size() <= LOADED || one.getValue().lastUsed - before > 0) {
                return;
            }
            loaded.remove(one.getKey());
            one.getValue().close();
        }
    }

    /** Lets the encodings follow the pool, as long as these weights answer for it. */
    private void follow(Loaded of, int pool) {
        synchronized (loaded) {
            if (of.projection == null) {
                String weights = of.encoded.network().weightsSha256();
                of.projection =
                        projection.of(
                                of.encoded.encodings(),
                                of.store,
                                pool,
                                () -> answersNow(pool, weights));
            }
        }
    }

    private boolean answersNow(int pool, String weights) {
        return adaptations
                .inForce(pool, Integer.MAX_VALUE, network.name(), network.weightsSha256())
                .filter(now -> weights.equals(now.weightsSha256()))
                .isPresent();
    }

    @Shutdown
    void close() {
        synchronized (loaded) {
            loaded.values().forEach(Loaded::close);
            loaded.clear();
        }
    }
}
