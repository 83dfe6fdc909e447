package org.precedent.api;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.test.oidc.server.OidcWiremockTestResource;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.precedent.api.access.ManagementPort;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.SignedRequests;

/** Tokens of a provider beside our keys, with a provider in this process. */
@QuarkusTest
@TestProfile(SingleSignOnTest.WithProvider.class)
@QuarkusTestResource(EmbeddedServices.class)
@QuarkusTestResource(OidcWiremockTestResource.class)
class SingleSignOnTest {
    /** As {@code PRECEDENT_OIDC_URL} sets it. */
    public static final class WithProvider implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.oidc.tenant-enabled", "true",
                    "quarkus.oidc.auth-server-url", "${keycloak.url}/realms/quarkus/",
                    "quarkus.oidc.client-id", "quarkus-web-app",
                    "quarkus.oidc.credentials.secret", "secret",
                    "smallrye.jwt.sign.key.location", "privateKey.jwk",
                    "precedent.access.management-port", "0",
                    "precedent.access.roles-claim", "groups");
        }
    }

    @Inject ManagementPort management;

    @Test
    void rolesAndSiteAreAsTheProviderSays() {
        with(token("alice", "north", Set.of("client"))).statusCode(200);
        ask(token("alice", "north", Set.of("client")), "/v1/keys").statusCode(403);
        ask(token("olga", "north", Set.of("operator")), "/v1/keys")
                .statusCode(200)
                .body("$", is(List.of()));
        ask(token("olga", "north", Set.of("admin", "root")), "/v1/tasks").statusCode(403);
    }

    @Test
    void aTokenWithoutASiteBelongsNowhere() {
        with(token("alice", null, Set.of("curator"))).statusCode(401);
        with(token("alice", " ", Set.of("curator"))).statusCode(401);
    }

    @Test
    void whatIsForgedOrForSomebodyElseProvesNothing() {
        String good = token("alice", "north", Set.of("client"));
        String[] parts = good.split("\\.");
        with(parts[0] + "." + parts[1] + "." + parts[2].substring(1) + "A").statusCode(401);
        with("eyJhbGciOiJub25lIn0." + parts[1] + ".").statusCode(401);
        with(Jwt.preferredUserName("a")
                        .claim("site", "north")
                        .groups("client")
                        .issuer("https://other.example")
                        .jws()
                        .keyId("1")
                        .sign())
                .statusCode(401);
    }

    @Test
    void keysOfOursStillProve() {
        SignedRequests.given().get("/v1/tasks").then().statusCode(200);
    }

    @Test
    void aBrowserIsSentToTheProvider() {
        RestAssured.given()
                .redirects()
                .follow(false)
                .get("/signin")
                .then()
                .statusCode(302)
                .header("Location", containsString("response_type=code"));
    }

    @Test
    void healthAndMetricsHaveAPortOfTheirOwnAndNothingElse() {
        for (String path : List.of("/health", "/health/ready", "/metrics")) {
            RestAssured.given().port(management.port()).get(path).then().statusCode(200);
        }
        for (String path : List.of("/v1/tasks", "/openapi", "/", "/swagger-ui/")) {
            SignedRequests.given().port(management.port()).get(path).then().statusCode(404);
        }
    }

    private static ValidatableResponse with(String token) {
        return ask(token, "/v1/tasks");
    }

    private static ValidatableResponse ask(String token, String path) {
        return RestAssured.given().header("Authorization", "Bearer " + token).get(path).then();
    }

    private static String token(String name, @Nullable String site, Set<String> roles) {
        JwtClaimsBuilder claims =
                Jwt.preferredUserName(name)
                        .groups(roles)
                        .issuer("https://server.example.com")
                        .audience("https://service.example.com");
        if (site != null) {
            claims.claim("site", site);
        }
        return claims.jws().keyId("1").sign();
    }
}
