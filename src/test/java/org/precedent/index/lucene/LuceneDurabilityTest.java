package org.precedent.index.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.index.ImageFixtures.axis;
import static org.precedent.index.ImageFixtures.dump;
import static org.precedent.index.ImageFixtures.everything;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.image;
import static org.precedent.index.ImageIndexContractTest.assertCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexException;

/** What stays after closing, crashing, damage, and with a second process. */
class LuceneDurabilityTest {
    private static final int D = 8;
    private static final EmbeddingSpace SPACE = ImageFixtures.space(D);

    @TempDir Path home;

    @Test
    void nothingOfAnErasedImageStaysInTheFiles() throws IOException {
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 100), 41);
            index.commit();
            index.apply(List.of(new Change.Remove(id(3))), 42);
            index.commit();
        }
        assertThat(deleted()).isEqualTo(1);
        try (LuceneImageIndex index = open()) {
            index.apply(List.of(new Change.Remove(id(4), true)), 43);
            index.commit();
            assertThat(dump(index)).hasSize(98);
        }
        assertThat(deleted()).isZero();
    }

    /** Documents that are in the files and nobody finds any more. */
    private int deleted() throws IOException {
        try (Stream<Path> folders = Files.walk(home)) {
            Path index =
                    folders.filter(file -> file.getFileName().toString().startsWith("segments_"))
                            .findFirst()
                            .orElseThrow()
                            .getParent();
            try (Directory directory = FSDirectory.open(index);
                    DirectoryReader reader = DirectoryReader.open(directory)) {
                return reader.numDeletedDocs();
            }
        }
    }

    @Test
    void reopeningKeepsImagesAndSequence() {
        List<IndexEntry> before;
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 100), 41);
            index.apply(List.of(new Change.Remove(id(3))), 42);
            before = dump(index);
        }
        try (LuceneImageIndex index = open()) {
            assertThat(index.sequence()).isEqualTo(42);
            assertThat(dump(index)).hasSize(99).usingRecursiveComparison().isEqualTo(before);
            assertCode(() -> index.apply(List.of(), 41), IndexException.Code.SEQUENCE);
            index.apply(puts(200, 201), 43);
            assertThat(index.count(everything())).isEqualTo(100);
        }
    }

    @Test
    void aCrashAnywhereDuringABatchShowsTheOldStateOrTheNew() throws IOException {
        // Every step that reaches the disk fails in turn; what is then on the disk is opened as
        // after a power cut.
        boolean completed = false;
        int steps = 0;
        for (; !completed; steps++) {
            Path crashed = home.resolve("crash-" + steps);
            try (LuceneImageIndex index =
                    LuceneImageIndex.open(crashed, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
                index.apply(puts(0, 10), 1);
            }
            FailingDirectory directory = new FailingDirectory(crashed);
            LuceneImageIndex index =
                    new LuceneImageIndex(directory, IndexContent.of(SPACE), HnswConfig.DEFAULT);
            directory.failAfter(steps);
            try {
                index.apply(replaceAll(), 2);
                index.commit();
                completed = true;
            } catch (IndexException e) {
                assertThat(e.code()).isEqualTo(IndexException.Code.IO);
            }
            Path copy = copy(crashed, home.resolve("after-" + steps));
            try (LuceneImageIndex after =
                    LuceneImageIndex.open(copy, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
                boolean old = after.sequence() == 1;
                assertThat(after.sequence()).isBetween(1L, 2L);
                assertThat(after.eligible(everything(), 1000))
                        .as("step %d", steps)
                        .hasSize(10)
                        .first()
                        .isEqualTo(old ? id(0) : id(100));
                after.verifyChecksums();
            }
            if (!completed) {
                // The same index goes on once the disk is back, from what it then says.
                assertThat(index.eligible(everything(), 1000)).hasSize(10);
                directory.failAfter(Integer.MAX_VALUE);
                applyAfterFailure(index);
            }
            assertThat(index.sequence()).isEqualTo(2);
            assertThat(index.eligible(everything(), 1000)).hasSize(10).first().isEqualTo(id(100));
            index.close();
        }
        assertThat(steps).isGreaterThan(4);
    }

    private static void applyAfterFailure(LuceneImageIndex index) {
        try {
            index.apply(replaceAll(), 2);
        } catch (IndexException e) {
            assertThat(e).hasMessageContaining("fell back to sequence 1");
            assertThat(index.sequence()).isEqualTo(1);
            index.apply(replaceAll(), 2);
        }
    }

    @Test
    void aBatchIsVisibleAtOnceAndOnTheDiskWithinASecond() throws Exception {
        try (LuceneImageIndex index = open();
                LuceneImageSearch reader = openReader()) {
            index.apply(puts(0, 10), 1);
            assertThat(index.sequence()).isEqualTo(1);
            assertThat(index.count(everything())).isEqualTo(10);
            Path killed = copy(home, home.resolve("killed"));
            try (LuceneImageIndex after =
                    LuceneImageIndex.open(killed, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
                assertThat(after.sequence()).isZero();
                assertThat(dump(after)).isEmpty();
            }
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (reader.sequence() != 1 && System.nanoTime() < deadline) {
                Thread.sleep(20);
                reader.refresh();
            }
            assertThat(reader.count(everything())).isEqualTo(10);
        }
    }

    /**
     * What it showed and the disk refused has to come again, and it says so before it takes more.
     */
    @Test
    void whatWasShownStaysWhenItsCommitFailsAndHasToComeAgain() throws IOException {
        FailingDirectory directory = new FailingDirectory(home);
        try (LuceneImageIndex index =
                new LuceneImageIndex(directory, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            index.apply(puts(0, 5), 1);
            index.commit();
            index.apply(puts(5, 10), 2);
            directory.failAfter(0);
            assertCode(index::commit, IndexException.Code.IO);
            directory.failAfter(Integer.MAX_VALUE);
            assertThatThrownBy(() -> index.apply(puts(10, 15), 3))
                    .hasMessageContaining("fell back to sequence 1");
            assertThat(index.sequence()).isEqualTo(1);
            // Who has waited for an image that was shown still finds it.
            assertThat(index.count(everything())).isEqualTo(10);
            index.apply(puts(5, 8), 1);
            assertThat(index.count(everything())).isEqualTo(10);
            index.apply(puts(5, 15), 3);
            assertThat(index.count(everything())).isEqualTo(15);
        }
        try (LuceneImageIndex index = open()) {
            assertThat(index.sequence()).isEqualTo(3);
            assertThat(index.count(everything())).isEqualTo(15);
        }
    }

    @Test
    void aCommitInTheMidstOfABatchLeavesTheSequenceThatTakesTheBatchAgain() throws IOException {
        Path killed =
                killedAfterACommit(
                        lucene -> lucene.addDocument(ImageDocuments.write(image(5, axis(D, 5)))),
                        lucene -> lucene.addDocument(ImageDocuments.write(image(6, axis(D, 6)))),
                        2);
        try (LuceneImageIndex after =
                LuceneImageIndex.open(killed, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            assertThat(after.sequence()).isEqualTo(1);
            assertThat(after.count(everything())).isEqualTo(6);
            after.apply(puts(5, 7), 2);
            assertThat(after.eligible(everything(), 1000)).hasSize(7).doesNotHaveDuplicates();
        }
    }

    /** A commit chooses its documents first: it must not then name a batch that has ended since. */
    @Test
    void aCommitThatABatchOvertakesDoesNotClaimIt() throws Exception {
        CountDownLatch flushing = new CountDownLatch(1);
        CountDownLatch stampable = new CountDownLatch(1);
        AtomicReference<Thread> committer = new AtomicReference<>();
        Directory directory =
                new FilterDirectory(FSDirectory.open(home)) {
                    @Override
                    public IndexOutput createOutput(String name, IOContext context)
                            throws IOException {
                        if (Thread.currentThread() == committer.get()) {
                            flushing.countDown();
                            await(stampable);
                        }
                        return super.createOutput(name, context);
                    }
                };
        Path killed = home.resolve("killed");
        try (CommitWriter writer =
                new CommitWriter(
                        directory,
                        IndexContent.of(SPACE),
                        new Lucene99HnswVectorsFormat(),
                        false)) {
            writer.write(
                    lucene -> {
                        lucene.addDocument(ImageDocuments.write(image(0, axis(D, 0))));
                        // As a commit does that has begun before the batch.
                        committer.set(Thread.ofPlatform().unstarted(commit(lucene, killed)));
                        committer.get().start();
                        await(flushing);
                        lucene.addDocument(ImageDocuments.write(image(1, axis(D, 1))));
                        // What comes after this batch waits for the commit; let it get there.
                        CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS)
                                .execute(stampable::countDown);
                    },
                    CommitStamp.now(IndexContent.of(SPACE), 1));
            committer.get().join();
        }
        try (LuceneImageIndex after =
                LuceneImageIndex.open(killed, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            assertThat(after.eligible(everything(), 1000)).containsExactly(id(0));
            assertThat(after.sequence()).isZero();
        }
        try (LuceneImageIndex after = open()) {
            assertThat(after.eligible(everything(), 1000)).containsExactly(id(0), id(1));
            assertThat(after.sequence()).isEqualTo(1);
        }
    }

    private Runnable commit(IndexWriter lucene, Path killed) {
        return () -> {
            try {
                lucene.commit();
                IndexSnapshots.take(home, killed); // the batch goes on writing files beside it
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A commit between the deletion of everything and its sequence must not claim the old one. */
    @Test
    void aCommitInTheMidstOfClearingStartsAgain() throws IOException {
        Path killed = killedAfterACommit(IndexWriter::deleteAll, lucene -> {}, 0);
        try (LuceneImageIndex after =
                LuceneImageIndex.open(killed, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            assertThat(after.sequence()).isZero();
            assertThat(dump(after)).isEmpty();
        }
    }

    /** Five images at sequence 1, then a batch; what the disk held after a commit in its midst. */
    private Path killedAfterACommit(
            CommitWriter.Writing before, CommitWriter.Writing after, long sequence)
            throws IOException {
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 5), 1);
        }
        Path killed = home.resolve("killed");
        try (CommitWriter writer =
                CommitWriter.open(
                        home, IndexContent.of(SPACE), new Lucene99HnswVectorsFormat(), false)) {
            writer.write(
                    lucene -> {
                        before.to(lucene);
                        writer.commit();
                        copy(home, killed);
                        after.to(lucene);
                    },
                    CommitStamp.now(IndexContent.of(SPACE), sequence));
        }
        return killed;
    }

    @Test
    void filesOfAnUnfinishedBatchAreNoMatter() throws IOException {
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 10), 1);
            index.commit();
            copy(home, home.resolve("copy"));
            index.apply(puts(10, 20), 2);
            index.commit();
            // Everything of the second batch but the commit that names it.
            try (Stream<Path> files = Files.list(home)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Path target = home.resolve("copy").resolve(file.getFileName());
                    if (!Files.exists(target)
                            && !file.getFileName().toString().startsWith("segments")) {
                        Files.copy(file, target);
                    }
                }
            }
        }
        Files.write(home.resolve("copy").resolve("pending_segments_9"), new byte[] {1, 2, 3});
        try (LuceneImageIndex index =
                LuceneImageIndex.open(
                        home.resolve("copy"), IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            assertThat(index.sequence()).isEqualTo(1);
            assertThat(index.count(everything())).isEqualTo(10);
            index.apply(puts(10, 20), 2);
            assertThat(index.count(everything())).isEqualTo(20);
        }
    }

    @Test
    void aSecondWriterIsRefusedAndTheFirstGoesOn() {
        try (LuceneImageIndex index = open()) {
            assertCode(this::open, IndexException.Code.LOCKED);
            assertCode(
                    () ->
                            LuceneImageIndex.recreate(
                                    home, IndexContent.of(SPACE), HnswConfig.DEFAULT),
                    IndexException.Code.LOCKED);
            index.apply(puts(0, 1), 1);
            assertThat(index.count(everything())).isEqualTo(1);
        }
    }

    @Test
    void aReaderBesideTheWriterSeesEachCommitOnceRefreshed() {
        assertCode(this::openReader, IndexException.Code.MISSING);
        try (LuceneImageIndex index = open();
                LuceneImageSearch reader = openReader()) {
            index.apply(puts(0, 10), 1);
            index.commit();
            assertThat(reader.sequence()).isZero();
            assertThat(reader.count(everything())).isZero();
            reader.refresh();
            assertThat(reader.sequence()).isEqualTo(1);
            assertThat(reader.search(axis(D, 0), everything(), 3))
                    .isEqualTo(index.search(axis(D, 0), everything(), 3));
            index.clear();
            assertThat(reader.count(everything())).isEqualTo(10);
            reader.refresh();
            assertThat(reader.sequence()).isZero();
            assertThat(reader.count(everything())).isZero();
        }
    }

    @Test
    void aReaderFollowsAnIndexThatWasRecreated() {
        open().close();
        try (LuceneImageSearch reader = openReader();
                LuceneImageIndex index =
                        LuceneImageIndex.recreate(
                                home, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            index.apply(puts(5, 8), 1);
            index.commit();
            reader.refresh();
            assertThat(reader.eligible(everything(), 1000)).containsExactly(id(5), id(6), id(7));
        }
    }

    @Test
    void anotherSpaceIsRefusedAndTheFilesStay() {
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 2), 1);
        }
        EmbeddingSpace retrained =
                new EmbeddingSpace("fixture", "0123456789abcdee", Level.IMAGE, D);
        assertThatThrownBy(() ->
                        LuceneImageIndex.open(home, IndexContent.of(retrained), HnswConfig.DEFAULT))
                .isInstanceOfSatisfying(
                        IndexException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(IndexException.Code.OTHER_SPACE);
                            assertThat(e.rebuildable()).isTrue();
                        });
        assertCode(
                () -> LuceneImageSearch.open(home, IndexContent.of(retrained), HnswConfig.DEFAULT),
                IndexException.Code.OTHER_SPACE);
        try (LuceneImageIndex index = open()) {
            assertThat(index.count(everything())).isEqualTo(2);
        }
        try (LuceneImageIndex index =
                LuceneImageIndex.recreate(home, IndexContent.of(retrained), HnswConfig.DEFAULT)) {
            assertThat(index.sequence()).isZero();
            assertThat(dump(index)).isEmpty();
        }
    }

    @Test
    void anIndexThatKnowsPatientsByAnotherKeyIsNeitherWrittenNorRead() {
        IndexContent mine = new IndexContent(SPACE, "1f".repeat(16));
        IndexContent others = new IndexContent(SPACE, "2e".repeat(16));
        // As versions of before wrote it, and then under one secret after the other.
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 2), 1);
        }
        for (IndexContent wrong : List.of(mine, others)) {
            assertCode(
                    () -> LuceneImageIndex.open(home, wrong, HnswConfig.DEFAULT),
                    IndexException.Code.OTHER_KEYS);
            assertCode(
                    () -> LuceneImageSearch.open(home, wrong, HnswConfig.DEFAULT),
                    IndexException.Code.OTHER_KEYS);
            try (LuceneImageIndex made =
                    LuceneImageIndex.recreate(home, wrong, HnswConfig.DEFAULT)) {
                assertThat(dump(made)).isEmpty();
                made.apply(puts(0, 3), 1);
                made.commit();
            }
        }
        try (LuceneImageSearch reader = LuceneImageSearch.open(home, others, HnswConfig.DEFAULT)) {
            try (LuceneImageIndex made =
                    LuceneImageIndex.recreate(home, mine, HnswConfig.DEFAULT)) {
                made.apply(puts(0, 9), 1);
                made.commit();
                assertCode(reader::refresh, IndexException.Code.OTHER_KEYS);
                assertThat(reader.count(everything())).as("what fits stays").isEqualTo(3);
            }
        }
        assertThat(new IndexException.Code[] {IndexException.Code.OTHER_KEYS})
                .allSatisfy(
                        code -> assertThat(IndexException.of(code, "told").rebuildable()).isTrue());
    }

    @Test
    void aDamagedIndexIsRefusedAndCanBeRecreated() throws IOException {
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 10), 1);
        }
        for (Path file : lucene("segments_")) {
            Files.write(file, new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
        }
        Files.writeString(home.resolve("notes.txt"), "not Lucene's");
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        IndexException.class, e -> assertThat(e.rebuildable()).isTrue());
        try (LuceneImageIndex index =
                LuceneImageIndex.recreate(home, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            assertThat(dump(index)).isEmpty();
            index.apply(puts(0, 3), 1);
            assertThat(index.count(everything())).isEqualTo(3);
        }
        assertThat(home.resolve("notes.txt")).exists();
    }

    @Test
    void aMissingSegmentIsCorruption() throws IOException {
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 10), 1);
        }
        for (Path file : lucene("_")) {
            Files.delete(file);
        }
        assertCode(this::open, IndexException.Code.CORRUPT);
        LuceneImageIndex.recreate(home, IndexContent.of(SPACE), HnswConfig.DEFAULT).close();
    }

    @Test
    void aFlippedByteIsFoundByTheChecksums() throws IOException {
        try (LuceneImageIndex index = open()) {
            index.apply(puts(0, 10), 1);
            index.verifyChecksums();
        }
        Path largest =
                lucene("_").stream()
                        .max(Comparator.comparingLong(file -> file.toFile().length()))
                        .orElseThrow();
        byte[] bytes = Files.readAllBytes(largest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(largest, bytes);
        try (LuceneImageIndex index = open()) {
            assertCode(index::verifyChecksums, IndexException.Code.CORRUPT);
        }
    }

    @Test
    void aClosedIndexSaysSo() {
        LuceneImageIndex index = open();
        index.close();
        index.close();
        assertCode(() -> index.apply(List.of(), 1), IndexException.Code.CLOSED);
        assertCode(() -> index.search(axis(D, 0), everything(), 1), IndexException.Code.CLOSED);
        open().close();
    }

    private LuceneImageIndex open() {
        return LuceneImageIndex.open(home, IndexContent.of(SPACE), HnswConfig.DEFAULT);
    }

    private LuceneImageSearch openReader() {
        return LuceneImageSearch.open(home, IndexContent.of(SPACE), HnswConfig.DEFAULT);
    }

    private List<Path> lucene(String prefix) throws IOException {
        try (Stream<Path> files = Files.list(home)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        }
    }

    private static List<Change> puts(int from, int to) {
        List<Change> changes = new ArrayList<>();
        for (int i = from; i < to; i++) {
            changes.add(new Change.Put(image(i, axis(D, i % D))));
        }
        return changes;
    }

    /** Images 0 to 9 go, 100 to 109 come. */
    private static List<Change> replaceAll() {
        List<Change> changes = new ArrayList<>(puts(100, 110));
        for (int i = 0; i < 10; i++) {
            changes.add(new Change.Remove(id(i)));
        }
        return changes;
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    /**
     * A disk that fails for good after a number of steps. A file that was not synced loses its
     * second half, as after a power cut.
     */
    private static final class FailingDirectory extends FilterDirectory {
        private final Path path;
        private int left = Integer.MAX_VALUE;

        FailingDirectory(Path path) throws IOException {
            super(FSDirectory.open(path));
            this.path = path;
        }

        void failAfter(int steps) {
            left = steps;
        }

        @Override
        public void sync(Collection<String> names) throws IOException {
            for (String name : names) {
                if (left == 0) {
                    cut(path.resolve(name));
                }
                step();
                in.sync(List.of(name));
            }
        }

        @Override
        public void rename(String source, String dest) throws IOException {
            step();
            in.rename(source, dest);
        }

        @Override
        public void syncMetaData() throws IOException {
            step();
            in.syncMetaData();
        }

        @Override
        public IndexOutput createOutput(String name, IOContext context) throws IOException {
            step();
            return in.createOutput(name, context);
        }

        private void step() throws IOException {
            if (left == 0) {
                throw new IOException("no disk");
            }
            left--;
        }

        private static void cut(Path file) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
        }
    }
}
