package org.precedent.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderFilesTest extends NamedFilesContractTest {
    @TempDir Path home;

    @Override
    protected NamedFiles open() {
        return new FolderFiles(home);
    }

    @Test
    void whatWasCutOffGoesWithItsFile() throws IOException {
        Files.createDirectories(home.resolve("net"));
        Files.writeString(home.resolve("net/1.bin.partial"), "cut off");
        assertThat(files.read("net/1.bin")).isEmpty();
        files.delete("net/1.bin");
        assertThat(home.resolve("net")).doesNotExist();
    }

    @Test
    void aDiskThatFailsIsNoMissingFile() throws IOException {
        Files.createDirectories(home.resolve("folder/below"));
        assertThatThrownBy(() -> files.read("folder")).isInstanceOf(UncheckedIOException.class);
    }
}
