package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.cluster.SolrCloud;
import org.precedent.phantom.Phantoms;

/**
 * Rounds of chaos over three nodes: each kills a node, the leader, the database or a node of
 * SolrCloud, or takes the store of bytes away for a while, and counts what was acknowledged and is
 * lost, answers that are wrong, and the seconds until queries and images are taken again. Run by
 * {@code dev/chaos ROUNDS [SEED] [--solr]}.
 */
class ClusterChaosIT {
    private static final Logger LOG = Logger.getLogger(ClusterChaosIT.class);
    private static final int ROUNDS = Integer.getInteger("precedent.chaos", 0);
    private static final long SEED = Long.getLong("precedent.seed", 19);
    private static final boolean SOLR = Boolean.getBoolean("precedent.chaos.solr");

    /** What operators are promised. */
    private static final Duration RECOVERED = Duration.ofSeconds(30);

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String TASK = "chaos";
    private static final List<String> NAMES = List.of("first", "second", "third");

    @TempDir Path folder;
    private final ObjectMapper json = new ObjectMapper();
    private final CrashExamples examples = new CrashExamples(SEED);
    private final Map<String, ClusterNodes.Node> nodes = new HashMap<>();
    private final List<String> wrong = new ArrayList<>();

    /** What happens in a round. */
    private enum Victim {
        QUERY_NODE,
        LEADER,
        STAND_BY,
        DATABASE,
        STORE,
        SOLR_NODE
    }

    @Test
    void nothingAcknowledgedIsLostAndNoAnswerIsWrong() throws Exception {
        assumeTrue(ROUNDS > 0, "rounds of chaos are asked for by dev/chaos");
        try (SolrCloud solr = SOLR ? new SolrCloud(folder.resolve("solr"), 2) : null;
                ClusterNodes cluster = new ClusterNodes(folder, settings(solr))) {
            for (String name : NAMES) {
                nodes.put(name, start(cluster, name));
            }
            new ChaosRun(cluster, solr).rounds();
        }
    }

    private static Map<String, String> settings(SolrCloud solr) {
        return solr == null
                ? Map.of()
                : Map.of(
                        "PRECEDENT_INDEX_SOLR_URL",
                        String.join(",", solr.addresses().stream().map(Object::toString).toList()),
                        "PRECEDENT_INDEX_SOLR_REPLICAS",
                        "2");
    }

    private static ClusterNodes.Node start(ClusterNodes cluster, String name) throws Exception {
        return cluster.start(name, name.equals("third") ? "query" : "query,ingest,project");
    }

    /** The rounds on one cluster. */
    private final class ChaosRun {
        private final ClusterNodes cluster;
        private final SolrCloud solr;
        private final SplittableRandom random = new SplittableRandom(SEED);
        private final Map<Victim, List<Double>> recoveries = new EnumMap<>(Victim.class);
        private int acknowledged;
        private int unanswered;
        private String settled = "";
        private int settledVersion;

        ChaosRun(ClusterNodes cluster, SolrCloud solr) {
            this.cluster = cluster;
            this.solr = solr;
        }

        void rounds() throws Exception {
            assertThat(client("first").define()).isEqualTo(200);
            for (int i = 0; i < 6; i++) {
                ingestAnywhere();
            }
            settledVersion = acknowledged;
            settled = insist(() -> answer(nodes.get("third"), settledVersion));
            for (int round = 1; round <= ROUNDS; round++) {
                Victim[] victims =
                        Arrays.stream(Victim.values())
                                .filter(one -> one != Victim.SOLR_NODE || solr != null)
                                .toArray(Victim[]::new);
                Victim victim = victims[random.nextInt(victims.length)];
                double seconds = round(victim);
                recoveries.computeIfAbsent(victim, of -> new ArrayList<>()).add(seconds);
                LOG.infof(
                        "round %d of %d: %s, recovered after %.1f s; %d acknowledged so far",
                        round,
                        ROUNDS,
                        victim.name().toLowerCase(Locale.ROOT),
                        seconds,
                        acknowledged);
            }
            int found = eligible(insist(() -> ask(nodes.get("third"), null)));
            LOG.infof(
                    "seed %d: %d rounds%s; %d images acknowledged, %d lost, %d wrong answers, %d"
                            + " requests unanswered or refused; seconds to recovery %s",
                    SEED,
                    ROUNDS,
                    SOLR ? " with SolrCloud" : "",
                    acknowledged,
                    acknowledged - found,
                    wrong.size(),
                    unanswered,
                    words());
            assertThat(wrong).as("seed %d", SEED).isEmpty();
            assertThat(found).as("images, seed %d", SEED).isEqualTo(acknowledged);
            assertThat(recoveries.values().stream().flatMap(List::stream))
                    .as("seconds to recovery, seed %d", SEED)
                    .allMatch(seconds -> seconds < RECOVERED.toSeconds());
        }

        private String words() {
            List<String> words = new ArrayList<>();
            recoveries.forEach((victim, all) -> {
                double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
                words.add(
                        "%s: %d times, median %.1f, longest %.1f"
                                .formatted(
                                        victim.name().toLowerCase(Locale.ROOT),
                                        sorted.length,
                                        sorted[sorted.length / 2],
                                        sorted[sorted.length - 1]));
            });
            return String.join("; ", words);
        }

        /** Kills; returns after how many seconds a query and an image were taken again. */
        private double round(Victim victim) throws Exception {
            Thread.sleep(random.nextLong(500));
            String leader = leader();
            String killed =
                    switch (victim) {
                        case QUERY_NODE -> "third";
                        case LEADER -> leader;
                        case STAND_BY -> leader.equals("first") ? "second" : "first";
                        case DATABASE, STORE, SOLR_NODE -> "";
                    };
            long begun = System.nanoTime();
            int solrNode = random.nextInt(2);
            switch (victim) {
                case QUERY_NODE, LEADER, STAND_BY -> nodes.remove(killed).kill();
                case DATABASE -> assertThat(cluster.killDatabase()).isTrue();
                case SOLR_NODE -> solr.kill(solrNode);
                case STORE -> {
                    cluster.store().away = true;
                    Thread.sleep(random.nextLong(3000));
                    cluster.store().away = false;
                    begun = System.nanoTime();
                }
            }
            ingestAnywhere();
            int before = acknowledged;
            insist(() -> {
                for (ClusterNodes.Node node : nodes.values()) {
                    JsonNode answer = ask(node, null);
                    if (eligible(answer) < before) {
                        wrong.add("%d of %d images".formatted(eligible(answer), before));
                    }
                    String same = answer(node, settledVersion);
                    if (!same.equals(settled)) {
                        wrong.add(same + " in place of " + settled);
                    }
                }
                return 0;
            });
            double seconds = (System.nanoTime() - begun) / 1e9;
            if (!killed.isEmpty()) {
                nodes.put(killed, start(cluster, killed));
            }
            if (victim == Victim.SOLR_NODE) {
                solr.restart(solrNode);
            }
            for (String name : NAMES) {
                insist(() -> {
                    if (client(name).get("/health/ready").statusCode() != 200) {
                        throw new IllegalStateException(name + " is not ready");
                    }
                    return 0;
                });
            }
            return seconds;
        }

        private String leader() throws Exception {
            return insist(() -> {
                for (String name : List.of("first", "second")) {
                    for (JsonNode check :
                            json.readTree(client(name).get("/health/ready").body())
                                    .path("checks")) {
                        if (check.path("data").path("leader").asBoolean()) {
                            return name;
                        }
                    }
                }
                throw new IllegalStateException("nobody leads");
            });
        }

        /** Sends an image, with one key, to one node after the other until one acknowledges it. */
        private void ingestAnywhere() throws Exception {
            CrashExamples.Example example = examples.number(acknowledged);
            String key = "chaos-" + acknowledged;
            int[] turn = {random.nextInt(2)};
            insist(() -> {
                ClusterNodes.Node node = nodes.get(List.of("first", "second").get(turn[0]++ % 2));
                if (node == null) {
                    throw new IllegalStateException("it was killed");
                }
                var answer = client(node).ingest(example, key);
                if (answer.statusCode() != 201 && answer.statusCode() != 200) {
                    throw new IllegalStateException(answer.statusCode() + " " + answer.body());
                }
                return 0;
            });
            acknowledged++;
        }

        private interface Trying<T> {
            T attempt() throws Exception;
        }

        /** Tries until it succeeds: what callers do who are told to try again. */
        private <T> T insist(Trying<T> trying) throws Exception {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                try {
                    return trying.attempt();
                } catch (java.io.IOException | IllegalStateException e) {
                    unanswered++;
                    if (System.nanoTime() > deadline) {
                        throw e;
                    }
                    Thread.sleep(100);
                }
            }
        }

        private PackagedClient client(String name) {
            ClusterNodes.Node node = nodes.get(name);
            if (node == null) {
                throw new IllegalStateException(name + " was killed");
            }
            return client(node);
        }

        private PackagedClient client(ClusterNodes.Node node) {
            return new PackagedClient(node.port(), TASK, List.of());
        }

        private JsonNode ask(ClusterNodes.Node node, Integer version) throws Exception {
            var answer =
                    client(node)
                            .query(
                                    new Phantoms(SEED + 1).patients(1).getFirst(),
                                    4,
                                    version == null ? "" : version.toString());
            if (answer.statusCode() != 201) {
                throw new IllegalStateException(answer.statusCode() + " " + answer.body());
            }
            return json.readTree(answer.body());
        }

        /** What must be the same whoever answers, and whenever: an answer from one version. */
        private String answer(ClusterNodes.Node node, int version) throws Exception {
            JsonNode label = ask(node, version).path("labels").path(0);
            StringBuilder words = new StringBuilder(label.path("area").asText());
            for (JsonNode support : label.path("supports")) {
                words.append(' ').append(support.path("imageId").asText());
                words.append(' ').append(support.path("weight").asText());
            }
            return words.toString();
        }

        private int eligible(JsonNode answer) {
            return answer.path("labels").path(0).path("eligible").asInt();
        }
    }
}
