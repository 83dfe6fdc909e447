package org.precedent.api.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.access.ViewerConfig;

/**
 * The addresses that viewers use. Those that send no header bring their session in the address,
 * {@code /monailabel/~prs_.../info/} or {@code /dicom-web/~prs_.../studies}; those that know no
 * path of a server find the routes at the root where that is configured. All are brought to the
 * address without it, without the slash at the end, before anything else looks at them, so that no
 * log, audit or answer has the session.
 *
 * <p>Every other address is brought to its one form too, {@code /v1} for {@code /health/../%761}:
 * the router finds resources by that form, and what decides who may pass and what is written down
 * must look at the same one.
 *
 * <p>A GET is never waited for: viewers repeat the headers of an earlier POST, and then no body
 * follows the length that they declare.
 */
@ApplicationScoped
public class ViewerAddress {
    /** Where the routes of MONAI Label are. */
    public static final String ROOT = "/monailabel";

    /** Where viewers find the images that were segmented, and the segmentations. */
    public static final String OBJECTS = "/dicom-web";

    /** What a session is called that a program may send as its token, or in an address. */
    public static final String PREFIX = "prs_";

    /** Ahead of the browser's edge. */
    private static final int PRIORITY = BrowserEdge.PRIORITY + 100;

    /** Under which a request carries the session of its address. */
    private static final String SESSION = "precedent.viewer-session";

    private static final Pattern IN_ADDRESS =
            Pattern.compile(
                    "(" + ROOT + "|" + OBJECTS + ")?/~" + PREFIX + "([0-9A-Za-z]{43})(/.*)?");

    private static final Set<String> OPEN = Set.of(ROOT, ROOT + "/auth", ROOT + "/auth/token");

    private static final Set<String> ROUTES =
            Set.of(
                    "info",
                    "infer",
                    "datastore",
                    "activelearning",
                    "session",
                    "train",
                    "scoring",
                    "batch",
                    "model",
                    "logs",
                    "auth");

    private final boolean atRoot;
    private final Set<String> origins;

    ViewerAddress(ViewerConfig config) {
        this.atRoot = config.root();
        this.origins =
                config.origins().orElse(List.of()).stream()
                        .map(origin -> origin.strip().replaceAll("/$", ""))
                        .collect(Collectors.toUnmodifiableSet());
    }

    void register(@Observes Filters filters) {
        filters.register(this::filter, PRIORITY);
    }

    private void filter(RoutingContext context) {
        HttpServerRequest request = context.request();
        String path = context.normalizedPath();
        Matcher session = IN_ADDRESS.matcher(path);
        String meant = path;
        if (session.matches()) {
            context.put(SESSION, session.group(2));
            String root = session.group(1);
            String rest = session.group(3);
            meant = (root == null ? ROOT : root) + (rest == null ? "" : rest);
        } else if (atRoot && ROUTES.contains(first(path))) {
            meant = ROOT + path;
        }
        if (isOf(meant) && meant.endsWith("/")) {
            meant = meant.substring(0, meant.length() - 1);
        }
        if (isOf(meant) && isRead(request.method()) && declaresBody(request)) {
            context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            context.addEndHandler(done -> request.connection().close());
        }
        if (meant.equals(request.path())) {
            context.next();
        } else {
            String query = request.query();
            context.reroute(query == null ? meant : meant + "?" + query);
        }
    }

    /** The first word of a path. */
    private static String first(String path) {
        int end = path.indexOf('/', 1);
        return path.length() < 2 ? "" : path.substring(1, end < 0 ? path.length() : end);
    }

    /** Whether a path is one of the routes. */
    public static boolean isOf(String path) {
        return path.equals(ROOT) || path.startsWith(ROOT + "/") || isOfObjects(path);
    }

    /** Whether a path names studies by their own UIDs, which are not to be written anywhere. */
    static boolean isOfObjects(String path) {
        return path.equals(OBJECTS) || path.startsWith(OBJECTS + "/");
    }

    /** Whether a route needs no name: it says nothing but how to sign in. */
    static boolean isOpen(String path) {
        return OPEN.contains(path);
    }

    /** The session that a request brought in its address. */
    static Optional<String> session(RoutingContext context) {
        return Optional.ofNullable(context.<String>get(SESSION));
    }

    /** Whether a page of another origin may call the routes. */
    boolean allows(@Nullable String origin, String path) {
        return origin != null && isOf(path) && origins.contains(origin);
    }

    private static boolean isRead(HttpMethod method) {
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
    }

    private static boolean declaresBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && !length.strip().equals("0");
    }
}
