/**
 * The secrets of a data directory: what turns names of patients into keys that nobody can compute
 * without them. Indexes, dumps of the database and backups without secrets hold hashes alone.
 *
 * <p>Terms: the <em>secret</em> is one file, or one setting; the key of each {@link
 * org.precedent.secret.Purpose} is derived from it. A <em>fingerprint</em> says which key it is and
 * nothing else; the database keeps one of each purpose.
 *
 * <p>Invariants: a key that is not the one which the database knows is never used; a secret is
 * never made where the database knows of one; nobody but its owner may read a file of secrets.
 *
 * <p>Forbidden imports: all of other rooms.
 */
@NullMarked
package org.precedent.secret;

import org.jspecify.annotations.NullMarked;
