package org.precedent.index.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.index.ImageFixtures.dump;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexException;

class IndexSnapshotsTest {
    private static final EmbeddingSpace SPACE = ImageFixtures.space(32);

    @TempDir Path folder;

    @Test
    void aSnapshotIsTheIndexAsItWasAndComesBackOverALaterOne() {
        Path home = folder.resolve("index");
        try (LuceneImageIndex index =
                LuceneImageIndex.open(home, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            put(index, 1, 10);
            index.commit();
            assertThat(IndexSnapshots.take(home, folder.resolve("copy"))).isEqualTo(10);
            put(index, 11, 40);
            assertThatThrownBy(() -> IndexSnapshots.restore(folder.resolve("copy"), home))
                    .isInstanceOfSatisfying(
                            IndexException.class,
                            e -> assertThat(e.code()).isEqualTo(IndexException.Code.LOCKED));
        }
        IndexSnapshots.restore(folder.resolve("copy"), home);
        try (LuceneImageIndex index =
                LuceneImageIndex.open(home, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            assertThat(index.sequence()).isEqualTo(10);
            assertThat(dump(index)).hasSize(10).extracting(IndexEntry::imageId).contains(id(10));
            put(index, 11, 12);
            assertThat(dump(index)).hasSize(12);
        }
    }

    @Test
    void aSnapshotTakenWhileTheIndexIsWrittenHoldsAllThatItsSequenceSays()
            throws InterruptedException {
        Path home = folder.resolve("index");
        AtomicBoolean done = new AtomicBoolean();
        try (LuceneImageIndex index =
                LuceneImageIndex.open(home, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            Thread writing =
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 1; !done.get(); i++) {
                                    put(index, i, i);
                                }
                            });
            for (int s = 0; s < 20; s++) {
                Path copy = folder.resolve("copy" + s);
                index.commit();
                long sequence = IndexSnapshots.take(home, copy);
                try (LuceneImageSearch search =
                        LuceneImageSearch.open(copy, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
                    assertThat(search.sequence()).isEqualTo(sequence);
                    // And perhaps the image that was being put.
                    assertThat(dump(search)).hasSizeBetween((int) sequence, (int) sequence + 1);
                }
            }
            done.set(true);
            writing.join();
            assertThat(index.sequence()).isGreaterThan(20);
        }
    }

    @Test
    void aDamagedSnapshotIsRefusedAndTheIndexStays() throws IOException {
        Path home = folder.resolve("index");
        Path copy = folder.resolve("copy");
        try (LuceneImageIndex index =
                LuceneImageIndex.open(home, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            put(index, 1, 20);
        }
        IndexSnapshots.take(home, copy);
        assertThatThrownBy(() -> IndexSnapshots.take(home, copy))
                .hasMessageContaining("exists: name a directory that does not");
        Path largest;
        try (Stream<Path> files = Files.list(copy)) {
            largest =
                    files.max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
                            .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(largest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(largest, bytes);

        assertThatThrownBy(() -> IndexSnapshots.restore(copy, home))
                .isInstanceOfSatisfying(
                        IndexException.class,
                        e -> assertThat(e.code()).isEqualTo(IndexException.Code.CORRUPT));
        try (LuceneImageIndex index =
                LuceneImageIndex.open(home, IndexContent.of(SPACE), HnswConfig.DEFAULT)) {
            assertThat(dump(index)).hasSize(20);
        }
    }

    private static void put(LuceneImageIndex index, int from, int to) {
        for (int i = from; i <= to; i++) {
            float[] vector = ImageFixtures.random(32, new Random(i));
            index.apply(List.of(new Change.Put(image(i, vector))), i);
        }
    }
}
