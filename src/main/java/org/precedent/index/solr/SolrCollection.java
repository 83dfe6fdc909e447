package org.precedent.index.solr;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.precedent.index.IndexException;

/** One collection of the cluster, with the schema that it needs and the document of its state. */
final class SolrCollection {
    private static final String STATE_ID = "state";

    /** With the pauses ten seconds: a node that comes back reads its transaction log meanwhile. */
    private static final int STALE_ATTEMPTS = 200;

    /** The version of a document that is not there. */
    static final long ABSENT = -1;

    private static final int CONFLICT = 409;

    private final SolrHttp http;
    private final String name;
    private final Similarity similarity;
    private final int dimension;

    /** How vectors are compared, as the schema calls it and as functions do. */
    enum Similarity {
        /** Of vectors of length 1; a score is (1 + p) / 2. */
        DOT_PRODUCT("dot_product"),
        /** Of any vectors; a score is 1 + p, or 1 / (1 - p) below 0. */
        MAXIMUM_INNER_PRODUCT("maximum_inner_product");

        private final String schema;

        Similarity(String schema) {
            this.schema = schema;
        }

        /** The inner product of a score. */
        double product(double score) {
            return this == DOT_PRODUCT ? 2 * score - 1 : score >= 1 ? score - 1 : 1 - 1 / score;
        }
    }

    /**
     * What the collection says of itself.
     *
     * @param version of the document that says it
     */
    record Stamp(IndexState state, long version) {}

    SolrCollection(SolrHttp http, String name, Similarity similarity, int dimension) {
        this.http = http;
        this.name = name;
        this.similarity = similarity;
        this.dimension = dimension;
    }

    String name() {
        return name;
    }

    Similarity similarity() {
        return similarity;
    }

    private String configSet() {
        return "precedent-%d-%s-%d".formatted(IndexState.FORMAT, similarity.schema, dimension);
    }

    boolean exists() {
        JsonNode all = http.form("/admin/collections", List.of("action", "LIST"));
        return contains(all.path("collections"), name);
    }

    /** Makes the collection and the schema that it needs, where they are not there. */
    void create(int shards, int replicas) {
        if (exists()) {
            return;
        }
        JsonNode sets = http.form("/admin/configs", List.of("action", "LIST"));
        if (!contains(sets.path("configSets"), configSet())) {
            http.bytes(
                    "/admin/configs?action=UPLOAD&overwrite=true&wt=json&name=" + configSet(),
                    zip());
        }
        try {
            http.form(
                    "/admin/collections",
                    List.of(
                            "action",
                            "CREATE",
                            "name",
                            name,
                            "numShards",
                            Integer.toString(shards),
                            "replicationFactor",
                            Integer.toString(replicas),
                            "collection.configName",
                            configSet(),
                            "router.name",
                            "compositeId",
                            "waitForFinalState",
                            "true"));
        } catch (SolrHttp.Refused e) {
            if (!exists()) { // else another process was faster
                throw failure("is not made", e);
            }
        }
    }

    /**
     * Gives each shard a document that says the last batch which the shard holds. Which names lead
     * to which shard is seen by trying some.
     *
     * @param marked who says so
     * @return how many there are
     */
    int mark(int shards, String marked) {
        ArrayNode candidates = SolrHttp.JSON.createArrayNode();
        for (int i = 0; i < 64 * shards; i++) {
            candidates.add(marker("marker" + i + "!", marked, 0));
        }
        update(candidates);
        show();
        Map<String, String> chosen = new TreeMap<>();
        List<String> others = new ArrayList<>();
        for (JsonNode one :
                all(
                        List.of("q", "marker:" + marked, "fl", "id,[shard]"),
                        "id asc",
                        Integer.MAX_VALUE)) {
            String id = one.path("id").asText();
            if (chosen.putIfAbsent(one.path("[shard]").asText(), id) != null) {
                others.add(id);
            }
        }
        delete(others);
        show();
        return chosen.size();
    }

    private static ObjectNode marker(String route, String marked, long mark) {
        ObjectNode document = SolrHttp.JSON.createObjectNode();
        return document.put("id", route + marked).put("marker", marked).put("mark", mark);
    }

    /**
     * Gives the shards of a state documents of another writer, which say that they hold its last
     * batch.
     *
     * @param state whose shards all hold it
     * @return the documents' names; seen after {@link #show}
     */
    List<String> markAs(IndexState state, String writer) {
        ArrayNode documents = SolrHttp.JSON.createArrayNode();
        List<String> names = new ArrayList<>();
        for (String id : ids("marker:" + state.marked())) {
            String route = id.substring(0, id.indexOf('!') + 1);
            ObjectNode document = marker(route, writer, state.generation());
            documents.add(document);
            names.add(document.path("id").asText());
        }
        update(documents);
        return names;
    }

    /** The names of what a query finds. */
    List<String> ids(String query) {
        return all(List.of("q", query, "fl", "id"), "id asc", Integer.MAX_VALUE).stream()
                .map(document -> document.path("id").asText())
                .toList();
    }

    /** Removes the collection with all that is in it, where it is there. */
    void delete() {
        if (exists()) {
            try {
                http.form("/admin/collections", List.of("action", "DELETE", "name", name));
            } catch (SolrHttp.Refused e) {
                if (exists()) {
                    throw failure("is not removed", e);
                }
            }
        }
    }

    /** A line: the name, its configset, shards, and how many of the replicas answer. */
    String description() {
        JsonNode all =
                http.form(
                                "/admin/collections",
                                List.of("action", "CLUSTERSTATUS", "collection", name))
                        .path("cluster")
                        .path("collections")
                        .path(name);
        int replicas = 0;
        int active = 0;
        for (JsonNode shard : all.path("shards")) {
            for (JsonNode replica : shard.path("replicas")) {
                replicas++;
                active += replica.path("state").asText().equals("active") ? 1 : 0;
            }
        }
        return "%s: schema %s, %d shards, %d of %d replicas active"
                .formatted(
                        name,
                        all.path("configName").asText(),
                        all.path("shards").size(),
                        active,
                        replicas);
    }

    private static boolean contains(JsonNode names, String name) {
        for (JsonNode one : names) {
            if (one.asText().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private byte[] zip() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String file : List.of("solrconfig.xml", "schema.xml")) {
                try (InputStream in =
                        Objects.requireNonNull(
                                SolrCollection.class.getResourceAsStream("/solr/" + file))) {
                    String text =
                            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                                    .replace("${dimension}", Integer.toString(dimension))
                                    .replace("${similarity}", similarity.schema);
                    zip.putNextEntry(new ZipEntry(file));
                    zip.write(text.getBytes(StandardCharsets.UTF_8));
                    zip.closeEntry();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The state as it was written last, visible to searches or not; empty where there is none. */
    Optional<Stamp> state() {
        JsonNode document;
        try {
            document =
                    http.form("/" + name + "/get", List.of("id", STATE_ID, "fl", "state,_version_"))
                            .path("doc");
        } catch (SolrHttp.Refused e) {
            if (e.status() == 404) {
                return Optional.empty();
            }
            throw failure("does not say its state", e);
        }
        if (!document.has("state")) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Stamp(
                            SolrHttp.JSON.readValue(
                                    document.path("state").asText(), IndexState.class),
                            document.path("_version_").asLong()));
        } catch (JsonProcessingException e) {
            throw IndexException.of(
                    IndexException.Code.CORRUPT, "the state of collection " + name, e);
        }
    }

    /**
     * Writes the state if nobody has written it since.
     *
     * @param version of the state that this one follows, or {@link #ABSENT}
     * @return its new version; empty where somebody has
     */
    OptionalLong write(IndexState state, long version) {
        ObjectNode document = SolrHttp.JSON.createObjectNode();
        document.put("id", STATE_ID);
        document.put("_version_", version);
        try {
            document.put("state", SolrHttp.JSON.writeValueAsString(state));
            http.json("/" + name + "/update?wt=json", "[" + document + "]");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts", e);
        } catch (SolrHttp.Refused e) {
            if (e.status() != CONFLICT) {
                throw failure("does not take its state", e);
            }
        }
        // Its version is read: a node that is not the leader answers with another one. And where
        // the answer to an earlier try was lost, a refusal is none: what is there is this.
        Optional<Stamp> there = state();
        return there.isPresent() && there.get().state().equals(state)
                ? OptionalLong.of(there.get().version())
                : OptionalLong.empty();
    }

    /** A search; parameters are names and values by turns. */
    JsonNode select(List<String> parameters) {
        try {
            return http.form("/" + name + "/select", parameters);
        } catch (SolrHttp.Refused e) {
            throw failure("does not answer", e);
        }
    }

    /**
     * A search of one state. A shard whose up-to-date copies are all gone may be led by an older
     * one: what does not hold the state's last batch is no answer.
     *
     * @throws IndexException IO where that does not change within a while
     */
    JsonNode select(IndexState state, List<String> parameters) {
        List<String> checked = new ArrayList<>(parameters);
        checked.addAll(
                List.of(
                        "json.facet",
                        "{current:{type:query,q:\"+marker:%s +mark:[%d TO *]\",domain:{query:\"*:*\"}}}"
                                .formatted(state.marked(), state.generation())));
        int current = 0;
        for (int attempt = 0; attempt < STALE_ATTEMPTS; attempt++) {
            JsonNode answer = select(checked);
            current = answer.path("facets").path("current").path("count").asInt();
            if (current == state.markers()) {
                return answer;
            }
            SolrHttp.pause();
        }
        throw IndexException.of(
                IndexException.Code.IO,
                "of %d shards of collection %s only %d hold what was written last; try again"
                        .formatted(state.markers(), name, current));
    }

    /** Adds or changes documents; seen after {@link #show}. */
    void update(ArrayNode documents) {
        if (!documents.isEmpty()) {
            send("/update?wt=json", documents.toString());
        }
    }

    /**
     * Changes documents that are still of the versions which {@code _version_} names; seen after
     * {@link #show}.
     *
     * @return false where one is not, and then others may be changed or not
     */
    boolean updateUnchanged(ArrayNode documents) {
        try {
            http.json("/" + name + "/update?wt=json", documents.toString());
            return true;
        } catch (SolrHttp.Refused e) {
            if (e.status() == CONFLICT) {
                return false;
            }
            throw failure("does not take what is written", e);
        }
    }

    /** Removes documents by their names; seen after {@link #show}. */
    void delete(List<String> ids) {
        if (!ids.isEmpty()) {
            ObjectNode body = SolrHttp.JSON.createObjectNode();
            ids.forEach(body.putArray("delete")::add);
            send("/update?wt=json", body.toString());
        }
    }

    /** Makes all that was written visible on all replicas. */
    void show() {
        send("/update?softCommit=true&waitSearcher=true&wt=json", "{}");
    }

    /** Takes what was written out of the transaction logs and onto the disks. */
    void commit() {
        send("/update?commit=true&openSearcher=false&wt=json", "{}");
    }

    /** Rewrites files until nothing is in them that was removed. */
    void expunge() {
        send("/update?commit=true&expungeDeletes=true&waitSearcher=true&wt=json", "{}");
    }

    private void send(String path, String body) {
        try {
            http.json("/" + name + path, body);
        } catch (SolrHttp.Refused e) {
            throw failure("does not take what is written", e);
        }
    }

    /** All documents of a search, in pages, by ascending fields that end with the id. */
    List<JsonNode> all(List<String> parameters, String sort, int limit) {
        return all(this::select, parameters, sort, limit);
    }

    /** The same, of one state. */
    List<JsonNode> all(IndexState state, List<String> parameters, String sort, int limit) {
        return all(page -> select(state, page), parameters, sort, limit);
    }

    private static List<JsonNode> all(
            Function<List<String>, JsonNode> select,
            List<String> parameters,
            String sort,
            int limit) {
        List<JsonNode> all = new ArrayList<>();
        String mark = "*";
        while (all.size() < limit) {
            List<String> page = new ArrayList<>(parameters);
            int rows = Math.min(10_000, limit - all.size());
            page.addAll(List.of("sort", sort, "cursorMark", mark, "rows", Integer.toString(rows)));
            JsonNode answer = select.apply(page);
            answer.path("response").path("docs").forEach(all::add);
            String next = answer.path("nextCursorMark").asText();
            if (next.equals(mark) || answer.path("response").path("docs").size() < rows) {
                break;
            }
            mark = next;
        }
        return all;
    }

    private IndexException failure(String what, SolrHttp.Refused e) {
        return IndexException.of(
                e.status() == 404 ? IndexException.Code.MISSING : IndexException.Code.IO,
                "collection %s %s: %s".formatted(name, what, e.getMessage()),
                e);
    }
}
