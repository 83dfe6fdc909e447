/**
 * The words that every capability shares: how a refusal is told ({@link
 * org.precedent.DomainException}), the review state of an annotation, which process speaks ({@link
 * org.precedent.ProcessIdentity}). Everything else lives in a capability package; data flows one
 * way through them: {@code imaging} (pixels) to {@code embedding} (vectors) to {@code index} and
 * {@code retrieval} (neighbours and weights) to {@code network} and {@code segmentation} (masks);
 * {@code catalog} is the record, {@code service} joins them, {@code api} and {@code cli} speak to
 * the outside.
 *
 * <p>Forbidden imports: every library but JSpecify.
 */
@NullMarked
package org.precedent;

import org.jspecify.annotations.NullMarked;
