package org.precedent.api.access;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.IdentityProvider;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.precedent.access.ApiKeys;
import org.precedent.access.ApiKeys.SessionOf;
import org.precedent.access.Identity;
import org.precedent.access.KeyText;
import org.precedent.access.Scope;

/** Whom a key or a session proves. */
@ApplicationScoped
class KeyIdentities implements IdentityProvider<KeyRequest> {
    private final ApiKeys keys;

    KeyIdentities(ApiKeys keys) {
        this.keys = keys;
    }

    @Override
    public Class<KeyRequest> getRequestType() {
        return KeyRequest.class;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(
            KeyRequest request, AuthenticationRequestContext context) {
        return context.runBlocking(() ->
                find(request)
                        .map(KeyIdentities::known)
                        .orElseThrow(AuthenticationFailedException::new));
    }

    private Optional<Identity> find(KeyRequest request) {
        return switch (request.kind()) {
            case KEY -> KeyText.parse(request.text()).flatMap(keys::verify);
            case SESSION -> keys.session(request.text(), SessionOf.PAGE);
            case VIEWER_SESSION -> keys.session(request.text(), SessionOf.VIEWER);
            case NONE -> Optional.of(Scope.machine().identity());
        };
    }

    private static SecurityIdentity known(Identity identity) {
        QuarkusSecurityIdentity.Builder builder =
                QuarkusSecurityIdentity.builder()
                        .setPrincipal(new QuarkusPrincipal(identity.name()))
                        .addAttribute(Caller.IDENTITY, identity);
        identity.roles().forEach(role -> builder.addRole(role.word()));
        return builder.build();
    }
}
