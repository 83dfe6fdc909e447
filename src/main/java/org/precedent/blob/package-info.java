/**
 * Content-addressed bytes: pixels and masks by their SHA-256. A blob is on disk before the
 * transaction that names it commits.
 *
 * <p>{@link org.precedent.blob.BlobStore} is the contract; {@link org.precedent.blob.FileBlobStore}
 * keeps blobs in a directory, the room {@code blob.s3} in a bucket. Both keep them in the same
 * {@link org.precedent.blob.StoredForm}, so that a directory becomes a bucket by copying its files.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.blob;

import org.jspecify.annotations.NullMarked;
