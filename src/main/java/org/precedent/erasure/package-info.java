/**
 * What goes for good: patients, images and answers on request, query images and answers by age, and
 * bytes that nothing names any more.
 *
 * <p>An erasure is one transaction: rows go from every table and every version of every pool,
 * hashes that keep them from coming back are added, and the outbox tells projections, which rewrite
 * the files that held anything of it. Bytes go after the commit, unless something else names them.
 * A column of the catalogue that names a blob has {@code sha256} in its name, and no other has but
 * {@code weights_sha256}: that is how the collection of blobs finds all of them. Weights that were
 * adapted to images go with any of these.
 *
 * <p>Forbidden imports: every library but metrics; rows are read and removed with JDBC.
 */
@NullMarked
package org.precedent.erasure;

import org.jspecify.annotations.NullMarked;
