package org.precedent.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBlobStoreTest extends BlobStoreContractTest {
    @TempDir Path root;

    @Override
    protected BlobStore create() {
        return new FileBlobStore(root);
    }

    @Override
    protected void store(String sha256, byte[] stored) throws IOException {
        Files.write(root.resolve(StoredForm.key(sha256)), stored);
    }

    @Override
    protected void age(String sha256, Duration age) throws IOException {
        Files.setLastModifiedTime(
                root.resolve(StoredForm.key(sha256)), FileTime.from(Instant.now().minus(age)));
    }

    @Test
    void theSameBytesTwiceAreOneFile() throws IOException {
        FileBlobStore store = new FileBlobStore(root);
        store.put(new byte[1000]);
        store.put(new byte[1000]);
        assertThat(files()).hasSize(1);
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

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
