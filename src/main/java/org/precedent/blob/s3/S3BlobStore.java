package org.precedent.blob.s3;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.precedent.ServiceException;
import org.precedent.Sha256;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.blob.StoredForm;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Blobs as objects of one bucket, each in its {@link StoredForm}.
 *
 * <p>An object appears whole or not at all, and is durable when the store has answered. A put is
 * made with the condition that nothing of this name is there, in this order: where something is, it
 * is read and checked; it is written over where it is damaged, and also where it is so old that a
 * collection of unnamed blobs could take it for forgotten, because whoever puts bytes is about to
 * name them.
 */
public final class S3BlobStore implements BlobStore {
    private static final Logger LOG = Logger.getLogger(S3BlobStore.class);

    /** Objects younger than this need no newer date: far less than a collection's hour of grace. */
    private static final Duration RENEWAL = Duration.ofMinutes(10);

    private static final int EXISTS = 412;
    private static final int CONFLICT = 409;
    private static final int NOT_IMPLEMENTED = 501;

    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final BlobCache cache;
    private final Clock clock;
    private final ScheduledExecutorService sweeper;

    /**
     * Opens a bucket that is there.
     *
     * @param bucket its name
     * @param copies the directory of this node's copies, made when absent
     * @throws ServiceException when the settings contradict each other, or the bucket does not
     *     answer to them
     */
    public S3BlobStore(S3Config config, String bucket, Path copies, Clock clock) {
        this.bucket = bucket;
        this.prefix = config.prefix().orElse("");
        this.clock = clock;
        this.client = client(config);
        try {
            client.headBucket(request -> request.bucket(bucket));
        } catch (SdkException e) {
            client.close();
            throw ServiceException.badParameter(
                    "precedent.blob.s3.bucket",
                    bucket,
                    "it cannot be opened at "
                            + config.endpoint().map(Object::toString).orElse("Amazon S3")
                            + ", "
                            + config.region()
                            + ": "
                            + reason(e)
                            + "; see that it exists, that the keys are right and may list it");
        }
        warnOfVersions();
        this.cache =
                new BlobCache(
                        copies, config.cache().asLongValue(), positive(config.cacheAge()), clock);
        this.sweeper = this.cache.sweeping();
    }

    private static Duration positive(Duration age) {
        if (age.isNegative() || age.isZero()) {
            throw ServiceException.badParameter(
                    "precedent.blob.s3.cache-age",
                    age,
                    "it must be positive; a cache of 0 bytes keeps nothing");
        }
        return age;
    }

    static S3Client client(S3Config config) {
        boolean required = config.checksums() == S3Config.Checksums.WHEN_REQUIRED;
        Duration timeout = config.timeout();
        S3ClientBuilder builder =
                S3Client.builder()
                        .httpClientBuilder(
                                UrlConnectionHttpClient.builder()
                                        .connectionTimeout(timeout)
                                        .socketTimeout(timeout))
                        .region(Region.of(config.region()))
                        .credentialsProvider(credentials(config))
                        .forcePathStyle(config.pathStyle())
                        // A blob is in memory: it is signed as a whole, not piece by piece.
                        .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
                        .requestChecksumCalculation(
                                required
                                        ? RequestChecksumCalculation.WHEN_REQUIRED
                                        : RequestChecksumCalculation.WHEN_SUPPORTED)
                        .responseChecksumValidation(
                                required
                                        ? ResponseChecksumValidation.WHEN_REQUIRED
                                        : ResponseChecksumValidation.WHEN_SUPPORTED)
                        .overrideConfiguration(calls ->
                                calls.apiCallAttemptTimeout(timeout)
                                        .apiCallTimeout(timeout.multipliedBy(3)));
        config.endpoint().ifPresent(builder::endpointOverride);
        return builder.build();
    }

    private static AwsCredentialsProvider credentials(S3Config config) {
        if (config.accessKey().isPresent() != config.secretKey().isPresent()) {
            throw ServiceException.badParameter(
                    "precedent.blob.s3.access-key",
                    config.accessKey().orElse(""),
                    "it and precedent.blob.s3.secret-key are set together, or neither is");
        }
        return config.accessKey().isPresent()
                ? StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(
                                config.accessKey().get(), config.secretKey().orElseThrow()))
                : DefaultCredentialsProvider.builder().build();
    }

    /** What is erased must be gone. */
    private void warnOfVersions() {
        try {
            if (client.getBucketVersioning(request -> request.bucket(bucket)).status()
                    == BucketVersioningStatus.ENABLED) {
                LOG.warnf(
                        "the bucket %s keeps versions: what is erased stays there until its"
                                + " life-cycle rules remove it",
                        bucket);
            }
        } catch (SdkException e) {
            LOG.debugf("whether the bucket %s keeps versions is unknown: %s", bucket, reason(e));
        }
    }

    @Override
    public String put(byte[] bytes) {
        String sha256 = Sha256.of(bytes);
        byte[] stored = StoredForm.deflate(bytes);
        PutObjectRequest request =
                PutObjectRequest.builder()
                        .bucket(bucket)
                        .key(key(sha256))
                        .contentType("application/octet-stream")
                        .contentMD5(md5(stored))
                        .build();
        try {
            if (!putNew(request, stored) && !isWholeAndYoung(sha256)) {
                client.putObject(request, RequestBody.fromBytes(stored));
            }
        } catch (SdkException e) {
            throw BlobException.blobNotWritten(sha256, where(), reason(e), e);
        }
        cache.put(sha256, stored);
        return sha256;
    }

    /** Stores an object where there is none; false where there is one, or is about to be. */
    private boolean putNew(PutObjectRequest request, byte[] stored) {
        try {
            client.putObject(
                    request.toBuilder().ifNoneMatch("*").build(), RequestBody.fromBytes(stored));
            return true;
        } catch (S3Exception e) {
            // A store that knows no conditions is written to without: the same bytes, in any case.
            if (e.statusCode() == EXISTS
                    || e.statusCode() == CONFLICT
                    || e.statusCode() == NOT_IMPLEMENTED) {
                return false;
            }
            throw e;
        }
    }

    private boolean isWholeAndYoung(String sha256) {
        try {
            ResponseBytes<GetObjectResponse> there = fetch(sha256);
            StoredForm.inflate(sha256, there.asByteArrayUnsafe());
            return there.response().lastModified().plus(RENEWAL).isAfter(clock.instant());
        } catch (NoSuchKeyException | BlobException e) {
            return false; // what is missing or damaged is written anew
        }
    }

    @Override
    public byte[] get(String sha256) {
        StoredForm.key(sha256); // or it is not asked for
        Optional<byte[]> near = cache.get(sha256);
        if (near.isPresent()) {
            try {
                return StoredForm.inflate(sha256, near.get());
            } catch (BlobException e) {
                LOG.warnf("the copy of blob %s on this node is damaged: fetched again", sha256);
                cache.remove(sha256);
            }
        }
        byte[] stored = read(sha256);
        byte[] bytes = StoredForm.inflate(sha256, stored);
        cache.put(sha256, stored);
        return bytes;
    }

    @Override
    public void verify(String sha256) {
        StoredForm.inflate(sha256, read(sha256));
    }

    private byte[] read(String sha256) {
        try {
            return fetch(sha256).asByteArrayUnsafe();
        } catch (NoSuchKeyException e) {
            throw BlobException.blobMissing(sha256, e);
        } catch (SdkException e) {
            throw BlobException.blobNotRead(sha256, where(), e);
        }
    }

    private ResponseBytes<GetObjectResponse> fetch(String sha256) {
        return client.getObjectAsBytes(request -> request.bucket(bucket).key(key(sha256)));
    }

    @Override
    public boolean contains(String sha256) {
        try {
            client.headObject(request -> request.bucket(bucket).key(key(sha256)));
            return true;
        } catch (NoSuchKeyException e) {
            return false;
        } catch (SdkException e) {
            throw BlobException.blobNotRead(sha256, where(), e);
        }
    }

    @Override
    public void delete(String sha256) {
        cache.remove(sha256);
        try {
            client.deleteObject(request -> request.bucket(bucket).key(key(sha256)));
        } catch (SdkException e) {
            throw BlobException.blobNotWritten(sha256, where(), reason(e), e);
        }
    }

    @Override
    public Stream<Stored> list() {
        return client
                .listObjectsV2Paginator(request -> request.bucket(bucket).prefix(prefix))
                .contents()
                .stream()
                .flatMap(this::stored);
    }

    private Stream<Stored> stored(S3Object object) {
        return StoredForm.sha256(object.key().substring(prefix.length()))
                .map(sha256 -> new Stored(sha256, object.lastModified(), object.size()))
                .stream();
    }

    private String key(String sha256) {
        return prefix + StoredForm.key(sha256);
    }

    private String where() {
        return "bucket " + bucket;
    }

    /** What happened, without the addresses and ids that the SDK adds. */
    static String reason(SdkException e) {
        if (e instanceof S3Exception s3) {
            String code = s3.awsErrorDetails() == null ? null : s3.awsErrorDetails().errorCode();
            return "the store answers " + s3.statusCode() + (code == null ? "" : " " + code);
        }
        return "the store does not answer (" + e.getMessage() + ")";
    }

    /** Every store has compared it since there is S3: damage on the way is refused. */
    static String md5(byte[] stored) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(stored));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    @Override
    public void close() {
        sweeper.shutdownNow();
        cache.close();
        client.close();
    }
}
