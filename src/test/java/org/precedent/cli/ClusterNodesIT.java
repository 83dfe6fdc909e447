package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.SignedRequests;

/**
 * Three nodes on one external database, one bucket and one directory of indexes: two that may lead,
 * and one that only answers. The leader is killed under queries.
 */
class ClusterNodesIT {
    private static final Logger LOG = Logger.getLogger(ClusterNodesIT.class);

    /** What operators are promised; the machine of the tests may be busy. */
    private static final Duration TAKEN_OVER = Duration.ofSeconds(10);

    private static final String TASK = "nodes";
    private static final List<Phantom> PHANTOMS = new Phantoms(190).patients(12);
    private static final Phantom ASKED = PHANTOMS.getLast();

    @TempDir Path folder;
    private final ObjectMapper json = new ObjectMapper();

    @Test
    void anotherNodeLeadsWhenTheLeaderIsKilledAndQueriesGoOn() throws Exception {
        try (ClusterNodes cluster = new ClusterNodes(folder)) {
            ClusterNodes.Node first = cluster.start("first", "query,ingest,project");
            PackagedClient leader = client(first);
            assertThat(leader.define()).isEqualTo(200);
            for (int i = 0; i < 5; i++) {
                assertThat(leader.ingest(i).statusCode()).isEqualTo(201);
            }
            ClusterNodes.Node second = cluster.start("second", "query,ingest,project");
            ClusterNodes.Node third = cluster.start("third", "query");
            PackagedClient successor = client(second);
            PackagedClient reader = client(third);
            for (PackagedClient one : List.of(leader, successor, reader)) {
                PackagedClient.await(() -> one.get("/health/ready").statusCode(), 200);
            }
            assertThat(leads(leader)).isTrue();
            assertThat(leads(successor)).isFalse();
            assertThat(leads(reader)).isFalse();
            assertThat(readiness(reader).path("roles").asText()).isEqualTo("query");
            rolesAreKept(reader);
            whatIsOfAllNodes(leader, successor, reader);
            theDashboardShowsWhatThereIs(leader, reader);

            AtomicBoolean done = new AtomicBoolean();
            AtomicInteger answered = new AtomicInteger();
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<String> asking =
                        callers.submit(() -> {
                            while (!done.get()) {
                                HttpResponse<String> answer = query(reader);
                                if (answer.statusCode() != 201) {
                                    return answer.statusCode() + " " + answer.body();
                                }
                                answered.incrementAndGet();
                            }
                            return "";
                        });
                awaitMore(answered, 0, Duration.ofMinutes(1));
                long killed = System.nanoTime();
                first.kill();
                int before = answered.get();
                assertThat(successor.ingest(5).statusCode()).isEqualTo(201);
                await(() -> leads(successor), TAKEN_OVER);
                Duration lead = Duration.ofNanos(System.nanoTime() - killed);
                PackagedClient.await(() -> isProjected(successor) ? 1 : 0, 1);
                Duration projected = Duration.ofNanos(System.nanoTime() - killed);
                awaitMore(answered, before, Duration.ofMinutes(1));
                done.set(true);
                assertThat(asking.get()).as("an answer of the node that only answers").isEmpty();
                LOG.infof(
                        "another node led %d ms after the kill, everything was projected after %d"
                                + " ms, %d queries were answered meanwhile and after, none refused",
                        lead.toMillis(), projected.toMillis(), answered.get() - before);
                assertThat(projected).isLessThan(TAKEN_OVER.plusSeconds(10));
            }
            assertThat(supports(query(reader))).isEqualTo(6);

            ClusterNodes.Node again = cluster.start("first", "query,ingest,project");
            PackagedClient follower = client(again);
            PackagedClient.await(() -> follower.get("/health/ready").statusCode(), 200);
            assertThat(leads(follower)).isFalse();
            assertThat(leads(successor)).isTrue();
            // A node that is told to end lets another one lead at once.
            second.stop();
            await(() -> leads(follower), Duration.ofSeconds(5));
            assertThat(follower.ingest(6).statusCode()).isEqualTo(201);
            assertThat(supports(query(reader))).isEqualTo(7);
        }
    }

    private void rolesAreKept(PackagedClient reader) throws Exception {
        HttpResponse<String> refused = reader.ingest(7);
        assertThat(refused.statusCode()).isEqualTo(421);
        JsonNode problem = json.readTree(refused.body());
        assertThat(problem.path("type").asText()).isEqualTo("urn:precedent:problem:role-missing");
        assertThat(problem.path("limit").asText()).isEqualTo("ingest");
        assertThat(problem.path("detail").asText()).contains("role ingest", "only query");
        assertThat(reader.define()).isEqualTo(421);
        assertThat(reader.get("/v1/tasks").statusCode()).isEqualTo(200);
        assertThat(supports(query(reader))).isEqualTo(5);
    }

    /** Sessions and keys of repeated requests are rows of the database. */
    private void whatIsOfAllNodes(
            PackagedClient leader, PackagedClient successor, PackagedClient reader)
            throws Exception {
        HttpResponse<String> signedIn =
                leader.send(
                        java.net.http.HttpRequest.newBuilder(
                                        leader.uri(
                                                "/?token="
                                                        + SignedRequests.bearer()
                                                                .substring("Bearer ".length())))
                                .build());
        String cookie = signedIn.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
        for (PackagedClient one : List.of(successor, reader)) {
            assertThat(
                            one.send(
                                            java.net.http.HttpRequest.newBuilder(one.uri("/v1/me"))
                                                    .header("Cookie", cookie)
                                                    .build())
                                    .statusCode())
                    .isEqualTo(200);
        }
        HttpResponse<String> made = leader.ingest(4, "the-same-key");
        HttpResponse<String> repeated = successor.ingest(4, "the-same-key");
        assertThat(repeated.body()).isEqualTo(made.body());
        assertThat(repeated.statusCode()).isEqualTo(made.statusCode());
    }

    /** Every metric of the dashboard is one that a node tells. */
    private void theDashboardShowsWhatThereIs(PackagedClient... nodes) throws Exception {
        Set<String> told = new HashSet<>();
        for (PackagedClient node : nodes) {
            HttpResponse<String> metrics = node.get("/metrics");
            assertThat(metrics.statusCode()).isEqualTo(200);
            metrics.body()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> told.add(line.split("[{ ]", 2)[0]));
        }
        String dashboard =
                Files.readString(
                        Path.of(System.getProperty("precedent.home", "."))
                                .resolve("docker/grafana/precedent.json"));
        Set<String> shown = new TreeSet<>();
        for (JsonNode panel : json.readTree(dashboard).path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                Matcher names =
                        Pattern.compile("([a-z_]+)\\{job").matcher(target.path("expr").asText());
                while (names.find()) {
                    shown.add(names.group(1));
                }
            }
        }
        assertThat(shown).hasSizeGreaterThan(10);
        assertThat(told).containsAll(shown);
    }

    private static PackagedClient client(ClusterNodes.Node node) {
        return new PackagedClient(node.port(), TASK, PHANTOMS);
    }

    private static HttpResponse<String> query(PackagedClient client) throws Exception {
        return client.query(ASKED, 16);
    }

    private int supports(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return json.readTree(answer.body()).path("labels").path(0).path("supports").size();
    }

    private JsonNode readiness(PackagedClient client) {
        try {
            return json.readTree(client.get("/health/ready").body())
                    .path("checks")
                    .valueStream()
                    .filter(check -> check.path("name").asText().equals("projections"))
                    .findFirst()
                    .orElseThrow()
                    .path("data");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean leads(PackagedClient client) {
        return readiness(client).path("leader").asBoolean();
    }

    private boolean isProjected(PackagedClient client) throws Exception {
        JsonNode status = json.readTree(client.get("/v1/index").body());
        long committed = status.path("committed").asLong();
        for (JsonNode one : status.path("projections")) {
            if (one.path("reached").asLong() < committed) {
                return false;
            }
        }
        return committed > 0;
    }

    private static void await(Supplier<Boolean> condition, Duration limit) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.get()) {
            assertThat(System.nanoTime()).as("within " + limit).isLessThan(deadline);
            Thread.sleep(100);
        }
    }

    private static void awaitMore(AtomicInteger count, int than, Duration limit) throws Exception {
        await(() -> count.get() > than, limit);
    }
}
