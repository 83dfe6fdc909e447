package org.precedent.api.access;

import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.SecurityIdentityAugmentor;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.precedent.access.AccessConfig;
import org.precedent.access.Identity;
import org.precedent.access.Role;

/**
 * Whom a token of single sign-on proves. Name and roles are as the provider says; a token that
 * names no site belongs nowhere and proves nothing. Nobody becomes an administrator this way.
 */
@ApplicationScoped
class SingleSignOn implements SecurityIdentityAugmentor {
    private final String siteClaim;

    SingleSignOn(AccessConfig config) {
        this.siteClaim = config.siteClaim();
    }

    @Override
    public Uni<SecurityIdentity> augment(
            SecurityIdentity identity, AuthenticationRequestContext context) {
        if (identity.isAnonymous()
                || identity.getAttribute(Caller.IDENTITY) != null
                || !(identity.getPrincipal() instanceof JsonWebToken token)
                || !(token.getClaim(siteClaim) instanceof Object claimed)) {
            return Uni.createFrom().item(identity);
        }
        String site = claimed.toString().replaceAll("^\"|\"$", "").strip();
        if (site.isEmpty()) {
            return Uni.createFrom().item(identity);
        }
        Set<Role> roles =
                Arrays.stream(Role.values())
                        .filter(role -> identity.getRoles().contains(role.word()))
                        .collect(Collectors.toSet());
        return Uni.createFrom()
                .item(
                        QuarkusSecurityIdentity.builder(identity)
                                .addAttribute(
                                        Caller.IDENTITY,
                                        new Identity(token.getName(), site, roles, Set.of()))
                                .build());
    }
}
