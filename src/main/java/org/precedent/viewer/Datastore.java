package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Sight;
import org.precedent.catalog.review.ImageRecords;
import org.precedent.catalog.review.ImageRecords.Annotated;
import org.precedent.catalog.review.ImageRecords.Stored;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;

/**
 * Everything that a viewer can open: the uploads of the caller's site, and the stored images of
 * tasks and pools that it may see, each picture and slice by its id.
 */
@ApplicationScoped
public class Datastore {
    /** Stored images that are listed at most. */
    public static final int MOST = 10_000;

    private final ViewerImages uploads;
    private final ImageRecords records;
    private final Sight sight;
    private final BlobStore blobs;

    Datastore(ViewerImages uploads, ImageRecords records, Sight sight, BlobStore blobs) {
        this.uploads = uploads;
        this.records = records;
        this.sight = sight;
        this.blobs = blobs;
    }

    /** An image of the datastore. */
    public sealed interface Item {
        /** What the viewer calls it. */
        String id();

        /** The row that labels belong to. */
        UUID row();

        /** An upload. */
        record Upload(String id, ViewerImage image) implements Item {
            @Override
            public UUID row() {
                return image.id();
            }
        }

        /** An image of the catalogue. */
        record Record(Stored stored) implements Item {
            @Override
            public String id() {
                return stored.id().toString();
            }

            @Override
            public UUID row() {
                return stored.id();
            }
        }

        /** The suffix of the file that it is given as. */
        default String suffix() {
            return this instanceof Upload upload ? upload.image().kind().suffix() : ".png";
        }
    }

    /** Everything there is, uploads first. */
    public List<Item> list(Scope scope) {
        List<Item> items = new ArrayList<>();
        List<ViewerImage> sent = uploads.list(scope);
        sent.forEach(one -> items.add(new Item.Upload(ViewerImages.id(scope, one, sent), one)));
        records.list(sight.of(scope), MOST).forEach(one -> items.add(new Item.Record(one)));
        return items;
    }

    /**
     * An image by what the viewer calls it.
     *
     * @throws CatalogException UNKNOWN_IMAGE
     */
    public Item require(Scope scope, String id) {
        return find(scope, id).orElseThrow(() -> CatalogException.unknownImage(id));
    }

    /** As {@link #require}. */
    public Optional<Item> find(Scope scope, String id) {
        Optional<ViewerImage> sent = uploads.find(scope, id);
        if (sent.isPresent()) {
            return Optional.of(new Item.Upload(id, uploads.used(sent.get())));
        }
        UUID image;
        try {
            image = UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return records.find(sight.of(scope), image).map(Item.Record::new);
    }

    /** An image, read. */
    public ViewedImage read(Item item) {
        return switch (item) {
            case Item.Upload upload -> uploads.read(upload.image());
            case Item.Record one -> {
                Stored stored = one.stored();
                yield new ViewedImage.Picture(
                        stored.name(),
                        Raster.fromNetpbm(blobs.get(stored.pixelsSha256())),
                        patient(stored),
                        stored.modality(),
                        stored.id());
            }
        };
    }

    /** Another site's patient is not told, and a picture alone is never its own support. */
    private static String patient(Stored stored) {
        @Nullable String known = stored.patient();
        return known == null ? "image-" + stored.id() : known;
    }

    /** The file that an image is given as: a volume as it is kept, else a PNG. */
    public byte[] file(Item item) {
        return switch (item) {
            case Item.Upload upload ->
                    upload.image().kind() == ViewerImage.Kind.PICTURE
                            ? PngWriter.png(Raster.fromNetpbm(uploads.file(upload.image())))
                            : uploads.file(upload.image());
            case Item.Record one ->
                    PngWriter.png(Raster.fromNetpbm(blobs.get(one.stored().pixelsSha256())));
        };
    }

    /** The annotations of stored images that the scope sees, by image. */
    Map<UUID, List<Annotated>> annotations(Scope scope, List<Item> items) {
        List<UUID> stored =
                items.stream().filter(Item.Record.class::isInstance).map(Item::row).toList();
        Map<UUID, List<Annotated>> annotations = new HashMap<>();
        if (!stored.isEmpty()) {
            records.annotations(sight.of(scope), stored)
                    .forEach(one ->
                            annotations
                                    .computeIfAbsent(one.imageId(), i -> new ArrayList<>())
                                    .add(one));
        }
        return annotations;
    }

    /** Annotations by their ids, as far as the scope sees them. */
    List<Annotated> annotations(Scope scope, Collection<Long> ids) {
        return ids.isEmpty() ? List.of() : records.byId(sight.of(scope), ids);
    }
}
