package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Map;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Support;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.imaging.picture.Overlay;

/** Recorded answers and annotations as PNG files. */
@ApplicationScoped
public class AnswerPictures {
    private final Catalog catalog;
    private final BlobStore blobs;
    private final DecodingMemory memory;

    AnswerPictures(Catalog catalog, BlobStore blobs, DecodingMemory memory) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.memory = memory;
    }

    /** The mask of one label, 0 and 255. */
    public byte[] mask(Answer answer, String label) {
        return png(answer, answer.label(label).maskSha256());
    }

    /** The probabilities of one label: 16 bit, 65535 is 1. */
    public byte[] probabilities(Answer answer, String label) {
        return png(answer, answer.label(label).probabilitiesSha256());
    }

    /** The query with the outlines of all labels, for people. */
    public byte[] overlay(Answer answer) {
        return memory.during(
                pixels(answer),
                () -> {
                    Map<String, Mask> masks = new LinkedHashMap<>();
                    answer.labels()
                            .forEach(label -> masks.put(label.label(), drawn(label.maskSha256())));
                    return PngWriter.png(Overlay.draw(raster(answer.querySha256()), masks));
                });
    }

    /** An annotated image of the catalogue with its mask drawn on it, for people. */
    public byte[] annotation(Scope scope, long annotationId) {
        return ErasedMeanwhile.again(() -> annotationOnce(scope, annotationId));
    }

    private byte[] annotationOnce(Scope scope, long annotationId) {
        Catalog.LabelledSupport found = catalog.support(scope, annotationId);
        Support support = found.support();
        return memory.during(
                (long) support.width() * support.height(),
                () ->
                        PngWriter.png(
                                Overlay.draw(
                                        raster(support.pixelsSha256()),
                                        Map.of(found.label(), drawn(support.maskSha256())))));
    }

    private byte[] png(Answer answer, String sha256) {
        return memory.during(pixels(answer), () -> PngWriter.png(raster(sha256)));
    }

    private static long pixels(Answer answer) {
        return (long) answer.queryWidth() * answer.queryHeight();
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    private Mask drawn(String sha256) {
        return Mask.fromRaster(raster(sha256));
    }
}
