/**
 * Whole volumes as queries: a network of three dimensions segments all slices at once, from whole
 * volumes of the pool, and one answer is recorded.
 *
 * <p>Terms: a <em>pool volume</em> is what a pool version holds of one series with one label: the
 * longest part without a gap, in order. It supports a query with one weight, which its slices share
 * in the record, because annotations are of slices: whatever follows them there, reviews, erasure
 * and the audit, follows a volume as well.
 *
 * <p>Invariants: volumes are shown to the network in their own voxels, by the same code as in
 * evaluations. An answer is computed from what is recorded of it, the first time as in a replay.
 *
 * <p>Forbidden imports: every library but the framework's.
 */
@NullMarked
package org.precedent.query.volume;

import org.jspecify.annotations.NullMarked;
