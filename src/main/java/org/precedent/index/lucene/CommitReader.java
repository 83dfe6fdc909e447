package org.precedent.index.lucene;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.jspecify.annotations.Nullable;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexException;

/**
 * Reads the commits of an index that another process may be writing. It takes no lock and writes
 * nothing.
 */
final class CommitReader extends StateReader {
    private final Directory directory;

    /**
     * Opens the newest commit.
     *
     * @throws IndexException MISSING when nothing was committed there yet; OTHER_SPACE, OTHER_KEYS,
     *     OTHER_FORMAT or CORRUPT when it cannot serve this content
     */
    static CommitReader open(Path home, IndexContent content) {
        if (!Files.isDirectory(home)) {
            throw IndexException.of(
                    IndexException.Code.MISSING,
                    "no index in " + home + ": start the service that writes it");
        }
        try {
            Directory directory = FSDirectory.open(home);
            try {
                return new CommitReader(directory, content);
            } catch (IOException | RuntimeException e) {
                directory.close();
                throw e;
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, home.toString());
        }
    }

    /** Takes over the directory: it is closed with this. */
    private CommitReader(Directory directory, IndexContent content) throws IOException {
        super(directory.toString(), content.space(), searchers(directory, content));
        this.directory = directory;
    }

    /** No state is read before it is known to hold what it should. */
    private static SearcherManager searchers(Directory directory, IndexContent content)
            throws IOException {
        DirectoryReader reader = DirectoryReader.open(directory);
        try {
            return new SearcherManager(
                    reader,
                    new SearcherFactory() {
                        @Override
                        public IndexSearcher newSearcher(
                                IndexReader state, @Nullable IndexReader before)
                                throws IOException {
                            CommitStamp.of(state).check(content, directory.toString());
                            return super.newSearcher(state, before);
                        }
                    });
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    @Override
    CommitStamp stamp() {
        return read(searcher -> CommitStamp.of(searcher.getIndexReader()));
    }

    @Override
    public void close() {
        super.close();
        try {
            directory.close();
        } catch (IOException e) {
            throw LuceneFailures.translate(e, directory.toString());
        }
    }
}
