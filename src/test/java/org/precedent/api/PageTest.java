package org.precedent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.precedent.access.ApiKeys;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.SignedRequests;
import org.precedent.study.PhantomStudies;

/**
 * The page in a real browser: every view opens under the page's own policy, a review is done and
 * undone by keyboard, an image is asked about and its answer accepted and taken back; only what one
 * may do is offered, and axe finds no serious fault.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class PageTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(53).patients(4);

    @TestHTTPResource("/")
    URI service;

    @Inject ApiKeys keys;

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
            study(browser);
            others(browser);
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private void views(Browser browser) throws Exception {
        open(
                browser,
                "pool/" + task + "/default",
                "document.querySelectorAll('.tile img').length === 3");
        open(
                browser,
                "pool/" + task + "/default/outliers",
                "document.querySelectorAll('table.list tbody tr').length === 3");
        similar(browser);
        map(browser);
        open(
                browser,
                "versions/" + task + "/default",
                "document.querySelectorAll('tbody tr').length === 3");
        browser.run("document.querySelector('p-versions .bulk button').click()");
        browser.await("document.querySelector('p-versions .strip .chip.added')");
        open(browser, "answers", "document.querySelector('p-answers table')");
        open(browser, "status", "document.querySelector('p-status pre')");
    }

    /** By keyboard from the grid to what is similar, and back by its address. */
    private void similar(Browser browser) throws Exception {
        open(
                browser,
                "pool/" + task + "/default",
                "document.querySelectorAll('.tile img').length === 3");
        String first = browser.run("document.querySelector('.tile .name').innerText");
        browser.run("document.querySelector('.grid').focus()");
        browser.press("s");
        browser.await("location.hash.includes('/similar/')");
        browser.await("document.querySelectorAll('.tile img').length === 2");
        assertThat(browser.run("document.querySelector('p-pool .facts strong').innerText"))
                .isEqualTo(first);
        assertThat(
                        browser.run(
                                "[...document.querySelectorAll('.tile .name')].map(n => n.innerText).join()"))
                .doesNotContain(first);
    }

    /** A lasso selects what is inside; what is selected is reviewed in bulk, and undone. */
    private void map(Browser browser) throws Exception {
        open(
                browser,
                "pool/" + task + "/default/map",
                "document.querySelectorAll('.legend button').length === 1");
        browser.await("document.querySelector('p-map').points.length === 3");
        // What lies at one place, as the labels of an image do, can be told apart.
        assertThat(
                        browser.run(
                                """
                                (async () => {
                                  const map = document.querySelector('p-map');
                                  map.found = {...map.found, points: map.found.points.map(p => ({...p, x: 0.5, y: 0.5}))};
                                  await map.updateComplete;
                                  const at = map.points.map(p => map.place(p));
                                  return at.length + ' ' + at.every(([x, y], i) => at.every(([u, v], j) =>
                                    i === j || Math.hypot(x - u, y - v) > map.radius));
                                })()
                                """))
                .isEqualTo("3 true");
        browser.run(
                """
                (() => {
                  const canvas = document.querySelector('p-map canvas');
                  const box = canvas.getBoundingClientRect();
                  canvas.setPointerCapture = () => {};
                  const at = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type,
                    {clientX: box.left + x * box.width, clientY: box.top + y * box.height, pointerId: 1, bubbles: true}));
                  at('pointerdown', 0.01, 0.01);
                  for (const [x, y] of [[0.99, 0.01], [0.99, 0.99], [0.01, 0.99]]) at('pointermove', x, y);
                  at('pointerup', 0.01, 0.99);
                })()
                """);
        browser.await("document.querySelector('.bulk strong').innerText === '3 selected'");
        browser.await("document.querySelectorAll('p-map .strip img').length === 3");
        browser.run(
                "[...document.querySelectorAll('.bulk button')].find(b => b.innerText === 'Retire').click()");
        browser.await(
                "document.querySelector('.toast')?.innerText.includes('3 annotations are retired')");
        assertThat(annotations("retired").path("rows")).hasSize(3);
        browser.run("document.querySelector('.toast button').click()");
        browser.await("document.querySelector('.toast').innerText.includes('taken back')");
        assertThat(annotations("retired").path("rows")).isEmpty();
    }

    /** Who may only ask is offered nothing else, wherever the address leads. */
    @Test
    void onlyWhatOneMayDoIsOffered() throws Exception {
        Optional<Path> chromium = Browser.installed();
        assumeTrue(
                chromium.isPresent(),
                "the page was not tried: no Chromium in /usr/bin (Debian's package chromium)");
        fill();
        try (Browser browser = new Browser(chromium.get(), 1280, 900)) {
            signIn(browser, key(Role.CLIENT));
            assertThat(views(browser, "Ask")).isEqualTo("Ask,Answers,Status");
            open(
                    browser,
                    "review/" + task + "/default",
                    "document.querySelector('main [role=alert]')");
            assertThat(browser.run("document.querySelector('main').innerText"))
                    .contains("may not see review");
            signIn(browser, key(Role.ANNOTATOR));
            assertThat(views(browser, "Pool")).isEqualTo("Ask,Pool,Versions,Answers,Audit,Status");
            signIn(browser, key(Role.AUDITOR));
            assertThat(views(browser, "Audit")).isEqualTo("Answers,Audit,Status");
            open(browser, "audit", "document.querySelector('p-audit a[download]')");
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private String key(Role role) {
        return keys.create(
                        Scope.machine(), role.word() + "-name", null, Set.of(role), Set.of(), null)
                .text()
                .text();
    }

    private void signIn(Browser browser, String key) throws Exception {
        browser.go(service.resolve("/?token=" + key));
    }

    /** The views that are offered, once one of them is. */
    private static String views(Browser browser, String one) throws Exception {
        String all =
                "[...document.querySelectorAll('nav[aria-label=views] a')].map(a => a.innerText)";
        browser.await(all + ".includes('" + one + "')");
        return browser.run(all + ".join()");
    }

    /**
     * No view has a serious or critical fault by axe, at the width of a desk and of a tablet, and
     * none is wider than the screen.
     */
    @Test
    void everyViewIsAccessible() throws Exception {
        Optional<Path> chromium = Browser.installed();
        Optional<Path> axe = Browser.axe();
        assumeTrue(
                chromium.isPresent() && axe.isPresent(),
                "accessibility was not tried: no Chromium, or no axe-core (dev/peers installs both)");
        fill();
        String pool = task + "/default";
        Map<String, String> views = new LinkedHashMap<>();
        views.put("ask", "document.querySelector('p-ask form')");
        views.put("pool/" + pool, "document.querySelectorAll('.tile img').length === 3");
        views.put("pool/" + pool + "/outliers", "document.querySelector('table.list tbody tr')");
        views.put("pool/" + pool + "/map", "document.querySelector('.legend button')");
        views.put("review/" + pool, "document.querySelector('p-review canvas:not(.empty)')");
        views.put("versions/" + pool, "document.querySelector('p-versions tbody tr')");
        String study =
                send(
                        "POST",
                        "/v1/segmentations",
                        MultipartBody.MEDIA_TYPE,
                        new MultipartBody()
                                .text("task", task)
                                .file("study", "brain.nii.gz", PhantomStudies.nifti(4343, 3))
                                .bytes());
        views.put(
                "study/" + json.readTree(study).path("id").asText(),
                "document.querySelector('p-study .answer p-viewer canvas:not(.empty)')");
        views.put("answers", "document.querySelector('p-answers table')");
        views.put("audit", "document.querySelector('p-audit table')");
        views.put("status", "document.querySelector('p-status pre')");
        List<String> faults = new ArrayList<>();
        for (int width : new int[] {1280, 820}) {
            try (Browser browser = new Browser(chromium.get(), width, 900)) {
                browser.go(service.resolve("/"));
                browser.await("document.querySelector('#token')");
                browser.run(Files.readString(axe.get()) + "; 0");
                faults(browser, width + " sign in", faults);
                signIn(browser, EmbeddedServices.TOKEN);
                browser.await("document.querySelector('p-ask form')");
                browser.run(Files.readString(axe.get()) + "; 0");
                for (Map.Entry<String, String> view : views.entrySet()) {
                    open(browser, view.getKey(), view.getValue());
                    faults(browser, width + " " + view.getKey(), faults);
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    private static void faults(Browser browser, String view, List<String> faults) throws Exception {
        String found =
                browser.run(
                        """
                        axe.run(document, {resultTypes: ['violations']}).then(result => result.violations
                          .filter(one => ['serious', 'critical'].includes(one.impact))
                          .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html).join(' | ')).join(' ;; '))
                        """);
        if (!found.isEmpty()) {
            faults.add(view + ": " + found);
        }
        String over =
                browser.run(
                        "String(document.documentElement.scrollWidth - document.documentElement.clientWidth)");
        if (!over.equals("0")) {
            faults.add(view + ": " + over + " pixels wider than the screen");
        }
    }

    private void review(Browser browser) throws Exception {
        open(
                browser,
                "review/" + task + "/default",
                "document.querySelector('p-review p-viewer canvas:not(.empty)')");
        leaveOneOut(browser);
        long id = annotations("unreviewed").at("/rows/0/id").asLong();
        assertThat(browser.run("document.querySelector('p-review').innerText"))
                .contains("Annotation " + id);
        assertThat(
                        browser.run(
                                """
                                (() => {
                                  document.querySelector('p-review .stage').style.minHeight = '1500px';
                                  window.scrollTo(0, 0);
                                  const box = document.querySelector('p-review .verdict').getBoundingClientRect();
                                  document.querySelector('p-review .stage').style.minHeight = '';
                                  return String(box.bottom <= window.innerHeight && box.height > 0);
                                })()
                                """))
                .as("a verdict is in sight however high the picture is")
                .isEqualTo("true");
        browser.press("a");
        browser.await("document.querySelector('p-review').innerText.includes('1 judged')");
        assertThat(annotations("unreviewed").path("rows")).isEmpty();
        assertThat(annotations("approved").path("rows")).hasSize(3);
        browser.press("u");
        browser.await("document.querySelector('p-review').innerText.includes('0 judged')");
        assertThat(annotations("unreviewed").at("/rows/0/id").asLong()).isEqualTo(id);
        open(browser, "audit", "document.querySelector('p-audit tr.undone')");
    }

    /** The network's mask is laid beside the annotation, then only what differs, then neither. */
    private static void leaveOneOut(Browser browser) throws Exception {
        browser.press("d");
        browser.await("document.querySelectorAll('p-review p-viewer .toggle').length === 2");
        browser.await("document.querySelector('p-review').innerText.includes('of other patients')");
        String coloured =
                "(() => { const c = document.querySelector('p-review canvas'); const d ="
                        + " c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
                        + " for (let i = 0; i < d.length; i += 4) n += d[i] !== d[i + 1] || d[i + 1] !=="
                        + " d[i + 2]; return String(n); })()";
        String told = browser.run("document.querySelector('p-review').innerText");
        Matcher counts =
                Pattern.compile("(\\d+) pixels in the annotation alone,\\s+(\\d+) in the network")
                        .matcher(told);
        assertThat(counts.find()).as(told).isTrue();
        browser.await("document.querySelector('p-review p-viewer').masks.size === 2");
        assertThat(browser.run(coloured))
                .isEqualTo(
                        String.valueOf(
                                Integer.parseInt(counts.group(1))
                                        + Integer.parseInt(counts.group(2))));
        browser.press("l");
        browser.await("document.querySelectorAll('p-review p-viewer .toggle').length === 1");
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
        browser.await("document.querySelectorAll('p-review p-viewer .toggle').length === 2");
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
                "(() => { const ask = document.querySelector('p-ask'); ask.task = '%s'; ask.take([new File([Uint8Array.from(atob('%s'), c => c.charCodeAt(0))], 'asked.png')]); })()"
                        .formatted(task, image));
        browser.await("document.querySelector('p-ask form button[type=submit]:not(:disabled)')");
        browser.run("document.querySelector('p-ask form').requestSubmit()");
        browser.await("document.querySelector('.answer p-viewer canvas:not(.empty)')");
        browser.await("document.querySelectorAll('.support img').length === 2");
        browser.run(
                "[...document.querySelectorAll('.verdict button')].find(b => b.innerText === 'Accept').click()");
        browser.await("document.querySelector('.toast')?.innerText.includes('is accepted')");
        assertThat(annotations("unreviewed").path("rows")).hasSize(2);
        open(
                browser,
                "versions/" + task + "/default",
                "document.querySelector('p-curve canvas') && document.querySelector('p-curve .u-legend').innerText.includes('liver')");
        open(browser, "ask", "document.querySelector('p-ask form')");
        browser.run("document.querySelector('p-ask').task = '" + task + "'");
        browser.run("document.querySelector('.toast button').click()");
        browser.await("document.querySelector('.toast').innerText.includes('taken back')");
        assertThat(annotations("unreviewed").path("rows")).hasSize(1);
        // A refusal leaves nothing of the answer before.
        browser.run(
                "document.querySelector('p-ask').take([new File(['no picture'], 'broken.png')])");
        browser.await("!document.querySelector('.answer')");
        browser.run("document.querySelector('p-ask').updateComplete");
        browser.run("document.querySelector('p-ask form').requestSubmit()");
        browser.await("document.querySelector('p-ask .problem')");
        assertThat(browser.run("String(document.querySelector('.answer'))")).isEqualTo("null");
    }

    /** A volume is sent, followed, looked at slice by slice, taken home as a file, and let go. */
    private void study(Browser browser) throws Exception {
        open(browser, "ask", "document.querySelector('p-ask form')");
        browser.run(
                "(() => { const ask = document.querySelector('p-ask'); ask.task = '%s'; ask.take([new File([Uint8Array.from(atob('%s'), c => c.charCodeAt(0))], 'brain.nii.gz')]); })()"
                        .formatted(
                                task,
                                Base64.getEncoder().encodeToString(PhantomStudies.nifti(4242, 4))));
        browser.await("document.querySelector('p-ask form button[type=submit]:not(:disabled)')");
        browser.run("document.querySelector('p-ask form').requestSubmit()");
        browser.await("document.querySelector('p-study .chip.done')");
        String address = browser.run("location.hash");
        assertThat(address).startsWith("#/study/");
        browser.await("document.querySelector('p-study .answer p-viewer canvas:not(.empty)')");
        assertThat(browser.run("document.querySelector('p-study').innerText"))
                .contains("4 slices along axis k")
                .containsPattern("liver\\s+1\\s+\\d+\\s+[\\d.]+ ml");
        String middle = browser.run("document.querySelector('p-study .answer h2').innerText");
        browser.press("ArrowRight");
        browser.await(
                "document.querySelector('p-study .answer h2') && document.querySelector('p-study .answer h2').innerText !== '"
                        + middle.replace("'", "\\'")
                        + "' || document.querySelector('p-study').innerText.includes('was not asked')");
        for (int i = 0; i < 4; i++) {
            browser.press("ArrowRight");
        }
        browser.await(
                "document.querySelector('p-study').innerText.includes('Slice 3 is of one value')");
        assertThat(browser.run("String(document.querySelector('.answer'))")).isEqualTo("null");
        volume(browser);
        // What is saved is the label map under the study's name.
        browser.run(
                """
                (() => {
                  const make = URL.createObjectURL;
                  let made;
                  URL.createObjectURL = file => { made = file; return make(file); };
                  HTMLAnchorElement.prototype.click = function () {
                    made.arrayBuffer().then(b => { window.saved = this.download + ' ' + new Uint8Array(b)[0]; });
                  };
                  document.querySelector('p-study [aria-label="label map as a file"] button').click();
                })()
                """);
        browser.await("window.saved === 'brain.nii.gz 31'");
        open(browser, "status", "document.querySelector('p-status pre')");
        browser.run("location.hash = '" + address + "'");
        browser.await("document.querySelector('p-study .answer p-viewer canvas:not(.empty)')");
        browser.run(
                "[...document.querySelectorAll('p-study button')].find(b => b.innerText === 'Let go of it').click()");
        browser.await("location.hash === '#/answers'");
        browser.run("location.hash = '" + address + "'");
        browser.await("document.querySelector('p-study .problem')");
    }

    /** Planes and space: a place there leads to the slice that was answered, and back. */
    private static void volume(Browser browser) throws Exception {
        browser.run("document.querySelector('p-study [aria-expanded]').click()");
        browser.await("document.querySelector('p-volume')?.ready");
        String shown = "document.querySelector('p-volume output').innerText";
        browser.await(shown + ".includes(', 3: -100')");
        // The first slice is the lowest one: its middle is an eighth of the way up.
        browser.run(
                """
                (() => {
                  const {viewer} = document.querySelector('p-volume');
                  viewer.scene.crosshairPos = [0.5, 0.5, 0.125];
                  viewer.createOnLocationChange();
                })()
                """);
        browser.await(
                "document.querySelector('p-study .slices output').innerText.startsWith('0 ')");
        browser.await(shown + ".includes(', 0: ')");
        browser.run(
                "(() => { const bar = document.querySelector('p-study .slices input'); bar.value = 2; bar.dispatchEvent(new Event('input')); })()");
        browser.await(shown + ".includes(', 2: ')");
        assertThat(browser.run("String(document.querySelector('p-volume .problem'))"))
                .isEqualTo("null");
        browser.run("document.querySelector('p-study [aria-expanded]').click()");
        browser.await("!document.querySelector('p-volume')");
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

    private String send(String method, String path, String type, byte[] body) throws Exception {
        HttpResponse<String> answer =
                http.send(
                        SignedRequests.request(service.resolve(path))
                                .header("Content-Type", type)
                                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return answer.body();
    }
}
