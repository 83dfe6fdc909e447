package org.precedent.index.lucene;

import java.io.IOException;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexException;

/**
 * What a commit says about itself, written with it in one step.
 *
 * @param format {@link #VERSION} of its writer
 * @param content {@link IndexContent#name}
 * @param sequence the outbox sequence reached
 * @param longest no vector is longer; 0 where none was put, or all have length 1
 */
record CommitStamp(int format, String content, long sequence, double longest) {
    /** Version of all fields of all indexes: a change of any is a new one. */
    static final int VERSION = 2;

    private static final String FORMAT = "precedent.format";
    private static final String SPACE = "precedent.space";
    private static final String SEQUENCE = "precedent.sequence";
    private static final String LONGEST = "precedent.longest";

    static CommitStamp now(IndexContent content, long sequence) {
        return now(content, sequence, 0);
    }

    static CommitStamp now(IndexContent content, long sequence, double longest) {
        return new CommitStamp(VERSION, content.name(), sequence, longest);
    }

    /** What holds at every moment on the way to another state, however far it has come. */
    CommitStamp before(CommitStamp reached) {
        return new CommitStamp(
                format,
                content,
                Math.min(sequence, reached.sequence),
                Math.max(longest, reached.longest));
    }

    static CommitStamp of(IndexReader reader) throws IOException {
        return of(((DirectoryReader) reader).getIndexCommit().getUserData());
    }

    /** What is missing reads as format 0, which no version writes. */
    static CommitStamp of(Map<String, String> data) {
        return new CommitStamp(
                Integer.parseInt(data.getOrDefault(FORMAT, "0")),
                data.getOrDefault(SPACE, ""),
                Long.parseLong(data.getOrDefault(SEQUENCE, "0")),
                Double.parseDouble(data.getOrDefault(LONGEST, "0")));
    }

    Map<String, String> data() {
        return Map.of(
                FORMAT,
                Integer.toString(format),
                SPACE,
                content,
                SEQUENCE,
                Long.toString(sequence),
                LONGEST,
                Double.toString(longest));
    }

    /**
     * @throws IndexException when this version cannot read the commit or it holds something else
     */
    void check(IndexContent expected, String where) {
        if (format != VERSION) {
            throw IndexException.of(
                            IndexException.Code.OTHER_FORMAT,
                            "index "
                                    + where
                                    + " has format "
                                    + format
                                    + ", this version reads "
                                    + VERSION
                                    + ": rebuild it from the catalogue")
                    .with("value", format)
                    .with("limit", VERSION);
        }
        expected.check(content, where);
    }
}
