package org.precedent.blob.s3;

import io.quarkus.runtime.configuration.MemorySize;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** A configuration as a test wants it. */
record S3Settings(
        Optional<URI> endpoint,
        Optional<String> prefix,
        Optional<String> accessKey,
        Optional<String> secretKey,
        Checksums checksums,
        Duration timeout,
        MemorySize cache,
        Duration cacheAge)
        implements S3Config {

    static S3Settings of(URI endpoint, String accessKey, String secretKey) {
        return new S3Settings(
                Optional.of(endpoint),
                Optional.empty(),
                Optional.of(accessKey),
                Optional.of(secretKey),
                Checksums.WHEN_REQUIRED,
                Duration.ofSeconds(10),
                new MemorySize(BigInteger.ZERO),
                Duration.ofHours(1));
    }

    S3Settings withCache(long bytes) {
        return new S3Settings(
                endpoint,
                prefix,
                accessKey,
                secretKey,
                checksums,
                timeout,
                new MemorySize(BigInteger.valueOf(bytes)),
                cacheAge);
    }

    S3Settings withPrefix(String other) {
        return new S3Settings(
                endpoint,
                Optional.of(other),
                accessKey,
                secretKey,
                checksums,
                timeout,
                cache,
                cacheAge);
    }

    S3Settings withChecksums(Checksums other) {
        return new S3Settings(
                endpoint, prefix, accessKey, secretKey, other, timeout, cache, cacheAge);
    }

    S3Settings withKeys(Optional<String> access, Optional<String> secret) {
        return new S3Settings(
                endpoint, prefix, access, secret, checksums, timeout, cache, cacheAge);
    }

    @Override
    public Optional<String> bucket() {
        return Optional.empty();
    }

    @Override
    public String region() {
        return "us-east-1";
    }

    @Override
    public MemorySize encodingCache() {
        return cache;
    }

    @Override
    public boolean pathStyle() {
        return true;
    }
}
