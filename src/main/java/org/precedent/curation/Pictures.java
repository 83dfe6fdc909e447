package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answers;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Support;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.picture.Thumbnail;
import org.precedent.query.ErasedMeanwhile;

/** Pictures for people who judge: small ones for grids, and plain ones to lay masks over. */
@ApplicationScoped
public class Pictures {
    /** Thumbnails that are kept in memory: some 10 KB each. */
    private static final int KEPT = 4096;

    private final Catalog catalog;
    private final Answers answers;
    private final BlobStore blobs;

    /** Thumbnails by the hashes of pixels and mask, the longest unused first. */
    private final Map<String, byte[]> thumbnails = new LinkedHashMap<>(64, 0.75f, true);

    Pictures(Catalog catalog, Answers answers, BlobStore blobs) {
        this.catalog = catalog;
        this.answers = answers;
        this.blobs = blobs;
    }

    /**
     * A small picture of an annotated image with the outline of its mask, PNG.
     *
     * @throws org.precedent.DomainException UNKNOWN_ANNOTATION where the scope does not see it
     */
    public byte[] thumbnail(Scope scope, long annotation) {
        return ErasedMeanwhile.again(() -> thumbnailOnce(scope, annotation));
    }

    private byte[] thumbnailOnce(Scope scope, long annotation) {
        Support support = catalog.support(scope, annotation).support();
        String key = support.pixelsSha256() + support.maskSha256();
        synchronized (thumbnails) {
            byte[] known = thumbnails.get(key);
            if (known != null) {
                return known;
            }
        }
        byte[] made =
                PngWriter.png(
                        Thumbnail.draw(
                                raster(support.pixelsSha256()),
                                Mask.fromRaster(raster(support.maskSha256()))));
        synchronized (thumbnails) {
            thumbnails.put(key, made);
            if (thumbnails.size() > KEPT) {
                thumbnails.remove(thumbnails.keySet().iterator().next());
            }
        }
        return made;
    }

    /** Thumbnails of several annotations, in their order. */
    public Map<Long, byte[]> thumbnails(Scope scope, List<Long> annotations) {
        Map<Long, byte[]> made = new LinkedHashMap<>();
        annotations.forEach(one -> made.put(one, thumbnail(scope, one)));
        return made;
    }

    /** An annotated image as networks see its grey values, 8 bit, at its own size, PNG. */
    public byte[] image(Scope scope, long annotation) {
        return ErasedMeanwhile.again(
                () -> shown(catalog.support(scope, annotation).support().pixelsSha256()));
    }

    /** An annotation's mask, 0 outside and 255 inside, PNG. */
    public byte[] mask(Scope scope, long annotation) {
        return ErasedMeanwhile.again(() ->
                PngWriter.png(
                        Mask.fromRaster(
                                raster(
                                        catalog.support(scope, annotation)
                                                .support()
                                                .maskSha256()))));
    }

    /** The image of a recorded query as networks see its grey values, 8 bit, PNG. */
    public byte[] query(Scope scope, UUID answer) {
        return ErasedMeanwhile.again(() -> shown(answers.find(scope, answer).querySha256()));
    }

    private byte[] shown(String pixels) {
        return PngWriter.png(Thumbnail.shown(raster(pixels)));
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }
}
