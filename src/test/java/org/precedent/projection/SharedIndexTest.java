package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.index.ImageFixtures.axis;
import static org.precedent.index.ImageFixtures.everything;
import static org.precedent.index.ImageFixtures.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexException;
import org.precedent.index.lucene.LuceneEngine;

/** What happens to an index whose files are taken away while it serves. */
class SharedIndexTest {
    private static final int D = 4;

    @TempDir Path home;

    private SharedIndex<ImageSearch, ImageIndex> open() {
        return open("1f".repeat(16));
    }

    private SharedIndex<ImageSearch, ImageIndex> open(String patientKeys) {
        IndexEngine engine = new LuceneEngine(home, patientKeys);
        return new SharedIndex<>(engine.images(ImageFixtures.space(D)), () -> true);
    }

    /** One change a step, up to the third; as an outbox would give them. */
    private static boolean feed(ImageIndex writer) {
        long next = writer.sequence() + 1;
        if (next > 3) {
            return false;
        }
        writer.apply(List.of(new Change.Put(image(next, axis(D, 0)))), next);
        return true;
    }

    private static void follow(SharedIndex<ImageSearch, ImageIndex> index) {
        int steps = 0;
        while (index.step(SharedIndexTest::feed)) {
            assertThat(++steps).isLessThan(20);
        }
    }

    @Test
    void aRemovedFolderIsMadeAnewAndFedFromTheFirstChange() throws IOException {
        SharedIndex<ImageSearch, ImageIndex> index = open();
        try {
            follow(index);
            for (int round = 0; round < 2; round++) {
                assertThat(index.search().count(everything())).isEqualTo(3);
                delete(home.resolve(index.name()));
                follow(index);
                assertThat(index.search().sequence()).isEqualTo(3);
                assertThat(index.search().search(axis(D, 0), everything(), 9).hits()).hasSize(3);
            }
        } finally {
            index.close();
        }
        SharedIndex<ImageSearch, ImageIndex> again = open();
        assertThat(again.search().sequence()).as("durable").isEqualTo(3);
        again.close();
    }

    @Test
    void anIndexOfAnotherSecretIsDroppedAndFedFromTheFirstChange() {
        for (String keys : List.of("", "1f".repeat(16), "2e".repeat(16))) {
            SharedIndex<ImageSearch, ImageIndex> index = open(keys);
            try {
                assertThat(index.search().sequence()).as("what others keyed").isZero();
                assertThat(index.search().count(everything())).isZero();
                follow(index);
                assertThat(index.search().count(everything())).isEqualTo(3);
                index.writer().commit();
            } finally {
                index.close();
            }
        }
    }

    @Test
    void anIndexThatSaysItIsDamagedIsDroppedAndOneThatIsBusyIsNot() {
        SharedIndex<ImageSearch, ImageIndex> index = open();
        try {
            follow(index);
            assertThatThrownBy(() ->
                            index.step(writer -> {
                                throw IndexException.of(IndexException.Code.IO, "told to fail");
                            }))
                    .isInstanceOf(IndexException.class);
            assertThat(index.search().sequence()).isEqualTo(3);

            boolean more =
                    index.step(writer -> {
                        throw IndexException.of(IndexException.Code.CORRUPT, "told to be damaged");
                    });

            assertThat(more).isTrue();
            assertThat(index.search().sequence()).isZero();
            follow(index);
            assertThat(index.search().count(everything())).isEqualTo(3);
        } finally {
            index.close();
        }
    }

    @Test
    void whoReadsBesideTheWriterFollowsWhatTheWriterMadeAnew() throws IOException {
        SharedIndex<ImageSearch, ImageIndex> writing = open();
        SharedIndex<ImageSearch, ImageIndex> reading = open();
        try {
            assertThat(reading.isWriter()).isFalse();
            follow(writing);
            writing.writer().commit();
            follow(reading);
            assertThat(reading.search().count(everything())).isEqualTo(3);
            delete(home.resolve(writing.name()));
            follow(writing);
            writing.writer().commit();
            follow(reading);
            assertThat(reading.isWriter()).isFalse();
            assertThat(reading.search().count(everything())).isEqualTo(3);
        } finally {
            reading.close();
            writing.close();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
