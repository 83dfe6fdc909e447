package org.precedent.blob.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.Sha256;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.blob.BlobStoreContractTest;
import org.precedent.blob.StoredForm;

class S3BlobStoreTest extends BlobStoreContractTest {
    @TempDir Path folder;
    private final SmallS3 s3;

    S3BlobStoreTest() throws IOException {
        s3 = new SmallS3();
    }

    @AfterEach
    void stop() {
        s3.close();
    }

    private S3Settings settings() {
        return S3Settings.of(s3.endpoint(), SmallS3.ACCESS_KEY, SmallS3.SECRET_KEY);
    }

    private BlobStore open(S3Config settings) {
        return new S3BlobStore(
                settings, SmallS3.BUCKET, folder.resolve("cache"), Clock.systemUTC());
    }

    @Override
    protected BlobStore create() {
        return open(settings());
    }

    @Override
    protected void store(String sha256, byte[] stored) {
        s3.objects.computeIfPresent(
                StoredForm.key(sha256), (key, one) -> new SmallS3.Kept(stored, one.at()));
    }

    @Override
    protected void age(String sha256, Duration age) {
        s3.age(StoredForm.key(sha256), age);
    }

    @Test
    void aYoungBlobIsNotSentAgain() {
        store.put(text("once"));
        s3.requests.clear();
        String sha256 = store.put(text("once"));
        String key = StoredForm.key(sha256);
        assertThat(s3.requests).containsExactly("PUT " + key, "GET " + key);
    }

    @Test
    void aStoreWithoutConditionalPutsIsWrittenToAllTheSame() {
        AtomicInteger puts = new AtomicInteger();
        s3.failing =
                request ->
                        request.startsWith("PUT") && puts.getAndIncrement() == 0
                                ? Optional.of(new SmallS3.Failure(501, "NotImplemented"))
                                : Optional.empty();
        String sha256 = store.put(text("plain"));
        store.verify(sha256);
    }

    @Test
    void aConflictWithAnotherWriterEndsInOneWholeBlob() {
        AtomicInteger puts = new AtomicInteger();
        s3.failing =
                request ->
                        request.startsWith("PUT") && puts.getAndIncrement() == 0
                                ? Optional.of(
                                        new SmallS3.Failure(409, "ConditionalRequestConflict"))
                                : Optional.empty();
        String sha256 = store.put(text("both"));
        store.verify(sha256);
        assertThat(listed()).hasSize(1);
    }

    @Test
    void whatFailsOnceIsTriedAgain() {
        AtomicInteger tries = new AtomicInteger();
        s3.failing =
                request ->
                        tries.getAndIncrement() % 2 == 0
                                ? Optional.of(new SmallS3.Failure(503, "SlowDown"))
                                : Optional.empty();
        String sha256 = store.put(text("patience"));
        assertThat(store.get(sha256)).isEqualTo(text("patience"));
    }

    @Test
    void aStoreThatFailsIsBusyAndNothingIsCalledLost() {
        String sha256 = store.put(text("there"));
        for (SmallS3.Failure failure :
                new SmallS3.Failure[] {
                    new SmallS3.Failure(500, "InternalError"),
                    new SmallS3.Failure(403, "AccessDenied"),
                    new SmallS3.Failure(404, "NoSuchBucket")
                }) {
            s3.failing = request -> Optional.of(failure);
            busy(BlobException.Code.BLOB_NOT_READ, () -> store.get(sha256));
            busy(BlobException.Code.BLOB_NOT_WRITTEN, () -> store.put(text("other")));
        }
        s3.close();
        busy(BlobException.Code.BLOB_NOT_READ, () -> store.get(sha256));
        busy(BlobException.Code.BLOB_NOT_READ, () -> store.contains(sha256));
        busy(BlobException.Code.BLOB_NOT_WRITTEN, () -> store.put(text("other")));
        busy(BlobException.Code.BLOB_NOT_WRITTEN, () -> store.delete(sha256));
    }

    private static void busy(BlobException.Code code, Runnable doing) {
        assertThatThrownBy(doing::run)
                .isInstanceOfSatisfying(
                        BlobException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(code);
                            assertThat(e.kind()).isEqualTo(DomainException.Kind.BUSY);
                        });
    }

    @Test
    void aWrongKeyIsRefusedAtTheStart() {
        for (S3Config wrong :
                new S3Config[] {
                    S3Settings.of(s3.endpoint(), SmallS3.ACCESS_KEY, "guessed"),
                    S3Settings.of(s3.endpoint(), "nobody", SmallS3.SECRET_KEY)
                }) {
            assertThatThrownBy(() -> open(wrong))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("precedent.blob.s3.bucket")
                    .hasMessageContaining("403");
        }
    }

    @Test
    void halfAKeyAndAWrongAddressAreRefusedAtTheStart() {
        assertThatThrownBy(() -> open(settings().withKeys(Optional.of("key"), Optional.empty())))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("secret-key");
        assertThatThrownBy(
                        () -> open(S3Settings.of(URI.create("http://127.0.0.1:1"), "key", "key")))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("http://127.0.0.1:1");
    }

    @Test
    void aBucketIsSharedByPrefix() {
        try (BlobStore other = open(settings().withPrefix("other/"))) {
            String sha256 = other.put(text("theirs"));
            assertThat(store.contains(sha256)).isFalse();
            assertThat(listed()).isEmpty();
            assertThat(s3.objects).containsOnlyKeys("other/" + StoredForm.key(sha256));
            try (var all = other.list()) {
                assertThat(all.map(BlobStore.Stored::sha256)).containsExactly(sha256);
            }
        }
    }

    @Test
    void checksumsOfTheSdkAreASetting() {
        try (BlobStore summed = open(settings().withChecksums(S3Config.Checksums.WHEN_SUPPORTED))) {
            assertThat(summed.get(summed.put(text("summed")))).isEqualTo(text("summed"));
        }
    }

    @Test
    void whatWasReadIsReadAgainFromThisNodesDisk() {
        String sha256 = store.put(text("near"));
        try (BlobStore cached = open(settings().withCache(1 << 20))) {
            assertThat(cached.get(sha256)).isEqualTo(text("near"));
            s3.requests.clear();
            assertThat(cached.get(sha256)).isEqualTo(text("near"));
            assertThat(s3.requests).isEmpty();
        }
        try (BlobStore again = open(settings().withCache(1 << 20))) {
            s3.requests.clear();
            assertThat(again.get(sha256)).isEqualTo(text("near"));
            assertThat(s3.requests).isEmpty();
        }
    }

    @Test
    void theCacheHidesNeitherLossNorDamageFromWhoeverChecks() {
        try (BlobStore cached = open(settings().withCache(1 << 20))) {
            String sha256 = cached.put(text("checked"));
            store(sha256, new byte[] {1});
            assertThat(cached.get(sha256)).isEqualTo(text("checked"));
            refused(BlobException.Code.BLOB_CORRUPT, sha256, () -> cached.verify(sha256));
            s3.objects.clear();
            assertThat(cached.contains(sha256)).isFalse();
            refused(BlobException.Code.BLOB_MISSING, sha256, () -> cached.verify(sha256));
        }
    }

    @Test
    void whatIsDeletedIsNotInTheCacheEither() throws IOException {
        try (BlobStore cached = open(settings().withCache(1 << 20))) {
            String sha256 = cached.put(text("erased"));
            Path copy = folder.resolve("cache").resolve(StoredForm.key(sha256));
            assertThat(copy).exists();
            cached.delete(sha256);
            assertThat(copy).doesNotExist();
            refused(BlobException.Code.BLOB_MISSING, sha256, () -> cached.get(sha256));
        }
    }

    @Test
    void aDamagedCopyIsFetchedAgain() throws IOException {
        try (BlobStore cached = open(settings().withCache(1 << 20))) {
            String sha256 = cached.put(text("copied"));
            Path copy = folder.resolve("cache").resolve(StoredForm.key(sha256));
            Files.write(copy, new byte[] {1, 2, 3});
            assertThat(cached.get(sha256)).isEqualTo(text("copied"));
            assertThat(StoredForm.inflate(sha256, Files.readAllBytes(copy)))
                    .isEqualTo(text("copied"));
        }
    }

    /** The name of a blob that nobody put. */
    @Test
    void aBlobThatNobodyPutIsMissingWithACacheToo() {
        try (BlobStore cached = open(settings().withCache(1 << 20))) {
            String sha256 = Sha256.of("nowhere");
            refused(BlobException.Code.BLOB_MISSING, sha256, () -> cached.get(sha256));
        }
    }
}
