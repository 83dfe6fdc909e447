package org.precedent.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What all named files promise. */
public abstract class NamedFilesContractTest {
    protected NamedFiles files;

    /** Another view of the same files: of another process or another node. */
    protected abstract NamedFiles open();

    @BeforeEach
    final void openFiles() {
        files = open();
    }

    @AfterEach
    final void closeFiles() {
        files.close();
    }

    protected static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void givesBackWhatWasWrittenLast() {
        assertThat(files.read("net/ab/1.bin")).isEmpty();
        assertThat(files.contains("net/ab/1.bin")).isFalse();
        files.write("net/ab/1.bin", text("one"));
        assertThat(files.read("net/ab/1.bin")).contains(text("one"));
        files.write("net/ab/1.bin", text("two"));
        assertThat(files.read("net/ab/1.bin")).contains(text("two"));
        assertThat(files.contains("net/ab/1.bin")).isTrue();
        try (NamedFiles others = open()) {
            assertThat(others.readNow("net/ab/1.bin")).contains(text("two"));
        }
        files.write("net/empty", new byte[0]);
        assertThat(files.read("net/empty").map(bytes -> bytes.length)).isEqualTo(Optional.of(0));
    }

    @Test
    void whatOthersWriteIsSeenByWhoeverAsksForNow() {
        files.write("sequence", text("1"));
        assertThat(files.readNow("sequence")).contains(text("1"));
        try (NamedFiles others = open()) {
            others.write("sequence", text("2"));
        }
        assertThat(files.readNow("sequence")).contains(text("2"));
    }

    @Test
    void aFolderListsWhatLiesDirectlyInIt() {
        for (int i = 0; i < 25; i++) {
            files.write("net/ab/image/" + i + ".bin", text("x"));
        }
        files.write("net/cd/other/1.bin", text("x"));
        files.write("net/sequence", text("1"));
        files.write("network/sequence", text("1"));
        assertThat(files.list("")).containsExactlyInAnyOrder("net", "network");
        assertThat(files.list("net")).containsExactlyInAnyOrder("ab", "cd", "sequence");
        assertThat(files.list("net/ab")).containsExactly("image");
        assertThat(files.list("net/ab/image")).hasSize(25).contains("0.bin", "24.bin");
        assertThat(files.list("nowhere/at/all")).isEmpty();
        assertThat(files.list("net/sequence/x")).isEmpty();
    }

    @Test
    void whatIsDeletedIsGoneAndItsFolderWithIt() {
        files.write("net/ab/image/1.bin", text("one"));
        files.write("net/ab/image/2.bin", text("two"));
        assertThat(files.read("net/ab/image/1.bin")).isPresent();
        files.delete("net/ab/image/1.bin");
        assertThat(files.read("net/ab/image/1.bin")).isEmpty();
        assertThat(files.list("net/ab/image")).isEqualTo(List.of("2.bin"));
        files.delete("net/ab/image/2.bin");
        files.delete("net/ab/image/2.bin");
        assertThat(files.list("net/ab/image")).isEmpty();
        assertThat(files.list("net/ab")).isEmpty();
    }

    @Test
    void oneProcessOfAMachineHasTheLock() {
        try (NamedFiles.Lock first = files.lock("net").orElseThrow();
                NamedFiles others = open()) {
            assertThat(others.lock("net")).isEmpty();
            assertThat(files.lock("net")).isEmpty();
            first.close();
            try (NamedFiles.Lock second = others.lock("net").orElseThrow()) {
                assertThat(files.lock("net")).isEmpty();
                assertThat(second).isNotNull();
            }
        }
    }
}
