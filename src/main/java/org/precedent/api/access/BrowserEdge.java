package org.precedent.api.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.precedent.access.AccessConfig;

/**
 * What another site's page in a browser of this machine must not bring about. A name that its owner
 * points at this machine (rebinding) is not ours, and is refused; a write from a page that is not
 * ours is refused; and the browser is told what our own page may do.
 */
@ApplicationScoped
class BrowserEdge {
    /** Ahead of the framework's authentication, which is at 200. */
    static final int PRIORITY = 300;

    private static final Set<HttpMethod> READS =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    /** An address is no name that somebody could point elsewhere. */
    private static final Pattern ADDRESS =
            Pattern.compile("[0-9.]+|\\[[0-9a-f:.]+\\]|[0-9a-f:.]*:[0-9a-f:.]*");

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'";

    /** Swagger UI comes with scripts and styles inside its page; only who is signed in gets it. */
    private static final String SWAGGER_POLICY =
            "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self'"
                    + " 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'";

    private static final String ORIGINS = "Access-Control-Allow-Origin";

    private final Set<String> names = new HashSet<>(Set.of("localhost"));
    private final ViewerAddress viewers;

    BrowserEdge(
            AccessConfig config,
            ViewerAddress viewers,
            @ConfigProperty(name = "quarkus.http.host") String listening) {
        this.viewers = viewers;
        names.add(listening.toLowerCase(Locale.ROOT));
        config.hosts()
                .orElse(List.of())
                .forEach(name -> names.add(name.strip().toLowerCase(Locale.ROOT)));
    }

    void register(@Observes Filters filters) {
        filters.register(this::filter, PRIORITY);
    }

    private void filter(RoutingContext context) {
        HttpServerRequest request = context.request();
        String path = String.valueOf(request.path());
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        boolean allowed = viewers.allows(origin, path);
        context.addHeadersEndHandler(done -> {
            tell(context.response().headers(), path);
            if (allowed) {
                allow(context.response().headers(), String.valueOf(origin));
            }
        });
        if (!isOurs(request.authority())) {
            context.fail(421);
        } else if (allowed && isPreflight(request)) {
            context.response().setStatusCode(204).end();
        } else if (!READS.contains(request.method()) && !allowed && isFromElsewhere(request)) {
            context.fail(403);
        } else if (request.params().contains("token") && isFromAnotherSite(request)) {
            context.fail(403); // a stranger's link would sign its reader in as the stranger
        } else {
            context.next();
        }
    }

    private boolean isOurs(@Nullable HostAndPort authority) {
        if (authority == null) {
            return false;
        }
        String host = authority.host().toLowerCase(Locale.ROOT);
        return names.contains(host) || ADDRESS.matcher(host).matches();
    }

    /** Browsers say where a write comes from; programs do not, and bring a key. */
    private static boolean isFromElsewhere(HttpServerRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin != null && !isAt(origin, request.authority());
    }

    /** A browser asks whether a page of another origin may; it sends no key with that. */
    private static boolean isPreflight(HttpServerRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.getHeader("Access-Control-Request-Method") != null;
    }

    /** Cookies are not allowed with it: such a page brings a key, or a session in the address. */
    private static void allow(MultiMap headers, String origin) {
        headers.set(ORIGINS, origin);
        headers.set("Vary", "Origin");
        headers.set("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE");
        headers.set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Api-Key");
        headers.set("Access-Control-Expose-Headers", "Content-Disposition");
        headers.set("Access-Control-Max-Age", "600");
        headers.set("Cross-Origin-Resource-Policy", "cross-origin");
    }

    private static boolean isFromAnotherSite(HttpServerRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        return site != null && site.equals("cross-site");
    }

    private static boolean isAt(String origin, @Nullable HostAndPort authority) {
        try {
            URI from = URI.create(origin);
            return authority != null
                    && from.getHost() != null
                    && from.getHost().equalsIgnoreCase(authority.host())
                    && port(from.getPort(), from.getScheme())
                            == port(authority.port(), from.getScheme());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static int port(int given, @Nullable String scheme) {
        return given > 0 ? given : "https".equals(scheme) ? 443 : 80;
    }

    private static void tell(MultiMap headers, String path) {
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("X-Frame-Options", "DENY");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        boolean swagger = path.startsWith("/swagger-ui");
        headers.set("Content-Security-Policy", swagger ? SWAGGER_POLICY : POLICY);
        headers.set(
                HttpHeaders.CACHE_CONTROL,
                Gate.isOfPage(path)
                        ? "no-cache"
                        : Gate.isOfBundle(path)
                                ? "public, max-age=31536000, immutable"
                                : swagger ? "private, max-age=3600" : "no-store");
    }
}
