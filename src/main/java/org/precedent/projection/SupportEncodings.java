package org.precedent.projection;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Support;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.segmentation.CloseUp;
import org.precedent.segmentation.EncodingCache;
import org.precedent.segmentation.EncodingCache.View;
import org.precedent.segmentation.EncodingStore;
import org.precedent.segmentation.InferenceSettings;
import org.precedent.segmentation.Segmenter;

/**
 * What the network knows of annotations: from memory, else from the store, else encoded on the spot
 * from pixels and mask. The three give the same bits.
 */
@ApplicationScoped
public class SupportEncodings {
    /** Of them that wait for the store: more are encoded again when they are asked for again. */
    private static final int MOST_MADE = 256;

    private final BlobStore blobs;
    private final SegmentationNetwork network;
    private final EncodingStore store;
    private final EncodingCache memory;
    private final MeterRegistry meters;

    /** Encodings of what lies around masks that the store does not have yet, oldest first. */
    private final Queue<Near> made = new ArrayBlockingQueue<>(MOST_MADE);

    /** Images of which a query missed an encoding that the store should have had. */
    private final Set<UUID> missed = ConcurrentHashMap.newKeySet();

    @Inject
    public SupportEncodings(
            BlobStore blobs,
            SegmentationNetwork network,
            EncodingStore store,
            MeterRegistry meters,
            EncodingsConfig config) {
        this(blobs, network, store, meters, new EncodingCache(config.memory().asLongValue()));
    }

    private SupportEncodings(
            BlobStore blobs,
            SegmentationNetwork network,
            EncodingStore store,
            MeterRegistry meters,
            EncodingCache memory) {
        this.blobs = blobs;
        this.network = network;
        this.store = store;
        this.meters = meters;
        this.memory = memory;
    }

    /** What another network knows of annotations; both share one memory. */
    SupportEncodings of(SegmentationNetwork other, EncodingStore otherStore) {
        return new SupportEncodings(blobs, other, otherStore, meters, memory);
    }

    /**
     * The encodings of annotations.
     *
     * @param side in pixels that images are brought to
     * @param range of grey values that images keep
     * @return by annotation
     */
    public Map<Long, SupportEncoding> of(Iterable<Support> supports, int side, InputRange range) {
        return encodeAbsent(load(supports, side, range, () -> {}), side, range, () -> {});
    }

    /**
     * Encodings that were kept.
     *
     * @param kept by annotation
     * @param absent annotations that have none, by image
     */
    public record Loaded(Map<Long, SupportEncoding> kept, Map<UUID, Map<Long, Support>> absent) {}

    /**
     * The first half of {@link #of}: what is in memory or in the store.
     *
     * @param check called before each is read; ends it by throwing
     */
    public Loaded load(Iterable<Support> supports, int side, InputRange range, Runnable check) {
        Map<Long, SupportEncoding> found = new HashMap<>();
        Map<UUID, Map<Long, Support>> absent = new LinkedHashMap<>();
        for (Support support : supports) {
            check.run();
            long id = support.annotationId();
            if (found.containsKey(id)) {
                continue;
            }
            Optional<SupportEncoding> known = find(support, side, range);
            known.ifPresent(encoding -> found.put(id, encoding));
            if (known.isEmpty()) {
                absent.computeIfAbsent(support.imageId(), image -> new LinkedHashMap<>())
                        .put(id, support);
            }
        }
        return new Loaded(found, absent);
    }

    /**
     * The second half: encodes on the spot what was not kept, and gives all.
     *
     * @param check called before each image is read; ends it by throwing
     */
    public Map<Long, SupportEncoding> encodeAbsent(
            Loaded loaded, int side, InputRange range, Runnable check) {
        Map<Long, SupportEncoding> found = new HashMap<>(loaded.kept);
        loaded.absent
                .values()
                .forEach(image -> {
                    check.run();
                    List<Support> annotations = List.copyOf(image.values());
                    List<SupportEncoding> encodings = encode(annotations, side, range);
                    for (int i = 0; i < encodings.size(); i++) {
                        long id = annotations.get(i).annotationId();
                        memory.put(network, id, side, range, View.WHOLE, encodings.get(i));
                        found.put(id, encodings.get(i));
                    }
                });
        return found;
    }

    private Optional<SupportEncoding> find(Support support, int side, InputRange range) {
        Optional<SupportEncoding> known =
                memory.find(network, support.annotationId(), side, range, View.WHOLE);
        if (known.isPresent()) {
            count("memory", 1);
            return known;
        }
        if (!isKept(side, range)) {
            return Optional.empty();
        }
        known = store.find(support.imageId(), support.annotationId());
        if (known.isPresent()) {
            count("store", 1);
            memory.put(network, support.annotationId(), side, range, View.WHOLE, known.get());
        } else {
            missed.add(support.imageId());
        }
        return known;
    }

    /**
     * What was encoded for a query and the store should keep.
     *
     * @param support whose mask it lies around
     */
    record Near(Support support, SupportEncoding encoding) {}

    /**
     * The encoding of an annotation and what is around it, as {@link CloseUp} cuts it: from memory,
     * else from the store, else encoded on the spot and kept from then on.
     *
     * @return nothing where the mask is empty
     */
    public Optional<SupportEncoding> near(Support support, int side, InputRange range) {
        if (support.area() == 0) {
            return Optional.empty();
        }
        long id = support.annotationId();
        Optional<SupportEncoding> known = memory.find(network, id, side, range, View.NEAR);
        if (known.isPresent()) {
            count("memory", 1);
            return known;
        }
        boolean kept = isKept(side, range);
        known = kept ? store.findNear(support.imageId(), id) : Optional.empty();
        if (known.isPresent()) {
            count("store", 1);
        } else {
            known = encodeNear(support, side, range);
            if (kept && store.isWriter()) {
                known.ifPresent(encoding -> made.offer(new Near(support, encoding)));
            }
        }
        known.ifPresent(encoding -> memory.put(network, id, side, range, View.NEAR, encoding));
        return known;
    }

    /** As {@link #near}, from pixels and mask, whatever is known of them. */
    Optional<SupportEncoding> encodeNear(Support support, int side, InputRange range) {
        count("encoded", 1);
        return new CloseUp(segmenter(side, range))
                .encode(
                        raster(support.pixelsSha256()),
                        Mask.fromRaster(raster(support.maskSha256())));
    }

    /** Takes what the store should keep off the list. */
    List<Near> takeMade() {
        List<Near> taken = new ArrayList<>();
        for (Near one = made.poll(); one != null; one = made.poll()) {
            taken.add(one);
        }
        return taken;
    }

    /** Whether the store has encodings of this kind. */
    private boolean isKept(int side, InputRange range) {
        return network.cachesSupports() && side == store.side() && range == store.range();
    }

    /**
     * Encodes annotations of one image from their pixels and masks, whatever is known of them.
     *
     * @return one an annotation, in their order
     */
    List<SupportEncoding> encode(List<Support> annotations, int side, InputRange range) {
        Raster image = raster(annotations.getFirst().pixelsSha256());
        List<Mask> masks = new ArrayList<>();
        annotations.forEach(a -> masks.add(Mask.fromRaster(raster(a.maskSha256()))));
        count("encoded", annotations.size());
        return segmenter(side, range).encode(image, masks);
    }

    private Segmenter segmenter(int side, InputRange range) {
        return new Segmenter(
                network, new InferenceSettings(side, range, network.supportsTogether()));
    }

    /** Takes the images off the list of those that queries missed. */
    Set<UUID> takeMissed() {
        Set<UUID> taken = Set.copyOf(missed);
        missed.removeAll(taken);
        return taken;
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    private void count(String source, int encodings) {
        meters.counter("precedent.encodings", "source", source).increment(encodings);
    }
}
