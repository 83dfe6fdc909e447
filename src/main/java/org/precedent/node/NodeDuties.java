package org.precedent.node;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.precedent.NodeRole;
import org.precedent.PrecedentConfig;
import org.precedent.ServiceException;

/**
 * What this process may do. Everything that runs by itself asks here before each of its steps, so
 * that the answer may change while it runs.
 */
@ApplicationScoped
public class NodeDuties {
    private final Set<NodeRole> roles;
    private final BooleanSupplier leads;

    @Inject
    NodeDuties(PrecedentConfig config, Leadership leadership) {
        this(roles(config.roles()), leadership::leads);
    }

    /**
     * @param roles at least one
     * @param leads whether this process leads among those that may
     */
    public NodeDuties(Set<NodeRole> roles, BooleanSupplier leads) {
        this.roles = Set.copyOf(roles);
        this.leads = leads;
    }

    /** Those of a process that is alone. */
    public static NodeDuties alone() {
        return new NodeDuties(EnumSet.allOf(NodeRole.class), () -> true);
    }

    private static Set<NodeRole> roles(Set<NodeRole> configured) {
        if (configured.isEmpty()) {
            throw ServiceException.badParameter(
                    "precedent.roles", "", "name at least one of query, ingest and project");
        }
        return configured;
    }

    /** Whether this node has a role. */
    public boolean has(NodeRole role) {
        return roles.contains(role);
    }

    /** The roles, as settings write them. */
    public String words() {
        return roles.stream().sorted().map(NodeRole::word).collect(Collectors.joining(","));
    }

    /** Whether this process does what is done once for all nodes. */
    public boolean leads() {
        return has(NodeRole.PROJECT) && leads.getAsBoolean();
    }

    /**
     * Whether this process may write what follows the catalogue.
     *
     * @param shared whether all nodes search the same; else it is this machine's own, and files'
     *     locks say which of its processes writes
     */
    public boolean writes(boolean shared) {
        return shared ? leads() : has(NodeRole.PROJECT);
    }

    /**
     * Returns where this node has a role.
     *
     * @throws ServiceException ROLE_MISSING where it does not
     */
    public void require(NodeRole role) {
        if (!has(role)) {
            throw ServiceException.roleMissing(role.word(), words());
        }
    }
}
