package org.precedent.api.access;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.AuthenticationRedirectException;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Identity;
import org.precedent.access.Scope;

/** Who sent the request that is being answered. */
@ApplicationScoped
public class Caller {
    /** Under which an authenticated request carries our identity. */
    static final String IDENTITY = "precedent.identity";

    private final SecurityIdentity current;

    Caller(SecurityIdentity current) {
        this.current = current;
    }

    /**
     * What the caller may do and see.
     *
     * @throws IllegalStateException when nobody was recognised, which the gate does not let through
     */
    public Scope scope() {
        return scope(current)
                .orElseThrow(() -> new IllegalStateException("a request without a name"));
    }

    /** Whether a failure says that what a request came with proves nothing. */
    public static boolean isUnproven(@Nullable Throwable failure) {
        return failure != null
                && (failure instanceof AuthenticationFailedException
                        || isUnproven(failure.getCause())
                        || Arrays.stream(failure.getSuppressed()).anyMatch(Caller::isUnproven));
    }

    /** Whose a request is, before any resource has it; empty where it came without a name. */
    public static Optional<Scope> scope(RoutingContext context) {
        return context.user() instanceof QuarkusHttpUser user
                ? scope(user.getSecurityIdentity())
                : Optional.empty();
    }

    static Optional<Scope> scope(SecurityIdentity identity) {
        return Optional.ofNullable(identity.<Identity>getAttribute(IDENTITY)).map(Scope::new);
    }

    /** Sends a browser on where the provider of single sign-on has told who it is. */
    public static boolean isSentOn(RoutingContext context) {
        if (!(context.failure() instanceof AuthenticationRedirectException onward)) {
            return false;
        }
        context.response()
                .setStatusCode(onward.getCode())
                .putHeader(HttpHeaders.LOCATION, onward.getRedirectUri())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end();
        return true;
    }
}
