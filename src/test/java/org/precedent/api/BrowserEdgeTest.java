package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.precedent.PrecedentConfig;
import org.precedent.access.AdminToken;
import org.precedent.access.AuditTrail;
import org.precedent.api.access.FirstStart;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.SignedRequests;

/** What a page of somebody else's, open in a browser of this machine, tries. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class BrowserEdgeTest {
    private static final String KEY = "Authorization: " + SignedRequests.bearer() + "\r\n";

    @TestHTTPResource("/")
    URI service;

    @Inject PrecedentConfig config;
    @Inject AdminToken token;
    @Inject AuditTrail audit;

    @Test
    void aNameThatPointsHereButIsNotOursIsRefused() throws Exception {
        for (String host :
                List.of("evil.example", "evil.example:80", "127.0.0.1.evil.example", "x")) {
            String answer = ask("GET /v1/tasks", "Host: " + host + "\r\n" + KEY, "");
            assertThat(answer).as(host).startsWith("HTTP/1.1 421 ").doesNotContain("labels");
            assertThat(ask("GET /", "Host: " + host + "\r\n", "")).startsWith("HTTP/1.1 421 ");
        }
        for (String host : List.of("localhost", "127.0.0.1:81", "[::1]", "10.0.0.7")) {
            assertThat(ask("GET /v1/tasks", "Host: " + host + "\r\n" + KEY, ""))
                    .as(host)
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void anAddressInAnotherFormIsTheAddressThatItMeans() throws Exception {
        // Dots and escapes lead nowhere that the plain address does not lead.
        for (String address :
                List.of(
                        "GET /health/../metrics",
                        "GET /%6Detrics",
                        "GET /health/../openapi",
                        "GET /health/../v1/tasks",
                        "GET /static/bundle/../../v1/tasks",
                        "GET //v1/tasks",
                        "GET /%761/tasks",
                        "GET /health/%2e%2e/v1/tasks",
                        "POST /health/../v1/images")) {
            assertThat(ask(address, host(), "")).as(address).startsWith("HTTP/1.1 401 ");
        }
        long head = audit.verify().entries();
        assertThat(ask("GET /%761/tasks/n%6Fwhere", host() + KEY, "")).startsWith("HTTP/1.1 404 ");
        assertThat(audit.verify().entries()).as("it is in the audit").isGreaterThan(head);
    }

    @Test
    void aFormOfAnotherPageChangesNothing() throws Exception {
        String cookie = signIn();
        String form = "Content-Type: multipart/form-data; boundary=b\r\n" + host() + cookie;
        String body = "--b\r\nContent-Disposition: form-data; name=\"task\"\r\n\r\nx\r\n--b--\r\n";
        for (String origin :
                List.of(
                        "Origin: http://evil.example\r\n",
                        "Origin: null\r\n",
                        "Origin: https://localhost.evil.example\r\n",
                        "Origin: http://localhost:1\r\n",
                        "Sec-Fetch-Site: cross-site\r\n",
                        "Sec-Fetch-Site: same-site\r\n",
                        // A browser that says nothing: the page's own header is missing.
                        "")) {
            for (String address : List.of("POST /v1/images", "POST /v1/segmentations")) {
                assertThat(ask(address, form + origin, body))
                        .as(address + " " + origin)
                        .startsWith("HTTP/1.1 403 ");
            }
        }
        String put = "Content-Type: application/json\r\nOrigin: http://evil.example\r\n";
        assertThat(ask("PUT /v1/tasks/edge", host() + KEY + put, "{}")).startsWith("HTTP/1.1 403 ");
        assertThat(ask("GET /v1/tasks/edge", host() + KEY, "")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void ourOwnPageMay() throws Exception {
        String own =
                "Content-Type: application/json\r\nX-Precedent-Page: 1\r\nSec-Fetch-Site: same-origin\r\n"
                        + "Origin: http://localhost:"
                        + service.getPort()
                        + "\r\n";
        assertThat(ask("PUT /v1/tasks/own-page", host() + signIn() + own, "{}"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aLinkWithATokenBecomesACookieThatScriptsDoNotSee() throws Exception {
        String answer = ask("GET /?token=" + EmbeddedServices.TOKEN, host(), "");
        assertThat(answer).startsWith("HTTP/1.1 303 ").containsIgnoringCase("location: /\r\n");
        assertThat(answer)
                .containsIgnoringCase("set-cookie: precedent_session=")
                .contains("HttpOnly", "SameSite=Strict");
        assertThat(answer).doesNotContain(EmbeddedServices.TOKEN);
        String cookie = signIn();
        assertThat(ask("GET /v1/tasks", host() + cookie, "")).startsWith("HTTP/1.1 200 ");
        assertThat(ask("GET /?signout", host() + cookie, "")).startsWith("HTTP/1.1 303 ");
        assertThat(ask("GET /v1/tasks", host() + cookie, "")).startsWith("HTTP/1.1 401 ");

        assertThat(ask("GET /?token=prc_wrong", host(), ""))
                .startsWith("HTTP/1.1 303 ")
                .doesNotContainIgnoringCase("set-cookie");
        assertThat(
                        ask(
                                "GET /?token=" + EmbeddedServices.TOKEN,
                                host() + "Sec-Fetch-Site: cross-site\r\n",
                                ""))
                .startsWith("HTTP/1.1 403 ");
    }

    @Test
    void everyAnswerTellsTheBrowserWhatItMayDo() throws Exception {
        String page = ask("GET /", host(), "");
        Matcher script = Pattern.compile("src=\"(/static/bundle/[^\"]+\\.js)\"").matcher(page);
        assertThat(script.find()).as(page).isTrue();
        String bundle = script.group(1);
        for (String address : List.of("/", bundle, "/v1/tasks", "/health", "/nothing")) {
            String answer = ask("GET " + address, host() + KEY, "");
            assertThat(answer)
                    .as(address)
                    .containsIgnoringCase("x-content-type-options: nosniff")
                    .contains("frame-ancestors 'none'")
                    .contains("script-src 'self';");
            assertThat(answer.toLowerCase(Locale.ROOT))
                    .as(address)
                    .containsPattern(
                            address.equals("/")
                                    ? "cache-control: no-cache\r\n"
                                    : address.equals(bundle)
                                            ? "cache-control: public, max-age=31536000, immutable\r\n"
                                            : "cache-control: no-store\r\n");
        }
        assertThat(page).doesNotContain("<style", "onclick=", "style=");
        assertThat(Pattern.compile("<script(?![^>]* src=)").matcher(page).find()).isFalse();
        assertThat(ask("GET /swagger-ui/", host(), "")).startsWith("HTTP/1.1 401 ");
        assertThat(ask("GET /metrics", host(), "")).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void theTokenIsItsOwnersAlone() throws Exception {
        Path made = Files.createTempDirectory("precedent-token");
        AdminToken.Found found = token.ensure(made);
        assertThat(found.made()).isTrue();
        Path file = AdminToken.file(made);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        String text = Files.readString(file).trim();
        assertThat(text).isEqualTo(found.text().text());
        assertThat(found.toString()).doesNotContain(found.text().secret());
        assertThat(token.ensure(made).made()).isFalse();
        assertThat(ask("GET /v1/tasks", host() + "X-Api-Key: " + text + "\r\n", ""))
                .startsWith("HTTP/1.1 200 ");
        Files.delete(file);
        assertThat(token.ensure(made).made()).isTrue();
        assertThat(ask("GET /v1/tasks", host() + "X-Api-Key: " + text + "\r\n", ""))
                .startsWith("HTTP/1.1 401 ");
        Files.delete(file);
        Files.delete(made);
    }

    @Test
    void openToEverybodyIsOnlyForThisMachine() {
        FirstStart.requireLoopback("127.0.0.1", false);
        FirstStart.requireLoopback("localhost", false);
        FirstStart.requireLoopback("0.0.0.0", true);
        for (String host : List.of("0.0.0.0", "::", "192.0.2.1")) {
            assertThatThrownBy(() -> FirstStart.requireLoopback(host, false))
                    .hasMessageContaining("everybody");
        }
    }

    private String host() {
        return "Host: localhost:" + service.getPort() + "\r\n";
    }

    private String signIn() throws IOException {
        Matcher cookie =
                Pattern.compile("(?i)set-cookie: (precedent_session=[^;]+)")
                        .matcher(ask("GET /?token=" + EmbeddedServices.TOKEN, host(), ""));
        assertThat(cookie.find()).isTrue();
        return "Cookie: " + cookie.group(1) + "\r\n";
    }

    /** As a browser would write it; the JDK's client lets nobody set these headers. */
    private String ask(String address, String headers, String body) throws IOException {
        String request =
                address
                        + " HTTP/1.1\r\n"
                        + headers
                        + "Connection: close\r\n"
                        + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n")
                        + "\r\n"
                        + body;
        try (Socket socket = new Socket(service.getHost(), service.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
