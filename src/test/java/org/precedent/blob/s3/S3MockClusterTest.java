package org.precedent.blob.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.blob.BlobStoreContractTest;
import org.precedent.blob.StoredForm;
import org.precedent.cluster.ServerProcess;

/** The same promises on a server that others have written. It checks no signatures. */
class S3MockClusterTest extends BlobStoreContractTest {
    private static final String BUCKET = "blobs";

    @TempDir private static Path server;
    private static @Nullable ServerProcess process;
    private static int port;

    private final String prefix = UUID.randomUUID() + "/";
    @TempDir private Path cache;

    @BeforeAll
    static void start() throws Exception {
        ServerProcess.assumeAsked();
        port = ServerProcess.freePort();
        launch();
        assertThat(send("PUT", "", new byte[0])).isEqualTo(200);
    }

    private static void launch() throws IOException, InterruptedException {
        process =
                ServerProcess.start(
                                "s3mock",
                                server,
                                List.of(
                                        "-Xmx256m",
                                        "-XX:TieredStopAtLevel=1",
                                        "com.adobe.testing.s3mock.S3MockApplication",
                                        "--server.port=0",
                                        "--http.port=" + port,
                                        "--com.adobe.testing.s3mock.http-port=" + port,
                                        "--com.adobe.testing.s3mock.store.root="
                                                + server.resolve("objects"),
                                        "--com.adobe.testing.s3mock.store.retain-files-on-exit=true"))
                        .await(URI.create("http://127.0.0.1:" + port + "/"));
    }

    @AfterAll
    static void stop() {
        if (process != null) {
            process.close();
        }
    }

    private static int send(String method, String key, byte[] body)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:%d/%s/%s"
                                                            .formatted(port, BUCKET, key)))
                                    .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    private S3Settings settings() {
        return S3Settings.of(URI.create("http://127.0.0.1:" + port), "any", "any")
                .withPrefix(prefix);
    }

    @Override
    protected BlobStore create() {
        return new S3BlobStore(settings(), BUCKET, cache, Clock.systemUTC());
    }

    @Override
    protected void store(String sha256, byte[] stored) throws Exception {
        assertThat(send("PUT", prefix + StoredForm.key(sha256), stored)).isEqualTo(200);
    }

    /** Its clock is the machine's: what was put stays young. */
    @Override
    protected void age(String sha256, Duration age) {}

    @Test
    void checksumsOfTheSdkAreASetting() {
        try (BlobStore summed =
                new S3BlobStore(
                        settings().withChecksums(S3Config.Checksums.WHEN_SUPPORTED),
                        BUCKET,
                        cache,
                        Clock.systemUTC())) {
            assertThat(summed.get(summed.put(text("summed")))).isEqualTo(text("summed"));
        }
    }

    @Test
    void whatWasAcknowledgedSurvivesAKillOfTheServer() throws Exception {
        String sha256 = store.put(text("acknowledged"));
        process.kill();
        refused(BlobException.Code.BLOB_NOT_READ, sha256, () -> store.get(sha256));
        launch();
        assertThat(store.get(sha256)).isEqualTo(text("acknowledged"));
    }
}
