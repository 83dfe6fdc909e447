package org.precedent.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.precedent.embedding.EmbeddingSpace;

/**
 * Reads the commits of a {@link CommitWriter}, of this process or another. It takes no lock and
 * writes nothing; {@link #refresh} moves it to the newest commit. Thread-safe.
 */
final class CommitReader implements AutoCloseable {

    /** What is done with one state of the index. */
    @FunctionalInterface
    interface Reading<T> {
        T of(IndexSearcher searcher) throws IOException;
    }

    private final Directory directory;
    private final EmbeddingSpace space;
    private final SearcherManager searchers;

    /**
     * Opens the newest commit of an index that another process may be writing.
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
            } catch (RuntimeException e) {
                directory.close();
                throw e;
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, home.toString());
        }
    }

    /** Takes over the directory: it is closed with this. */
    CommitReader(Directory directory, EmbeddingSpace space) {
        this.directory = directory;
        this.space = space;
        try {
            DirectoryReader reader = DirectoryReader.open(directory);
            try {
                CommitStamp.of(reader).check(space, directory.toString());
                this.searchers = new SearcherManager(reader, null);
            } catch (IOException | RuntimeException e) {
                reader.close();
                throw e;
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, directory.toString());
        }
    }

    /**
     * Moves to the newest commit. Returns after that, even when another thread is doing it.
     *
     * @throws IndexException as {@link #open}; what was readable stays so
     */
    void refresh() {
        try {
            searchers.maybeRefreshBlocking();
        } catch (IOException | IllegalStateException e) {
            throw LuceneFailures.translate(e, directory.toString());
        }
        read(searcher -> {
            CommitStamp.of(searcher.getIndexReader()).check(space, directory.toString());
            return 0;
        });
    }

    EmbeddingSpace space() {
        return space;
    }

    CommitStamp stamp() {
        return read(searcher -> CommitStamp.of(searcher.getIndexReader()));
    }

    /**
     * Reads every file and compares its checksum: what opening alone does not do.
     *
     * @throws IndexException CORRUPT when one differs
     */
    void verifyChecksums() {
        read(searcher -> {
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                leaf.reader().checkIntegrity();
            }
            return 0;
        });
    }

    <T> T read(Reading<T> reading) {
        try {
            IndexSearcher searcher = searchers.acquire();
            try {
                return reading.of(searcher);
            } finally {
                searchers.release(searcher);
            }
        } catch (IOException | AlreadyClosedException e) {
            throw LuceneFailures.translate(e, directory.toString());
        }
    }

    @Override
    public void close() {
        try {
            searchers.close();
            directory.close();
        } catch (IOException e) {
            throw LuceneFailures.translate(e, directory.toString());
        }
    }
}
