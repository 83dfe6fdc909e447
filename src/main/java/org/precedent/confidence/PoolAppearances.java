package org.precedent.confidence;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.precedent.CanonicalNames;
import org.precedent.Remembered;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
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
    private final Outbox outbox;
    private final Remembered<String, Appearance> images = new Remembered<>(REMEMBERED_IMAGES);
    private final Remembered<Key, Optional<Familiarity>> pools = new Remembered<>(REMEMBERED_POOLS);

    /**
     * @param change the last one of anything in the pool: reviews make no version, and decide what
     *     may support
     */
    private record Key(int pool, int version, int label, long change) {}

    public PoolAppearances(PoolSettings settings, BlobStore blobs, Outbox outbox) {
        this.settings = settings;
        this.blobs = blobs;
        this.outbox = outbox;
    }

    /**
     * What the images that may support a label look like.
     *
     * @return empty where too few patients are there to tell
     */
    Optional<Familiarity> of(Pool pool, int version, Task.Label label) {
        return pools.get(
                new Key(pool.id(), version, label.id(), outbox.lastOf(pool.id())),
                key -> look(pool, version, label));
    }

    private Optional<Familiarity> look(Pool pool, int version, Task.Label label) {
        List<Familiarity.Known> known = new ArrayList<>();
        for (PoolSettings.PoolImage one : settings.draw(pool, version, label, SAMPLE, SEED)) {
            known.add(
                    new Familiarity.Known(
                            images.get(
                                    one.support().pixelsSha256(),
                                    sha256 -> Appearance.of(Raster.fromNetpbm(blobs.get(sha256)))),
                            CanonicalNames.key(one.patient())));
        }
        return Familiarity.of(known);
    }
}
