package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.precedent.CanonicalNames;
import org.precedent.Sha256;
import org.precedent.adaptation.AdaptationImage;
import org.precedent.adaptation.AdaptationPool;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.PoolSettings.Labelled;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.PicturePairs;
import org.precedent.imaging.Raster;

/** The annotated images of a pool version, as a network is trained with them. */
@ApplicationScoped
class AdaptationImages {
    /**
     * Annotations that are learnt from, at most: each takes up to 128 KB of memory, and minutes of
     * training see no more. Of a larger pool they are drawn by the seed.
     */
    static final int MOST = 1000;

    private final PoolSettings pools;
    private final BlobStore blobs;

    AdaptationImages(PoolSettings pools, BlobStore blobs) {
        this.pools = pools;
        this.blobs = blobs;
    }

    /** What is learnt from: approved annotations that show something. */
    List<Labelled> draw(int poolId, int poolVersion, long seed) {
        return pools.annotated(poolId, poolVersion, MOST, seed);
    }

    /** How many patients they are of, whatever the site: as queries are kept from their own. */
    static int patients(List<Labelled> drawn) {
        return (int)
                drawn.stream().map(one -> CanonicalNames.key(one.patient())).distinct().count();
    }

    static List<Long> annotations(List<Labelled> drawn) {
        return drawn.stream().map(one -> one.support().annotationId()).toList();
    }

    /** Names what is learnt from: training goes on only from a checkpoint of the same. */
    static String identity(List<Labelled> drawn, int side) {
        return Sha256.of(
                annotations(drawn).stream()
                                .sorted()
                                .map(String::valueOf)
                                .collect(Collectors.joining(","))
                        + " at "
                        + side
                        + " in "
                        + InputRange.CURRENT.word());
    }

    /**
     * Reads pixels and masks.
     *
     * @param side in pixels of the square that they are brought to
     */
    AdaptationPool read(List<Labelled> drawn, int side) {
        Map<UUID, List<Labelled>> byImage = new LinkedHashMap<>();
        drawn.forEach(one ->
                byImage.computeIfAbsent(one.support().imageId(), id -> new ArrayList<>()).add(one));
        List<AdaptationImage> images = new ArrayList<>();
        List<Fingerprint> prints = new ArrayList<>();
        byImage.forEach((id, annotations) -> {
            Labelled first = annotations.getFirst();
            Raster image = raster(first.support().pixelsSha256());
            NetworkInput input = NetworkInput.of(image, side, InputRange.CURRENT);
            Map<String, float[]> masks = new LinkedHashMap<>();
            for (Labelled one : annotations) {
                Mask mask = Mask.fromRaster(raster(one.support().maskSha256()));
                masks.put(one.label(), input.geometry().in(mask).values());
            }
            images.add(
                    new AdaptationImage(
                            id.toString(),
                            CanonicalNames.key(first.patient()),
                            input.plane().values(),
                            masks));
            prints.add(Fingerprint.of(image));
        });
        Set<Set<String>> twins = new HashSet<>();
        for (PicturePairs.Pair pair : PicturePairs.among(prints, false)) {
            twins.add(Set.of(images.get(pair.first()).id(), images.get(pair.second()).id()));
        }
        return new AdaptationPool(
                images,
                side,
                (one, other) -> !one.equals(other) && twins.contains(Set.of(one, other)));
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }
}
