package org.precedent.api.access;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.HttpCredentialTransport;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.access.AccessConfig;
import org.precedent.access.KeyText;

/**
 * Finds the key of a request: {@code Authorization: Bearer prc_...}, {@code X-Api-Key}, the page's
 * cookie, or the session of a viewer, {@code prs_...}, in the header or in the address, on the
 * routes of viewers. What is not ours is left to single sign-on. A key that proves nothing leaves
 * the request without a name, which {@link Gate} answers.
 */
@ApplicationScoped
class KeyAuthentication implements HttpAuthenticationMechanism {
    private static final String BEARER = "bearer ";

    /** Before single sign-on, which would take a bearer token of ours for one of its own. */
    private static final int PRIORITY = HttpAuthenticationMechanism.DEFAULT_PRIORITY + 1000;

    private final boolean required;

    KeyAuthentication(AccessConfig config) {
        this.required = config.required();
    }

    @Override
    public Uni<SecurityIdentity> authenticate(
            RoutingContext context, IdentityProviderManager identities) {
        KeyRequest proof = required ? proof(context) : new KeyRequest(KeyRequest.Kind.NONE, "");
        if (proof == null) {
            return Uni.createFrom().nullItem();
        }
        return identities
                .authenticate(proof)
                .onFailure(AuthenticationFailedException.class)
                .recoverWithNull();
    }

    /** A header counts before the cookie: whoever sends one means it. */
    private static @Nullable KeyRequest proof(RoutingContext context) {
        Optional<String> session = ViewerAddress.session(context);
        if (session.isPresent()) {
            return new KeyRequest(KeyRequest.Kind.VIEWER_SESSION, session.get());
        }
        String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (header != null) {
            return header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                    ? ofToken(header.substring(BEARER.length()).strip(), context.normalizedPath())
                    : null;
        }
        String key = context.request().getHeader("X-Api-Key");
        if (key != null) {
            return new KeyRequest(KeyRequest.Kind.KEY, key.strip());
        }
        Cookie cookie = context.request().getCookie(SignIn.COOKIE);
        return cookie == null ? null : new KeyRequest(KeyRequest.Kind.SESSION, cookie.getValue());
    }

    /** A viewer's session stands in addresses, which are written down: it is for viewers alone. */
    private static @Nullable KeyRequest ofToken(String token, String path) {
        if (token.startsWith(ViewerAddress.PREFIX)) {
            return ViewerAddress.isOf(path)
                    ? new KeyRequest(
                            KeyRequest.Kind.VIEWER_SESSION,
                            token.substring(ViewerAddress.PREFIX.length()))
                    : null;
        }
        return token.startsWith(KeyText.PREFIX) ? new KeyRequest(KeyRequest.Kind.KEY, token) : null;
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext context) {
        // The gate answers programs; a browser is sent to single sign-on, which has its own.
        return Uni.createFrom().nullItem();
    }

    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return Set.of(KeyRequest.class);
    }

    @Override
    public Uni<HttpCredentialTransport> getCredentialTransport(RoutingContext context) {
        return Uni.createFrom()
                .item(
                        new HttpCredentialTransport(
                                HttpCredentialTransport.Type.OTHER_HEADER, "x-api-key"));
    }

    @Override
    public int getPriority() {
        return PRIORITY;
    }
}
