package org.precedent.index.lucene;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.BytesRef;
import org.precedent.embedding.LocationEmbedder.Location;

/**
 * The locations of an image as Lucene documents, one each, in one block. Changing anything here is
 * a new {@link CommitStamp#VERSION}.
 */
final class LocationDocuments {
    static final String IMAGE = "image";
    static final String CELL = "cell";
    static final String VECTOR = "vector";

    private LocationDocuments() {}

    /** What finds the documents of an image. */
    static Term term(UUID imageId) {
        return new Term(IMAGE, new BytesRef(ImageDocuments.bytes(imageId)));
    }

    static List<Document> write(UUID imageId, List<Location> locations) {
        BytesRef id = new BytesRef(ImageDocuments.bytes(imageId));
        List<Document> documents = new ArrayList<>(locations.size());
        for (Location location : locations) {
            Document document = new Document();
            document.add(new StringField(IMAGE, id, Field.Store.NO));
            document.add(new SortedDocValuesField(IMAGE, id));
            document.add(new NumericDocValuesField(CELL, location.cell()));
            document.add(
                    new KnnFloatVectorField(
                            VECTOR,
                            location.vector(),
                            VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
            documents.add(document);
        }
        return documents;
    }
}
