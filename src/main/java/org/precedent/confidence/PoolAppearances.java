package org.precedent.confidence;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.precedent.CanonicalNames;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Task;
import org.precedent.imaging.Appearance;
import org.precedent.imaging.Raster;

/** What the images of pools look like, remembered; of a large pool a sample is looked at. */
@ApplicationScoped
public class PoolAppearances {
    private static final int SAMPLE = 160;
    private static final long SEED = 0;
    private static final int REMEMBERED_IMAGES = 8192;
    private static final int REMEMBERED_POOLS = 64;

    private final PoolSettings settings;
    private final BlobStore blobs;
    private final Map<String, Appearance> images = new Remembered<>(REMEMBERED_IMAGES);
    private final Map<Key, Optional<Familiarity>> pools = new Remembered<>(REMEMBERED_POOLS);

    private record Key(int pool, int version, int label) {}

    public PoolAppearances(PoolSettings settings, BlobStore blobs) {
        this.settings = settings;
        this.blobs = blobs;
    }

    /**
     * What the images that may support a label look like.
     *
     * @return empty where too few patients are there to tell
     */
    Optional<Familiarity> of(Pool pool, int version, Task.Label label) {
        return remembered(
                pools, new Key(pool.id(), version, label.id()), key -> look(pool, version, label));
    }

    private Optional<Familiarity> look(Pool pool, int version, Task.Label label) {
        List<Familiarity.Known> known = new ArrayList<>();
        for (PoolSettings.PoolImage one : settings.draw(pool, version, label, SAMPLE, SEED)) {
            known.add(
                    new Familiarity.Known(
                            remembered(
                                    images,
                                    one.support().pixelsSha256(),
                                    sha256 -> Appearance.of(Raster.fromNetpbm(blobs.get(sha256)))),
                            CanonicalNames.key(one.patient())));
        }
        return Familiarity.of(known);
    }

    /** Computed outside the lock: two callers may do the same work once. */
    private static <K, V> V remembered(Map<K, V> map, K key, Function<K, V> compute) {
        synchronized (map) {
            V found = map.get(key);
            if (found != null) {
                return found;
            }
        }
        V computed = compute.apply(key);
        synchronized (map) {
            map.put(key, computed);
        }
        return computed;
    }

    /** Forgets what was asked for longest ago. */
    private static final class Remembered<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;

        private final int most;

        Remembered(int most) {
            super(16, 0.75f, true);
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
        }
    }
}
