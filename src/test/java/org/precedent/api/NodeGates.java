package org.precedent.api;

import java.util.Optional;
import org.precedent.NodeRole;

/** Requests and whose they are, for tests of whatever must know it. */
public final class NodeGates {
    /** Method, path, and the role that a node needs; none where every node answers. */
    public static final String[][] REQUESTS = {
        {"POST", "/v1/segmentations", "QUERY"},
        {"POST", "/v1/segmentations/5b/replay", "QUERY"},
        {"GET", "/v1/segmentations/5b", "QUERY"},
        {"POST", "/v1/retrievals", "QUERY"},
        {"DELETE", "/v1/studies/5b", "QUERY"},
        {"GET", "/v1/curation/tasks/t/pools/p/lists/suspects", "QUERY"},
        {"POST", "/v1/curation/segmentations/5b/again", "QUERY"},
        {"POST", "/monailabel/infer/task/pool", "QUERY"},
        {"PUT", "/monailabel/session", "QUERY"},
        {"PUT", "/monailabel/datastore/image", "QUERY"},
        {"GET", "/dicom-web/studies", "QUERY"},
        {"POST", "/v1/images", "INGEST"},
        {"PUT", "/v1/tasks/t", "INGEST"},
        {"PUT", "/v1/tasks/t/pools/p/policy", "INGEST"},
        {"POST", "/v1/erasures", "INGEST"},
        {"POST", "/v1/curation/reviews", "INGEST"},
        {"POST", "/v1/curation/segmentations/5b/corrections", "INGEST"},
        {"POST", "/v1/tasks/t/pools/p/adaptations", "INGEST"},
        {"PUT", "/monailabel/datastore/label", "INGEST"},
        {"POST", "/monailabel/train", "INGEST"},
        {"POST", "/dicom-web/studies", "INGEST"},
        {"GET", "/v1/tasks", ""},
        {"GET", "/v1/me", ""},
        {"GET", "/v1/index", ""},
        {"POST", "/v1/keys", ""},
        {"DELETE", "/v1/keys/k", ""},
        {"GET", "/v1/audit", ""},
        {"POST", "/monailabel/auth/token", ""},
        {"GET", "/monailabel/info", ""}
    };

    private NodeGates() {}

    /** The role as the service sees it. */
    public static Optional<NodeRole> role(String method, String path) {
        return NodeGate.role(method, path);
    }
}
