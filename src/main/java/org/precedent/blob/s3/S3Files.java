package org.precedent.blob.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import org.precedent.Sha256;
import org.precedent.blob.FolderFiles;
import org.precedent.blob.NamedFiles;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Named files as objects of the bucket of blobs, below a prefix of their own, so that what one node
 * made all nodes have. Files that are read again come from this node's disk: what has a name never
 * changes but to be made anew with the same bits.
 */
public final class S3Files implements NamedFiles {
    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final Path here;
    private final BlobCache cache;
    private final ScheduledExecutorService sweeper;

    /**
     * @param bucket that is there
     * @param folder below the prefix of blobs, without a slash at its end
     * @param here this node's directory for copies and the lock
     */
    public S3Files(S3Config config, String bucket, String folder, Path here, Clock clock) {
        this.client = S3BlobStore.client(config);
        this.bucket = bucket;
        this.prefix = config.prefix().orElse("") + folder + "/";
        this.here = here;
        this.cache =
                new BlobCache(here, config.encodingCache().asLongValue(), config.cacheAge(), clock);
        this.sweeper = cache.sweeping();
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Optional<byte[]> read(String name) {
        String copy = copy(name);
        Optional<byte[]> near = cache.get(copy).flatMap(S3Files::whole);
        if (near.isPresent()) {
            return near;
        }
        Optional<byte[]> found = readNow(name);
        found.ifPresent(bytes -> cache.put(copy, summed(bytes)));
        return found;
    }

    @Override
    public Optional<byte[]> readNow(String name) {
        try {
            return Optional.of(
                    client.getObjectAsBytes(request -> request.bucket(bucket).key(prefix + name))
                            .asByteArrayUnsafe());
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw failure("read", name, e);
        }
    }

    @Override
    public boolean contains(String name) {
        try {
            client.headObject(request -> request.bucket(bucket).key(prefix + name));
            return true;
        } catch (NoSuchKeyException e) {
            return false;
        } catch (SdkException e) {
            throw failure("find", name, e);
        }
    }

    @Override
    public void write(String name, byte[] bytes) {
        try {
            client.putObject(
                    request ->
                            request.bucket(bucket)
                                    .key(prefix + name)
                                    .contentType("application/octet-stream")
                                    .contentMD5(S3BlobStore.md5(bytes)),
                    RequestBody.fromBytes(bytes));
        } catch (SdkException e) {
            throw failure("write", name, e);
        }
        cache.remove(copy(name));
    }

    @Override
    public void delete(String name) {
        cache.remove(copy(name));
        try {
            client.deleteObject(request -> request.bucket(bucket).key(prefix + name));
        } catch (SdkException e) {
            throw failure("remove", name, e);
        }
    }

    @Override
    public List<String> list(String folder) {
        String in = prefix + (folder.isEmpty() ? "" : folder + "/");
        Set<String> names = new LinkedHashSet<>(); // some stores repeat a folder on the next page
        try {
            for (ListObjectsV2Response page :
                    client.listObjectsV2Paginator(
                            request -> request.bucket(bucket).prefix(in).delimiter("/"))) {
                for (CommonPrefix below : page.commonPrefixes()) {
                    names.add(below.prefix().substring(in.length(), below.prefix().length() - 1));
                }
                for (S3Object object : page.contents()) {
                    names.add(object.key().substring(in.length()));
                }
            }
        } catch (SdkException e) {
            throw failure("list", folder, e);
        }
        return List.copyOf(names);
    }

    /** Among the processes of this machine; which machine writes is not decided here. */
    @Override
    public Optional<Lock> lock(String folder) {
        return FolderFiles.lock(here.resolve("locks").resolve(folder));
    }

    /** The name of a copy: the cache knows hashes. */
    private String copy(String name) {
        return Sha256.of(prefix + name);
    }

    /** A copy carries its hash in front: this node's disk is nobody's promise. */
    private static byte[] summed(byte[] bytes) {
        byte[] hash = Sha256.of(bytes).getBytes(StandardCharsets.US_ASCII);
        byte[] summed = new byte[hash.length + bytes.length];
        System.arraycopy(hash, 0, summed, 0, hash.length);
        System.arraycopy(bytes, 0, summed, hash.length, bytes.length);
        return summed;
    }

    private static Optional<byte[]> whole(byte[] summed) {
        int digits = 64;
        if (summed.length < digits) {
            return Optional.empty();
        }
        byte[] bytes = new byte[summed.length - digits];
        System.arraycopy(summed, digits, bytes, 0, bytes.length);
        String hash = new String(summed, 0, digits, StandardCharsets.US_ASCII);
        return Sha256.of(bytes).equals(hash) ? Optional.of(bytes) : Optional.empty();
    }

    private UncheckedIOException failure(String what, String name, SdkException e) {
        return new UncheckedIOException(
                "cannot %s %s in bucket %s: %s"
                        .formatted(what, prefix + name, bucket, S3BlobStore.reason(e)),
                new IOException(e));
    }

    @Override
    public void close() {
        sweeper.shutdownNow();
        cache.close();
        client.close();
    }
}
