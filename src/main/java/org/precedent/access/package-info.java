/**
 * Who is asking, and what they may do and see.
 *
 * <p>An {@link org.precedent.access.Identity} is a name, a site, roles and tasks; an {@link
 * org.precedent.access.ApiKeys API key} or the single sign-on of the site proves it. A {@link
 * org.precedent.access.Scope} is what follows from an identity: it decides, in plain Java, which
 * {@link org.precedent.access.Action actions} are allowed and which pools and answers are there at
 * all. The catalogue takes a scope with every question and gives a {@link
 * org.precedent.access.PoolGrant} for a pool that the scope may read; the indexes take the grant.
 * What a scope does not see is answered exactly like what does not exist.
 *
 * <p>A site has a name as images have it; two spellings of one name are one site. What belongs to
 * no hospital, as everything before sites were told apart, belongs to the site {@code local}.
 *
 * <p>Every use is a row of the {@link org.precedent.access.AuditTrail}, chained by hashes.
 *
 * <p>Forbidden imports: Hibernate, JAX-RS, anything of the rooms above.
 */
@NullMarked
package org.precedent.access;

import org.jspecify.annotations.NullMarked;
