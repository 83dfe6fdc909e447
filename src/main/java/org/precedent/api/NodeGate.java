package org.precedent.api;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.precedent.NodeRole;
import org.precedent.node.NodeDuties;

/**
 * Refuses what is another node's, before anything is done for it. What asks the network, or looks
 * at pools and answers, is for nodes with the role {@code query}; whatever else changes anything is
 * for those with {@code ingest}. Who is asking, keys, the audit, tasks and how far indexes are,
 * every node tells.
 */
@Provider
public class NodeGate implements ContainerRequestFilter {
    /** Told by every node, whatever is done with it. */
    private static final Pattern EVERYWHERE =
            Pattern.compile("/(v1/(me|keys|audit|index)(/.*)?|monailabel(/(auth/.*|info|logs)?)?)");

    /** Changes nothing of a pool, although it is not read with GET. */
    private static final Pattern ASKED =
            Pattern.compile(
                    "/(v1/(segmentations(/[^/]+/replay)?|retrievals|studies/.*"
                            + "|curation/segmentations/[^/]+/again)"
                            + "|monailabel/(infer|session|activelearning|scoring|batch)(/.*)?"
                            + "|monailabel/datastore/image(/.*)?)");

    /** What those who add to pools must know. */
    private static final Pattern TASKS = Pattern.compile("/v1/tasks(/.*)?");

    private static final List<String> READING = List.of("GET", "HEAD");

    private final NodeDuties duties;

    NodeGate(NodeDuties duties) {
        this.duties = duties;
    }

    /** The role that a node needs for a request; empty where every node answers it. */
    static Optional<NodeRole> role(String method, String path) {
        if (EVERYWHERE.matcher(path).matches() || method.equals("OPTIONS")) {
            return Optional.empty();
        }
        if (READING.contains(method)) {
            return TASKS.matcher(path).matches() ? Optional.empty() : Optional.of(NodeRole.QUERY);
        }
        return Optional.of(ASKED.matcher(path).matches() ? NodeRole.QUERY : NodeRole.INGEST);
    }

    @Override
    public void filter(ContainerRequestContext request) {
        String path = plain(request.getUriInfo().getPath());
        if (isOfApi(path)) {
            role(request.getMethod(), path).ifPresent(duties::require);
        }
    }

    /** As resources are matched: without what may be added to an address and changes nothing. */
    static String plain(String path) {
        return ("/" + path)
                .replaceAll(";[^/]*", "")
                .replaceAll("/+", "/")
                .replaceAll("(?<=.)/$", "");
    }

    private static boolean isOfApi(String path) {
        return path.startsWith("/v1/")
                || path.startsWith("/monailabel")
                || path.startsWith("/dicom-web");
    }
}
