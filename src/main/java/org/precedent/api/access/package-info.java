/**
 * From a request to who is asking: keys in headers, the page's session cookie, single sign-on where
 * it is configured; and what a browser must not be made to do.
 *
 * <p>A request passes, in this order: {@link org.precedent.api.access.BrowserEdge} (which host,
 * which origin, what the browser is told), {@link org.precedent.api.access.SignIn} (a link with a
 * token becomes a cookie), the framework's authentication with {@link
 * org.precedent.api.access.KeyAuthentication}, {@link org.precedent.api.access.Gate} (nothing
 * without a name), the resource, and {@link org.precedent.api.access.AuditedRequests} on the way
 * back. Resources ask {@link org.precedent.api.access.Caller} for the scope and hand it on.
 *
 * <p>Forbidden imports: Hibernate, Lucene, DJL, ImageIO.
 */
@NullMarked
package org.precedent.api.access;

import org.jspecify.annotations.NullMarked;
