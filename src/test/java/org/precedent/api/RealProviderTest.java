package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.query.EmbeddedServices;

/**
 * Single sign-on with a provider that is nobody's imitation: bearer tokens for programs, the code
 * flow for the page, site and roles as the provider's claims say.
 */
@QuarkusTest
@TestProfile(RealProviderTest.WithProvider.class)
@QuarkusTestResource(EmbeddedServices.class)
@QuarkusTestResource(value = RealProvider.class, restrictToAnnotatedClass = true) // else of all
class RealProviderTest {
    /** An application of its own. */
    public static final class WithProvider implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.test-port", Integer.toString(RealProvider.PORT));
        }
    }

    /** As browsers do, it takes this machine for a secure place. */
    private static final class OfBrowser extends CookieManager {
        @Override
        public void put(URI from, Map<String, List<String>> headers) throws IOException {
            super.put(from, headers);
            getCookieStore().getCookies().forEach(cookie -> cookie.setSecure(false));
        }
    }

    private static final Pattern ACTION = Pattern.compile("action=\"([^\"]+)\"");

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder()
                    .cookieHandler(new OfBrowser())
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();

    @BeforeEach
    void needsTheProvider() {
        assumeTrue(
                RealProvider.modules().or(RealProvider::keycloak).isPresent(),
                "no node or no oidc-provider (dev/peers installs it): single sign-on is tested in this process alone");
    }

    @Test
    void aProgramIsOfTheSiteAndRolesOfItsToken() throws Exception {
        assertThat(ask("/v1/tasks", bearer("north-client")).statusCode()).isEqualTo(200);
        HttpResponse<String> me = ask("/v1/me", bearer("north-operator"));
        assertThat(me.statusCode()).isEqualTo(200);
        assertThat(json.readTree(me.body()).toString()).contains("north", "operator");
        assertThat(ask("/v1/keys", bearer("north-client")).statusCode()).isEqualTo(403);
        assertThat(ask("/v1/keys", bearer("north-operator")).statusCode()).isEqualTo(200);
        assertThat(ask("/v1/tasks", bearer("nowhere")).statusCode()).isEqualTo(401);
        String token = bearer("north-client");
        String forged = token.substring(0, token.length() - 4) + "AAAA";
        assertThat(ask("/v1/tasks", forged).statusCode()).isEqualTo(401);
        // A token that the provider gave for another service is no word for this one.
        assertThat(ask("/v1/tasks", bearer("north-stranger")).statusCode()).isEqualTo(401);
    }

    @Test
    void aPersonSignsInToThePageAndIsWhoTheProviderSays() throws Exception {
        HttpResponse<String> sent = get(URI.create(page("/signin")));
        assertThat(sent.statusCode()).isEqualTo(302);
        // The way back is a navigation from another site, on which a strict cookie would not go.
        assertThat(sent.headers().allValues("set-cookie"))
                .isNotEmpty()
                .allMatch(cookie -> cookie.toLowerCase(Locale.ROOT).contains("httponly"))
                .noneMatch(cookie -> cookie.toLowerCase(Locale.ROOT).contains("samesite=strict"));
        HttpResponse<String> at = follow(sent);
        at =
                follow(
                        submit(
                                at,
                                "prompt=login&login=north-curator&username=north-curator&password=any"));
        if (ACTION.matcher(at.body()).find()) {
            at = follow(submit(at, "prompt=consent"));
        }
        assertThat(at.statusCode()).as(at.uri() + " " + at.body()).isEqualTo(200);
        assertThat(at.uri().getPort()).as(at.body()).isEqualTo(RealProvider.PORT);
        HttpResponse<String> me = get(URI.create(page("/v1/me")));
        assertThat(me.statusCode()).as(me.body()).isEqualTo(200);
        assertThat(json.readTree(me.body()).toString()).contains("north", "curator");
        assertThat(get(URI.create(page("/v1/keys"))).statusCode()).isEqualTo(403);
    }

    // ---- helpers

    private static String page(String path) {
        return "http://localhost:" + RealProvider.PORT + path;
    }

    private static String issuer() {
        return ConfigProvider.getConfig().getValue("quarkus.oidc.auth-server-url", String.class);
    }

    private URI tokens() throws Exception {
        HttpResponse<String> discovered =
                get(URI.create(issuer() + "/.well-known/openid-configuration"));
        return URI.create(json.readTree(discovered.body()).path("token_endpoint").asText());
    }

    private String bearer(String program) throws Exception {
        String basic =
                Base64.getEncoder()
                        .encodeToString(
                                (program + ":" + program + "-secret")
                                        .getBytes(StandardCharsets.UTF_8));
        HttpResponse<String> answer =
                http.send(
                        HttpRequest.newBuilder(tokens())
                                .header("Authorization", "Basic " + basic)
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "grant_type=client_credentials"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json.readTree(answer.body()).path("access_token").asText();
    }

    private static HttpResponse<String> ask(String path, String token) throws Exception {
        try (HttpClient program = HttpClient.newHttpClient()) {
            return program.send(
                    HttpRequest.newBuilder(URI.create(page(path)))
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private HttpResponse<String> get(URI address) throws Exception {
        return http.send(
                HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** As a browser goes on, to whatever is no redirection. */
    private HttpResponse<String> follow(HttpResponse<String> answer) throws Exception {
        HttpResponse<String> at = answer;
        for (int i = 0; i < 10 && List.of(302, 303).contains(at.statusCode()); i++) {
            at = get(at.uri().resolve(at.headers().firstValue("location").orElseThrow()));
        }
        return at;
    }

    private HttpResponse<String> submit(HttpResponse<String> form, String fields) throws Exception {
        Matcher action = ACTION.matcher(form.body());
        assertThat(action.find()).as(form.uri() + " " + form.body()).isTrue();
        return http.send(
                HttpRequest.newBuilder(form.uri().resolve(action.group(1).replace("&amp;", "&")))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(fields))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
