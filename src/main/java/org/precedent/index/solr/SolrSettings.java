package org.precedent.index.solr;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.precedent.ServiceException;

/**
 * How a cluster is reached and used.
 *
 * @param nodes addresses of nodes, up to and with {@code /solr}; at least one
 * @param credentials "user:password" of basic authentication
 * @param shards of a collection that is made, at least 1
 * @param replicas of each of its shards, at least 1
 * @param timeout of one request
 * @param lease how long a writer that shows no sign of life keeps its index
 * @param exactLimit vectors that pass a filter are compared one by one up to this number
 * @param imageLimit locations of as many images are asked for by the images' ids
 */
record SolrSettings(
        List<URI> nodes,
        Optional<String> credentials,
        int shards,
        int replicas,
        Duration timeout,
        Duration lease,
        int exactLimit,
        int imageLimit) {
    /** Comparing 20,000 vectors of 256 components costs a server about as much as a walk. */
    static final int EXACT_LIMIT = 20_000;

    /** A list of so many ids is 75 kB of request. */
    static final int IMAGE_LIMIT = 2000;

    SolrSettings {
        nodes = List.copyOf(nodes);
        for (URI node : nodes) {
            if (node.getHost() == null
                    || !List.of("http", "https").contains(String.valueOf(node.getScheme()))) {
                throw bad("url", node, "expected http://HOST:PORT/solr, several apart by commas");
            }
        }
        if (shards < 1 || shards > 1024) {
            throw bad("shards", shards, "it is from 1 to 1024");
        }
        if (replicas < 1 || replicas > 16) {
            throw bad("replicas", replicas, "it is from 1 to 16");
        }
        if (lease.compareTo(Duration.ofSeconds(1)) < 0) {
            throw bad("lease", lease, "it is at least a second");
        }
    }

    /**
     * @param nodes at least one
     * @throws ServiceException naming the setting that cannot be used
     */
    static SolrSettings of(SolrConfig config, List<URI> nodes) {
        if (config.user().isPresent() != config.password().isPresent()) {
            throw bad(
                    "user",
                    config.user().orElse(""),
                    "it and precedent.index.solr.password are set together, or neither is");
        }
        return new SolrSettings(
                nodes,
                config.user().map(user -> user + ":" + config.password().orElse("")),
                config.shards(),
                config.replicas(),
                config.timeout(),
                config.lease(),
                EXACT_LIMIT,
                IMAGE_LIMIT);
    }

    private static ServiceException bad(String name, Object value, String limit) {
        return ServiceException.badParameter("precedent.index.solr." + name, value, limit);
    }
}
