package org.precedent.index.lucene;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.Lock;
import org.precedent.index.IndexException;

/**
 * Copies of an index as one of its commits left it. Taking one needs no lock: the index may be
 * written meanwhile, by any process.
 */
final class IndexSnapshots {
    /** A commit may be replaced, and its files deleted, while it is copied. */
    private static final int ATTEMPTS = 20;

    private IndexSnapshots() {}

    /**
     * Copies the newest commit and compares every checksum of the copy.
     *
     * @param home an index's own directory
     * @param to the copy's own directory; must not exist, and appears whole or not at all
     * @return the outbox sequence that the copy has reached
     * @throws IndexException MISSING when there is no index; CORRUPT when it is damaged; IO
     */
    static long take(Path home, Path to) {
        if (Files.exists(to)) {
            throw IndexException.of(
                    IndexException.Code.IO, to + " exists: name a directory that does not");
        }
        Path part = to.resolveSibling(to.getFileName() + ".part");
        try {
            for (int attempt = 1; ; attempt++) {
                deleteTree(part);
                Files.createDirectories(part);
                try (Directory directory = FSDirectory.open(home);
                        DirectoryReader reader = DirectoryReader.open(directory)) {
                    copy(home, part, reader.getIndexCommit().getFileNames());
                    break;
                } catch (NoSuchFileException replaced) {
                    if (attempt == ATTEMPTS) {
                        throw replaced;
                    }
                }
            }
            long sequence = verify(part);
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
            return sequence;
        } catch (IOException e) {
            throw LuceneFailures.translate(e, home.toString());
        }
    }

    /**
     * Reads every file and compares its checksum.
     *
     * @return the outbox sequence that the snapshot has reached
     * @throws IndexException CORRUPT when one differs; MISSING when there is no index
     */
    private static long verify(Path snapshot) {
        try (Directory directory = FSDirectory.open(snapshot);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            for (LeafReaderContext leaf : reader.leaves()) {
                leaf.reader().checkIntegrity();
            }
            return CommitStamp.of(reader).sequence();
        } catch (IOException e) {
            throw LuceneFailures.translate(e, snapshot.toString());
        }
    }

    /**
     * The outbox sequence that a snapshot says it has reached; nothing else of it is read.
     *
     * @throws IndexException CORRUPT or MISSING when it cannot be told
     */
    static long sequence(Path snapshot) {
        try (Directory directory = FSDirectory.open(snapshot);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            return CommitStamp.of(reader).sequence();
        } catch (IOException e) {
            throw LuceneFailures.translate(e, snapshot.toString());
        }
    }

    /**
     * Puts a snapshot in the place of an index. A crash on the way leaves no index, or the
     * snapshot's; either is fed from the catalogue at the next start.
     *
     * @param home the index's own directory; only Lucene's files are deleted
     * @throws IndexException LOCKED while a process writes it; CORRUPT when the snapshot is
     *     damaged, and then the index stays as it is
     */
    static void restore(Path snapshot, Path home) {
        verify(snapshot);
        try {
            Files.createDirectories(home);
            try (Directory directory = FSDirectory.open(home);
                    Lock lock = directory.obtainLock(IndexWriter.WRITE_LOCK_NAME)) {
                lock.ensureValid();
                List<Path> old = lucene(home);
                // What names the others goes first and comes last.
                old.sort(Comparator.comparing(IndexSnapshots::namesOthers).reversed());
                for (Path file : old) {
                    Files.delete(file);
                }
                copy(snapshot, home, lucene(snapshot).stream().map(IndexSnapshots::name).toList());
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, home.toString());
        }
    }

    private static void copy(Path from, Path to, Collection<String> names) throws IOException {
        List<String> order = new ArrayList<>(names);
        order.sort(Comparator.comparing((String name) -> namesOthers(Path.of(name))));
        for (String name : order) {
            Files.copy(from.resolve(name), to.resolve(name));
        }
    }

    private static List<Path> lucene(Path home) throws IOException {
        try (Stream<Path> files = Files.list(home)) {
            return new ArrayList<>(files.filter(file -> isLucene(name(file))).toList());
        }
    }

    /** Whether a file of this name belongs to an index; the lock and others' files do not. */
    static boolean isLucene(String name) {
        return IndexFileNames.CODEC_FILE_PATTERN.matcher(name).matches()
                || name.startsWith(IndexFileNames.SEGMENTS)
                || name.startsWith(IndexFileNames.PENDING_SEGMENTS);
    }

    private static boolean namesOthers(Path file) {
        return name(file).startsWith(IndexFileNames.SEGMENTS)
                || name(file).startsWith(IndexFileNames.PENDING_SEGMENTS);
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    /** Deletes a folder and all in it, where it exists. */
    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
