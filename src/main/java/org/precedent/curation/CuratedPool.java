package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.PoolContents;
import org.precedent.catalog.review.PoolContents.Member;
import org.precedent.curation.ranking.Duplicates;
import org.precedent.curation.ranking.Finding;
import org.precedent.curation.ranking.NetworkPool;
import org.precedent.evaluation.Progress;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.SupportEncoding;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.ImageSpaces;
import org.precedent.projection.SupportEncodings;
import org.precedent.query.Inference;
import org.precedent.query.SamePictures;

/** Contents of a pool with their pictures, vectors and encodings, as lists need them. */
@ApplicationScoped
public class CuratedPool {
    /** Pictures that are compared each with each; a fingerprint takes some 30 KB. */
    static final int MOST_PICTURES = 10_000;

    private final Catalog catalog;
    private final PoolContents contents;
    private final BlobStore blobs;
    private final ImageSpaces spaces;
    private final ImageProjection projection;
    private final SamePictures pictures;
    private final SupportEncodings encodings;
    private final Inference inference;

    CuratedPool(
            Catalog catalog,
            PoolContents contents,
            BlobStore blobs,
            ImageSpaces spaces,
            ImageProjection projection,
            SamePictures pictures,
            SupportEncodings encodings,
            Inference inference) {
        this.catalog = catalog;
        this.contents = contents;
        this.blobs = blobs;
        this.spaces = spaces;
        this.projection = projection;
        this.pictures = pictures;
        this.encodings = encodings;
        this.inference = inference;
    }

    /**
     * A pool that holds something.
     *
     * @throws org.precedent.DomainException an unknown name, or an empty pool
     */
    Pool require(Scope scope, Task task, String name) {
        Pool pool = catalog.pool(scope, task, name);
        if (pool.version() == 0) {
            throw ServiceException.poolEmpty(pool.name(), task.name());
        }
        return pool;
    }

    /** The annotations that may serve or still be reviewed, of one label or of all. */
    List<Member> members(Pool pool, Task.Label label) {
        return usable(contents.members(pool, pool.version(), label.id()));
    }

    /** The images of some labels' annotations, each with all of these. */
    Map<UUID, List<Member>> images(Pool pool, List<Task.Label> labels) {
        Map<UUID, List<Member>> images = new LinkedHashMap<>();
        for (Task.Label label : labels) {
            for (Member member : members(pool, label)) {
                images.computeIfAbsent(member.support().imageId(), i -> new ArrayList<>())
                        .add(member);
            }
        }
        return images;
    }

    private static List<Member> usable(List<Member> members) {
        return members.stream()
                .filter(m ->
                        m.state() == ReviewState.APPROVED || m.state() == ReviewState.UNREVIEWED)
                .toList();
    }

    /** Pairs of images that show the same, by their positions; other sites' patients by numbers. */
    List<Finding> duplicates(Scope scope, List<Member> images, Progress progress) {
        if (images.size() > MOST_PICTURES) {
            throw ServiceException.badParameter(
                    "pool",
                    images.size() + " images",
                    "pictures are compared each with each up to "
                            + MOST_PICTURES
                            + " images: ask for one --label, or split the pool");
        }
        List<Fingerprint> prints = new ArrayList<>();
        List<Duplicates.Source> sources = new ArrayList<>();
        Map<String, String> numbers = new HashMap<>();
        for (Member image : images) {
            prints.add(pictures.fingerprint(image.support().pixelsSha256()));
            String patient = CanonicalNames.key(image.patient());
            String series = image.series();
            sources.add(
                    new Duplicates.Source(
                            scope.owns(image.site())
                                    ? image.patient()
                                    : numbers.computeIfAbsent(
                                            patient,
                                            p -> "another site's patient " + (numbers.size() + 1)),
                            series == null
                                    ? image.support().imageId().toString()
                                    : patient + "\u0000" + CanonicalNames.key(series)));
            progress.step("fingerprints", prints.size(), images.size());
        }
        return Duplicates.among(prints, sources);
    }

    /** The vectors of images, as the index keeps them; one that it has not yet is made. */
    List<float[]> vectors(List<Member> images, Progress progress) {
        List<float[]> vectors = new ArrayList<>();
        projection.awaitCommitted();
        for (Member image : images) {
            vectors.add(
                    projection.search().of(image.support().imageId()).stream()
                            .findFirst()
                            .map(entry -> entry.vector())
                            .orElseGet(() ->
                                    spaces.embedder()
                                            .embed(pixels(image.support().pixelsSha256()))));
            progress.step("vectors", vectors.size(), images.size());
        }
        return vectors;
    }

    /** Annotations of one label, as the network answers from them. */
    NetworkPool asked(List<Member> members, Progress progress) {
        List<float[]> vectors = vectors(members, progress);
        List<NetworkPool.Member> known = new ArrayList<>();
        for (Member member : members) {
            known.add(
                    new NetworkPool.Member(
                            vectors.get(known.size()),
                            CanonicalNames.key(member.patient()),
                            member.state() == ReviewState.APPROVED));
        }
        return new NetworkPool(
                inference.network(),
                inference.side(),
                InputRange.CURRENT,
                known,
                new Stored(members),
                duplicates(Scope.machine(), members, progress));
    }

    /** The vector of stored pixels that are no image of the catalogue. */
    float[] vector(String pixelsSha256) {
        return spaces.embedder().embed(pixels(pixelsSha256));
    }

    Raster pixels(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    Mask mask(Support support) {
        return Mask.fromRaster(pixels(support.maskSha256()));
    }

    /** Members from blobs and kept encodings. */
    private final class Stored implements NetworkPool.Source {
        private final List<Member> members;

        Stored(List<Member> members) {
            this.members = members;
        }

        @Override
        public Raster image(int member) {
            return pixels(members.get(member).support().pixelsSha256());
        }

        @Override
        public Mask mask(int member) {
            return CuratedPool.this.mask(members.get(member).support());
        }

        @Override
        public Map<Integer, SupportEncoding> encodings(Collection<Integer> wanted) {
            Map<Long, SupportEncoding> found =
                    encodings.of(
                            wanted.stream().map(i -> members.get(i).support()).toList(),
                            inference.side(),
                            InputRange.CURRENT);
            Map<Integer, SupportEncoding> byMember = new HashMap<>();
            for (int member : wanted) {
                SupportEncoding encoding = found.get(members.get(member).support().annotationId());
                if (encoding != null) {
                    byMember.put(member, encoding);
                }
            }
            return byMember;
        }
    }
}
