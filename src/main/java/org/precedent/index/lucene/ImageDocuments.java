package org.precedent.index.lucene;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntRange;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.SupportFilter;

/**
 * An image as a Lucene document, and back. Changing anything here is a new {@link
 * CommitStamp#VERSION}.
 *
 * <p>A membership is a box in four dimensions, {pool, label, state, from} to {pool, label, state,
 * until - 1}, both ends inclusive. A document holds one box for each of its memberships, and a
 * query is one point: it hits a document when one and the same box holds it in all dimensions, so
 * pool, version, label and state cannot be met by different memberships.
 */
final class ImageDocuments {
    static final String VECTOR = "vector";
    static final String PATIENT = "patient";
    static final String PIXELS = "pixels";

    private static final String ID = "id";
    private static final String ITEM = "item";
    private static final String SITE = "site";
    private static final String MEMBERSHIP = "membership";
    private static final int MEMBERSHIP_BYTES = 5 * Integer.BYTES;

    private ImageDocuments() {}

    /** What finds the one document of an image. */
    static Term term(UUID imageId) {
        return new Term(ID, new BytesRef(bytes(imageId)));
    }

    static Document write(IndexEntry image) {
        Document document = new Document();
        BytesRef id = new BytesRef(bytes(image.imageId()));
        document.add(new StringField(ID, id, Field.Store.NO));
        document.add(new BinaryDocValuesField(ID, id));
        document.add(
                new KnnFloatVectorField(
                        VECTOR, image.vector(), VectorSimilarityFunction.DOT_PRODUCT));
        document.add(new StoredField(ITEM, image.item()));
        document.add(new StringField(SITE, image.site(), Field.Store.YES));
        document.add(new StringField(PATIENT, image.patientKey(), Field.Store.YES));
        document.add(new StringField(PIXELS, image.pixelsSha256(), Field.Store.YES));
        ByteBuffer stored = ByteBuffer.allocate(image.memberships().size() * MEMBERSHIP_BYTES);
        for (Membership membership : image.memberships()) {
            int state = stateNumber(membership.state());
            document.add(
                    new IntRange(
                            MEMBERSHIP,
                            new int[] {
                                membership.poolId(),
                                membership.labelId(),
                                state,
                                membership.fromVersion()
                            },
                            new int[] {
                                membership.poolId(),
                                membership.labelId(),
                                state,
                                membership.untilVersion() - 1
                            }));
            stored.putInt(membership.poolId())
                    .putInt(membership.labelId())
                    .putInt(state)
                    .putInt(membership.fromVersion())
                    .putInt(membership.untilVersion());
        }
        document.add(new StoredField(MEMBERSHIP, stored.array()));
        return document;
    }

    /**
     * @param stored the stored fields
     * @param vector [D]; handed over
     */
    static IndexEntry read(UUID imageId, Document stored, float[] vector) throws IOException {
        BytesRef bytes = stored.getBinaryValue(MEMBERSHIP);
        if (bytes == null || bytes.length % MEMBERSHIP_BYTES != 0) {
            throw new CorruptIndexException("image without memberships", imageId.toString());
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes.bytes, bytes.offset, bytes.length);
        List<Membership> memberships = new ArrayList<>(bytes.length / MEMBERSHIP_BYTES);
        while (buffer.hasRemaining()) {
            memberships.add(
                    new Membership(
                            buffer.getInt(),
                            buffer.getInt(),
                            state(buffer.getInt()),
                            buffer.getInt(),
                            buffer.getInt()));
        }
        return new IndexEntry(
                imageId,
                Objects.requireNonNull(stored.getField(ITEM)).numericValue().longValue(),
                vector,
                Objects.requireNonNull(stored.get(SITE)),
                Objects.requireNonNull(stored.get(PATIENT)),
                Objects.requireNonNull(stored.get(PIXELS)),
                memberships);
    }

    /** The ids of a segment's documents: advance in document order, then read. */
    static BinaryDocValues ids(LeafReader leaf) throws IOException {
        BinaryDocValues ids = leaf.getBinaryDocValues(ID);
        if (ids == null) {
            throw new CorruptIndexException("segment without ids", leaf.toString());
        }
        return ids;
    }

    static UUID id(BinaryDocValues ids, int doc) throws IOException {
        if (!ids.advanceExact(doc)) {
            throw new CorruptIndexException("document without id", Integer.toString(doc));
        }
        return id(ids.binaryValue());
    }

    /** The ids of a segment in {@link ImageSearch#ID_ORDER}; null where it holds no image. */
    static @Nullable Terms idTerms(LeafReader leaf) throws IOException {
        return leaf.terms(ID);
    }

    /** An id as it is written in terms and values. */
    static UUID id(BytesRef bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes.bytes, bytes.offset, bytes.length);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    /**
     * A filter without its exclusions, which are taken out afterwards: so the costly part is the
     * same query for every patient and Lucene's query cache can keep it.
     */
    static Query query(SupportFilter filter) {
        BooleanQuery.Builder memberships = new BooleanQuery.Builder();
        for (ReviewState state : filter.states()) {
            int[] point = {
                filter.poolId(), filter.labelId(), stateNumber(state), filter.poolVersion()
            };
            memberships.add(
                    IntRange.newIntersectsQuery(MEMBERSHIP, point, point),
                    BooleanClause.Occur.SHOULD);
        }
        if (filter.site() == null) {
            return memberships.build();
        }
        return new BooleanQuery.Builder()
                .add(memberships.build(), BooleanClause.Occur.FILTER)
                .add(new TermQuery(new Term(SITE, filter.site())), BooleanClause.Occur.FILTER)
                .build();
    }

    static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    /** The number of a state in the files: fixed here, not by the order of the enum. */
    private static int stateNumber(ReviewState state) {
        return switch (state) {
            case UNREVIEWED -> 0;
            case APPROVED -> 1;
            case RETIRED -> 2;
            case REJECTED -> 3;
        };
    }

    private static ReviewState state(int number) throws IOException {
        return switch (number) {
            case 0 -> ReviewState.UNREVIEWED;
            case 1 -> ReviewState.APPROVED;
            case 2 -> ReviewState.RETIRED;
            case 3 -> ReviewState.REJECTED;
            default ->
                    throw new CorruptIndexException(
                            "review state " + number, ImageDocuments.MEMBERSHIP);
        };
    }
}
