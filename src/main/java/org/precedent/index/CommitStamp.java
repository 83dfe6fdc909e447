package org.precedent.index;

import java.io.IOException;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.precedent.embedding.EmbeddingSpace;

/**
 * What a commit says about itself, written with it in one step.
 *
 * @param format {@link ImageDocuments#FORMAT} of its writer
 * @param space {@link EmbeddingSpace#id} followed by the whole encoder hash
 * @param sequence the outbox sequence reached
 */
record CommitStamp(int format, String space, long sequence) {
    private static final String FORMAT = "precedent.format";
    private static final String SPACE = "precedent.space";
    private static final String SEQUENCE = "precedent.sequence";

    static CommitStamp now(EmbeddingSpace space, long sequence) {
        return new CommitStamp(ImageDocuments.FORMAT, name(space), sequence);
    }

    static CommitStamp of(IndexReader reader) throws IOException {
        return of(((DirectoryReader) reader).getIndexCommit().getUserData());
    }

    /** What is missing reads as format 0, which no version writes. */
    static CommitStamp of(Map<String, String> data) {
        return new CommitStamp(
                Integer.parseInt(data.getOrDefault(FORMAT, "0")),
                data.getOrDefault(SPACE, ""),
                Long.parseLong(data.getOrDefault(SEQUENCE, "0")));
    }

    Map<String, String> data() {
        return Map.of(
                FORMAT, Integer.toString(format), SPACE, space, SEQUENCE, Long.toString(sequence));
    }

    /**
     * @throws IndexException when this version cannot read the commit or it holds another space
     */
    void check(EmbeddingSpace expected, String where) {
        if (format != ImageDocuments.FORMAT) {
            throw IndexException.of(
                            IndexException.Code.OTHER_FORMAT,
                            "index "
                                    + where
                                    + " has format "
                                    + format
                                    + ", this version reads "
                                    + ImageDocuments.FORMAT
                                    + ": rebuild it from the catalogue")
                    .with("value", format)
                    .with("limit", ImageDocuments.FORMAT);
        }
        if (!space.equals(name(expected))) {
            throw IndexException.of(
                            IndexException.Code.OTHER_SPACE,
                            "index "
                                    + where
                                    + " holds vectors of "
                                    + space
                                    + ", not of "
                                    + name(expected)
                                    + ": use another directory, or rebuild it")
                    .with("value", space)
                    .with("limit", name(expected));
        }
    }

    private static String name(EmbeddingSpace space) {
        return space.id() + " " + space.encoderHash();
    }
}
