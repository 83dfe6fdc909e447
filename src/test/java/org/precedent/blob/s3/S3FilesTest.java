package org.precedent.blob.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.blob.NamedFiles;
import org.precedent.blob.NamedFilesContractTest;

/** Named files of a bucket, with this node's copies before it. */
class S3FilesTest extends NamedFilesContractTest {
    private static final String NAME = "net/ab/image/1.bin";

    @TempDir Path here;
    private final SmallS3 s3;

    S3FilesTest() throws IOException {
        s3 = new SmallS3();
    }

    @AfterEach
    void stop() {
        s3.close();
    }

    private S3Settings settings() {
        return S3Settings.of(s3.endpoint(), SmallS3.ACCESS_KEY, SmallS3.SECRET_KEY)
                .withPrefix("site/");
    }

    @Override
    protected NamedFiles open() {
        return open(1 << 20);
    }

    private NamedFiles open(long cache) {
        return new S3Files(
                settings().withCache(cache), SmallS3.BUCKET, "encodings", here, Clock.systemUTC());
    }

    @Test
    void whatWasReadOnceComesFromThisNode() {
        files.write(NAME, text("one"));
        assertThat(s3.objects).containsOnlyKeys("site/encodings/" + NAME);
        assertThat(files.read(NAME)).contains(text("one"));
        s3.requests.clear();
        assertThat(files.read(NAME)).contains(text("one"));
        assertThat(s3.requests).isEmpty();
        s3.failing = request -> Optional.of(new SmallS3.Failure(500, "InternalError"));
        assertThat(files.read(NAME)).contains(text("one"));
    }

    @Test
    void aCopyThatIsDamagedIsFetchedAgain() throws IOException {
        files.write(NAME, text("one"));
        assertThat(files.read(NAME)).isPresent();
        try (Stream<Path> copies = Files.walk(here)) {
            for (Path copy :
                    copies.filter(file -> file.getFileName().toString().length() == 62).toList()) {
                byte[] bytes = Files.readAllBytes(copy);
                bytes[bytes.length - 1] ^= 1;
                Files.write(copy, bytes);
            }
        }
        assertThat(files.read(NAME)).contains(text("one"));
        assertThat(files.read(NAME)).contains(text("one"));
    }

    @Test
    void copiesAreBounded() throws IOException {
        files.close();
        files = open(500);
        for (int i = 0; i < 20; i++) {
            files.write("net/" + i, new byte[100]);
            assertThat(files.read("net/" + i)).isPresent();
        }
        try (Stream<Path> copies = Files.walk(here)) {
            assertThat(
                            copies.filter(Files::isRegularFile)
                                    .filter(file -> !file.getFileName().toString().contains("lock"))
                                    .mapToLong(file -> file.toFile().length())
                                    .sum())
                    .isBetween(1L, 500L);
        }
    }

    @Test
    void aStoreThatFailsIsNoMissingFile() {
        s3.failing = request -> Optional.of(new SmallS3.Failure(500, "InternalError"));
        for (Runnable one :
                new Runnable[] {
                    () -> files.read(NAME),
                    () -> files.readNow(NAME),
                    () -> files.contains(NAME),
                    () -> files.write(NAME, text("x")),
                    () -> files.delete(NAME),
                    () -> files.list("net")
                }) {
            assertThatThrownBy(one::run)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("bucket " + SmallS3.BUCKET);
        }
    }
}
