package org.precedent.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.Sha256;

/** What every blob store promises, wherever it keeps the bytes. */
public abstract class BlobStoreContractTest {
    protected BlobStore store;

    /** Opens the store that this test uses, empty at first; again, it is the same one. */
    protected abstract BlobStore create() throws Exception;

    /** Puts something else into the place of a blob, past the store. */
    protected abstract void store(String sha256, byte[] stored) throws Exception;

    /** Makes a blob older; does nothing where the store's clock cannot be turned back. */
    protected abstract void age(String sha256, Duration age) throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = create();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void bytesComeBackUnderTheirHash() throws Exception {
        String sha256 = store.put(text("precedent"));

        assertThat(sha256)
                .isEqualTo("aac6f77508eb3000f7cf83cc747f88e8eb8bee9a07f7833c3f23a62708979b03");
        assertThat(store.get(sha256)).isEqualTo(text("precedent"));
        assertThat(store.contains(sha256)).isTrue();
        store.verify(sha256);
        try (BlobStore again = create()) {
            assertThat(again.get(sha256)).isEqualTo(text("precedent"));
        }
    }

    @Test
    void bytesOfAnyLengthComeBack() {
        Random random = new Random(3);
        for (int length : new int[] {0, 1, 255, 8192, 3_000_000}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            assertThat(store.get(store.put(bytes))).as("%d bytes", length).isEqualTo(bytes);
        }
    }

    @Test
    void theSameBytesTwiceAreOneBlob() {
        store.put(new byte[1000]);
        store.put(new byte[1000]);
        assertThat(listed()).hasSize(1);
    }

    @Test
    void aDamagedBlobIsNotHandedOutAndHealedByTheNextPut() throws Exception {
        String sha256 = store.put(text("mask"));
        try (BlobStore fresh = damaged(sha256, new byte[] {1, 2, 3})) {
            refused(BlobException.Code.BLOB_CORRUPT, sha256, () -> fresh.verify(sha256));
        }
        assertThat(store.put(text("mask"))).isEqualTo(sha256);
        store.verify(sha256);
        assertThat(store.get(sha256)).isEqualTo(text("mask"));
    }

    @Test
    void whatIsCutOffOrIsAnotherBlobIsNotHandedOut() throws Exception {
        String sha256 = store.put(text("one"));
        byte[] whole = StoredForm.deflate(text("one"));
        for (byte[] wrong :
                List.of(
                        java.util.Arrays.copyOf(whole, whole.length - 3),
                        new byte[0],
                        StoredForm.deflate(text("two")))) {
            try (BlobStore fresh = damaged(sha256, wrong)) {
                refused(BlobException.Code.BLOB_CORRUPT, sha256, () -> fresh.verify(sha256));
            }
        }
    }

    private BlobStore damaged(String sha256, byte[] stored) throws Exception {
        store(sha256, stored);
        return create();
    }

    @Test
    void aMissingBlobSaysSo() {
        String sha256 = Sha256.of("nowhere");
        assertThat(store.contains(sha256)).isFalse();
        refused(BlobException.Code.BLOB_MISSING, sha256, () -> store.get(sha256));
        refused(BlobException.Code.BLOB_MISSING, sha256, () -> store.verify(sha256));
    }

    @Test
    void aNameThatIsNoHashNeverBecomesAPlace() {
        for (String name : List.of("../../etc/passwd", "", "A".repeat(64), "0".repeat(63) + "/")) {
            for (Runnable use :
                    List.<Runnable>of(
                            () -> store.get(name),
                            () -> store.contains(name),
                            () -> store.delete(name))) {
                assertThatThrownBy(use::run)
                        .as("\"%s\"", name)
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void whatIsDeletedIsGoneAndCanComeBack() {
        String sha256 = store.put(text("erased"));
        store.get(sha256);
        store.delete(sha256);
        assertThat(store.contains(sha256)).isFalse();
        refused(BlobException.Code.BLOB_MISSING, sha256, () -> store.get(sha256));
        store.delete(sha256);
        store.put(text("erased"));
        assertThat(store.get(sha256)).isEqualTo(text("erased"));
    }

    @Test
    void allBlobsAreListedWithTheirDateAndSize() {
        Instant before = Instant.now().minusSeconds(5);
        Map<String, byte[]> expected = new TreeMap<>();
        for (int i = 0; i < 23; i++) {
            byte[] bytes = text("blob " + i);
            expected.put(store.put(bytes), bytes);
        }
        Map<String, BlobStore.Stored> listed = listed();
        assertThat(listed.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        listed.values()
                .forEach(one -> {
                    assertThat(one.writtenAt()).isBetween(before, Instant.now().plusSeconds(5));
                    assertThat(one.bytes()).isPositive();
                });
    }

    @Test
    void aBlobThatIsPutAgainIsYoungAgain() throws Exception {
        String sha256 = store.put(text("old"));
        age(sha256, Duration.ofHours(5));
        store.put(text("old"));
        assertThat(listed().get(sha256).writtenAt())
                .isAfter(Instant.now().minus(Duration.ofMinutes(15)));
    }

    @Test
    void manyWritersOfTheSameBytesAgree() throws Exception {
        byte[] bytes = new byte[100_000];
        try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
            List<Future<String>> puts =
                    IntStream.range(0, 64)
                            .mapToObj(i -> executor.submit(() -> store.put(bytes)))
                            .toList();
            for (Future<String> put : puts) {
                assertThat(store.get(put.get())).isEqualTo(bytes);
            }
        }
        assertThat(listed()).hasSize(1);
    }

    /** All blobs, by their hash. */
    protected Map<String, BlobStore.Stored> listed() {
        Map<String, BlobStore.Stored> listed = new TreeMap<>();
        try (Stream<BlobStore.Stored> all = store.list()) {
            all.forEach(one -> assertThat(listed.put(one.sha256(), one)).isNull());
        }
        return listed;
    }

    protected static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    protected static void refused(BlobException.Code code, String sha256, Runnable doing) {
        assertThatThrownBy(doing::run)
                .isInstanceOfSatisfying(
                        BlobException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(sha256);
    }
}
