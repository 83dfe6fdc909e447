package org.precedent.blob.s3;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * The bucket that takes the blobs, {@code precedent.blob.s3.x} or {@code PRECEDENT_BLOB_S3_X}.
 * Without a bucket, blobs are files in the data directory.
 */
@ConfigMapping(prefix = "precedent.blob.s3")
public interface S3Config {
    /** The bucket's name. It must exist, and should not keep versions of what is deleted. */
    Optional<String> bucket();

    /** Where the store listens, e.g. {@code http://minio:9000}; absent: Amazon's own, by region. */
    Optional<URI> endpoint();

    /** The region that requests are signed for. */
    @WithDefault("us-east-1")
    String region();

    /** What all keys of blobs begin with, e.g. {@code precedent/}; nothing by default. */
    Optional<String> prefix();

    /**
     * The access key, with {@link #secretKey}; absent: what the environment, the user's profile or
     * the machine's role gives to programs.
     */
    Optional<String> accessKey();

    /** The secret of the access key. */
    Optional<String> secretKey();

    /** Whether the bucket is in the path of an address, not in the name of the host. */
    @WithDefault("true")
    boolean pathStyle();

    /**
     * When the SDK adds and checks checksums of its own: {@code when-required}, which every store
     * understands, or {@code when-supported}. A blob is checked against its name in either case.
     */
    @WithDefault("when-required")
    Checksums checksums();

    /** How long one try of a request may take; there are three. */
    @WithDefault("10s")
    Duration timeout();

    /** Bytes of blobs kept on this node's disk, {@code DATA/blob-cache}; 0 keeps none. */
    @WithDefault("1G")
    MemorySize cache();

    /** Bytes of the network's encodings kept on this node's disk, {@code DATA/encoding-cache}. */
    @WithDefault("4G")
    MemorySize encodingCache();

    /**
     * How long a blob or an encoding is kept there: as long, an erased one may lie on other nodes'
     * disks.
     */
    @WithDefault("1h")
    Duration cacheAge();

    /** When checksums are added and checked besides the hash that is a blob's name. */
    enum Checksums {
        WHEN_REQUIRED,
        WHEN_SUPPORTED
    }
}
