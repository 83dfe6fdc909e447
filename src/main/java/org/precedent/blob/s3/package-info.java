/**
 * Blobs in a bucket of an object store that speaks S3, for nodes that share no disk.
 *
 * <p>{@link org.precedent.blob.s3.S3BlobStore} writes with the condition that nothing is there yet,
 * checks every blob that it reads against its name, and keeps what was read lately on the node's
 * own disk ({@link org.precedent.blob.s3.BlobCache}), bounded in bytes and in age. The bucket alone
 * says which blobs there are; what is in a cache may be deleted at any time.
 *
 * <p>Forbidden imports: every library but the AWS SDK.
 */
@NullMarked
package org.precedent.blob.s3;

import org.jspecify.annotations.NullMarked;
