package org.precedent.index.solr;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The SolrCloud that keeps the vectors, {@code precedent.index.solr.x} or {@code
 * PRECEDENT_INDEX_SOLR_X}. Without an address, indexes are files in the index directory.
 */
@ConfigMapping(prefix = "precedent.index.solr")
public interface SolrConfig {
    /** Nodes of the cluster, e.g. {@code http://solr1:8983/solr,http://solr2:8983/solr}. */
    Optional<List<URI>> url();

    /** Of basic authentication, with {@link #password}. */
    Optional<String> user();

    Optional<String> password();

    /** Shards of a collection that is made; one that is there keeps its own. */
    @WithDefault("1")
    int shards();

    /** Copies of a shard of a collection that is made. */
    @WithDefault("1")
    int replicas();

    /** How long one request may take; an unanswered search is asked of another node. */
    @WithDefault("30s")
    Duration timeout();

    /** How long after the last sign of life of a writing process another one takes over. */
    @WithDefault("8s")
    Duration lease();
}
