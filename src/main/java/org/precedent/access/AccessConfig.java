package org.precedent.access;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Who may reach the service, {@code precedent.access.x} or {@code PRECEDENT_ACCESS_X}. */
@ConfigMapping(prefix = "precedent.access")
public interface AccessConfig {
    /**
     * Whether callers need a key. Without, whoever reaches the port is the administrator; refused
     * where the service listens beyond this machine.
     */
    @WithDefault("true")
    boolean required();

    /** Names under which the service is reached, besides {@code localhost} and bare addresses. */
    Optional<List<String>> hosts();

    /** A port for health and metrics alone, read without a key. Default: none. */
    Optional<Integer> managementPort();

    /** The address that this port listens at. */
    @WithDefault("127.0.0.1")
    String managementHost();

    /** Sites whose files' names are not kept; {@code *} for all of them. Default: none. */
    Optional<List<String>> unnamedSites();

    /** A body that has not come on for so long is given up, and its connection closed. */
    @WithDefault("30S")
    Duration stalledBody();

    /** A body that has not ended so long after its head is given up likewise. */
    @WithDefault("10M")
    Duration longestBody();

    /**
     * Bytes that one caller's bodies may have together while they arrive and are worked on; one in
     * chunks counts as the longest that it may be.
     */
    @WithDefault("2G")
    MemorySize arrivingBytes();

    /** Names of roles in the tokens of single sign-on are in this claim. */
    @WithDefault("roles")
    String rolesClaim();

    /** The name of the site in the tokens of single sign-on is in this claim. */
    @WithDefault("site")
    String siteClaim();
}
