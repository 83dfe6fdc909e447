package org.precedent.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.Sha256;

class FileBlobStoreTest {
    @TempDir Path root;

    @Test
    void bytesComeBackUnderTheirHash() {
        FileBlobStore store = new FileBlobStore(root);
        byte[] bytes = "precedent".getBytes(StandardCharsets.UTF_8);

        String sha256 = store.put(bytes);

        assertThat(sha256)
                .isEqualTo("aac6f77508eb3000f7cf83cc747f88e8eb8bee9a07f7833c3f23a62708979b03");
        assertThat(store.get(sha256)).isEqualTo(bytes);
        assertThat(store.contains(sha256)).isTrue();
        assertThat(new FileBlobStore(root).get(sha256)).isEqualTo(bytes);
    }

    @Test
    void theSameBytesTwiceAreOneFile() throws IOException {
        FileBlobStore store = new FileBlobStore(root);
        store.put(new byte[1000]);
        store.put(new byte[1000]);
        assertThat(files()).hasSize(1);
    }

    @Test
    void aDamagedBlobIsNotHandedOut() throws IOException {
        FileBlobStore store = new FileBlobStore(root);
        String sha256 = store.put("mask".getBytes(StandardCharsets.UTF_8));
        Files.write(files().getFirst(), new byte[] {1, 2, 3});
        assertThatThrownBy(() -> store.get(sha256))
                .isInstanceOf(BlobException.class)
                .hasMessageContaining(sha256);
    }

    @Test
    void anotherBlobUnderTheNameIsNotHandedOut() throws IOException {
        FileBlobStore store = new FileBlobStore(root);
        String one = store.put("one".getBytes(StandardCharsets.UTF_8));
        Path fileOfOne = files().getFirst();
        store.put("two".getBytes(StandardCharsets.UTF_8));
        Path fileOfTwo =
                files().stream().filter(f -> !f.equals(fileOfOne)).findFirst().orElseThrow();
        Files.copy(fileOfTwo, fileOfOne, StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> store.get(one))
                .isInstanceOfSatisfying(
                        BlobException.class,
                        e -> assertThat(e.code()).isEqualTo(BlobException.Code.BLOB_CORRUPT));
    }

    @Test
    void aMissingBlobSaysSo() {
        String sha256 = Sha256.of("nowhere");
        assertThatThrownBy(() -> new FileBlobStore(root).get(sha256))
                .isInstanceOfSatisfying(
                        BlobException.class,
                        e -> assertThat(e.code()).isEqualTo(BlobException.Code.BLOB_MISSING));
    }

    @Test
    void aNameThatIsNoHashNeverBecomesAPath() {
        assertThatThrownBy(() -> new FileBlobStore(root).get("../../etc/passwd"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatAnInterruptedWriteLeftIsRemovedOnceItIsOld() throws IOException {
        Path folder = Files.createDirectories(root.resolve("ab"));
        Path abandoned = Files.writeString(folder.resolve("x.partial"), "half");
        Path underWay = Files.writeString(folder.resolve("y.partial"), "half");
        Files.setLastModifiedTime(abandoned, FileTime.from(Instant.now().minusSeconds(3600)));
        new FileBlobStore(root);
        assertThat(abandoned).doesNotExist();
        assertThat(underWay).exists();
    }

    @Test
    void manyWritersOfTheSameBytesAgree() throws Exception {
        FileBlobStore store = new FileBlobStore(root);
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
        assertThat(files()).hasSize(1);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
