package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.SignedRequests;

/**
 * The page in a real browser: every view opens under the page's own policy, a review is done and
 * undone by keyboard, an image is asked about and its answer accepted and taken back.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class PageTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(53).patients(4);

    @TestHTTPResource("/")
    URI service;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper json = new ObjectMapper();
    private final String task = "page-" + UUID.randomUUID().toString().substring(0, 8);

    @Test
    void everyViewOpensAndWhatIsDoneCanBeUndone() throws Exception {
        Optional<Path> chromium = Browser.installed();
        assumeTrue(
                chromium.isPresent(),
                "the page was not tried: no Chromium in /usr/bin (Debian's package chromium)");
        fill();
        try (Browser browser = new Browser(chromium.get(), 1280, 900)) {
            browser.go(service.resolve("/"));
            browser.await("document.querySelector('#token')");
            browser.go(service.resolve("/?token=" + EmbeddedServices.TOKEN));
            browser.await("document.querySelector('p-ask form')");
            views(browser);
            review(browser);
            ask(browser);
            others(browser);
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private void views(Browser browser) throws Exception {
        open(
                browser,
                "pool/" + task + "/default",
                "document.querySelectorAll('.tile img').length === 3");
        browser.run("document.querySelectorAll('.tabs button')[3].click()");
        browser.await("document.querySelectorAll('table.list tbody tr').length === 3");
        open(
                browser,
                "versions/" + task + "/default",
                "document.querySelectorAll('tbody tr').length === 3");
        browser.run("document.querySelector('p-versions .bulk button').click()");
        browser.await("document.querySelector('p-versions .strip .chip.added')");
        open(browser, "answers", "document.querySelector('p-answers table')");
        open(browser, "status", "document.querySelector('p-status pre')");
    }

    private void review(Browser browser) throws Exception {
        open(
                browser,
                "review/" + task + "/default",
                "document.querySelector('p-review p-viewer canvas:not(.empty)')");
        long id = annotations("unreviewed").at("/rows/0/id").asLong();
        assertThat(browser.run("document.querySelector('p-review').innerText"))
                .contains("Annotation " + id);
        browser.press("a");
        browser.await("document.querySelector('p-review').innerText.includes('1 judged')");
        assertThat(annotations("unreviewed").path("rows")).isEmpty();
        assertThat(annotations("approved").path("rows")).hasSize(3);
        browser.press("u");
        browser.await("document.querySelector('p-review').innerText.includes('0 judged')");
        assertThat(annotations("unreviewed").at("/rows/0/id").asLong()).isEqualTo(id);
        open(browser, "audit", "document.querySelector('p-audit tr.undone')");
    }

    /** A second annotator stands beside the first; what both share is taken, and taken back. */
    private void others(Browser browser) throws Exception {
        Phantom phantom = PHANTOMS.get(3);
        send(
                "POST",
                "/v1/images",
                MultipartBody.MEDIA_TYPE,
                new MultipartBody()
                        .text(
                                "metadata",
                                "{\"task\":\"%s\",\"patient\":\"%s\",\"review\":\"unreviewed\",\"author\":\"second\"}"
                                        .formatted(task, phantom.patient()))
                        .file("image", "p3.png", PngWriter.png(phantom.image()))
                        .file(
                                "mask.liver",
                                "m.png",
                                PngWriter.png(PHANTOMS.getFirst().masks().get("liver")))
                        .bytes());
        open(
                browser,
                "review/" + task + "/default",
                "document.querySelectorAll('p-review .others tbody tr').length === 2");
        browser.await("document.querySelectorAll('p-review .toggle').length === 2");
        browser.run(
                "[...document.querySelectorAll('.others button')].find(b => b.innerText.includes('majority')).click()");
        browser.await("document.querySelector('.toast').innerText.includes('annotators share')");
        browser.run("document.querySelector('.toast button').click()");
        browser.await("document.querySelector('.toast').innerText.includes('taken back')");
    }

    private void ask(Browser browser) throws Exception {
        open(browser, "ask", "document.querySelector('p-ask form')");
        String image =
                Base64.getEncoder().encodeToString(PngWriter.png(PHANTOMS.getFirst().image()));
        browser.run(
                "(() => { const ask = document.querySelector('p-ask'); ask.task = '%s'; ask.take(new File([Uint8Array.from(atob('%s'), c => c.charCodeAt(0))], 'asked.png')); })()"
                        .formatted(task, image));
        browser.await("document.querySelector('p-ask form button[type=submit]:not(:disabled)')");
        browser.run("document.querySelector('p-ask form').requestSubmit()");
        browser.await("document.querySelector('.answer p-viewer canvas:not(.empty)')");
        browser.await("document.querySelectorAll('.support img').length === 2");
        browser.run(
                "[...document.querySelectorAll('.verdict button')].find(b => b.innerText === 'Accept').click()");
        browser.await("document.querySelector('.toast button')");
        assertThat(annotations("unreviewed").path("rows")).hasSize(2);
        browser.run("document.querySelector('.toast button').click()");
        browser.await("document.querySelector('.toast').innerText.includes('taken back')");
        assertThat(annotations("unreviewed").path("rows")).hasSize(1);
        // A refusal leaves nothing of the answer before.
        browser.run("document.querySelector('p-ask').take(new File(['no picture'], 'broken.png'))");
        browser.await("!document.querySelector('.answer')");
        browser.run("document.querySelector('p-ask').updateComplete");
        browser.run("document.querySelector('p-ask form').requestSubmit()");
        browser.await("document.querySelector('p-ask .problem')");
        assertThat(browser.run("String(document.querySelector('.answer'))")).isEqualTo("null");
    }

    private static void open(Browser browser, String view, String sign) throws Exception {
        browser.run("location.hash = '#/" + view + "'");
        browser.await(sign);
    }

    private JsonNode annotations(String state) throws Exception {
        HttpResponse<String> page =
                http.send(
                        SignedRequests.request(
                                        service.resolve(
                                                "/v1/curation/annotations?task=%s&pool=default&state=%s"
                                                        .formatted(task, state)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return json.readTree(page.body());
    }

    private void fill() throws Exception {
        send(
                "PUT",
                "/v1/tasks/" + task,
                "application/json",
                "{\"labels\":[\"liver\"],\"pools\":[\"default\"]}".getBytes());
        for (int i = 1; i < 4; i++) {
            Phantom phantom = PHANTOMS.get(i);
            send(
                    "POST",
                    "/v1/images",
                    MultipartBody.MEDIA_TYPE,
                    new MultipartBody()
                            .text(
                                    "metadata",
                                    "{\"task\":\"%s\",\"patient\":\"%s\",\"review\":\"%s\"}"
                                            .formatted(
                                                    task,
                                                    phantom.patient(),
                                                    i == 3 ? "unreviewed" : "approved"))
                            .file("image", "p" + i + ".png", PngWriter.png(phantom.image()))
                            .file(
                                    "mask.liver",
                                    "m.png",
                                    PngWriter.png(phantom.masks().get("liver")))
                            .bytes());
        }
    }

    private void send(String method, String path, String type, byte[] body) throws Exception {
        HttpResponse<String> answer =
                http.send(
                        SignedRequests.request(service.resolve(path))
                                .header("Content-Type", type)
                                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
    }
}
