package org.precedent.index.lucene;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.precedent.embedding.EmbeddingSpace;
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
     * @throws IndexException MISSING when nothing was committed there yet; OTHER_SPACE,
     *     OTHER_FORMAT or CORRUPT when it cannot serve this space
     */
    static CommitReader open(Path home, EmbeddingSpace space) {
        if (!Files.isDirectory(home)) {
            throw IndexException.of(
                    IndexException.Code.MISSING,
                    "no index in " + home + ": start the service that writes it");
        }
        try {
            Directory directory = FSDirectory.open(home);
            try {
                return new CommitReader(directory, space);
            } catch (IOException | RuntimeException e) {
                directory.close();
                throw e;
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, home.toString());
        }
    }

    /** Takes over the directory: it is closed with this. */
    private CommitReader(Directory directory, EmbeddingSpace space) throws IOException {
        super(directory.toString(), space, searchers(directory, space));
        this.directory = directory;
    }

    private static SearcherManager searchers(Directory directory, EmbeddingSpace space)
            throws IOException {
        DirectoryReader reader = DirectoryReader.open(directory);
        try {
            CommitStamp.of(reader).check(space, directory.toString());
            return new SearcherManager(reader, null);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    @Override
    void refresh() {
        super.refresh();
        stamp().check(space(), directory.toString());
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
