package org.precedent.api.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticator;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import java.util.Set;
import org.precedent.access.Action;
import org.precedent.access.Scope;

/**
 * Nothing without a name. Open are only the page, which holds no data, the health checks, which
 * hold counters, and where viewers sign in. What a name may do is decided below the resources, by
 * its scope.
 */
@ApplicationScoped
class Gate {
    /** After the framework's authentication, which is at 200. */
    private static final int PRIORITY = 150;

    private static final long SHORT_BODY = 1L << 20;

    private static final Set<String> PAGE = Set.of("/", "/index.html");

    /**
     * The page's scripts and styles, and libraries that it loads when it needs them: each under a
     * name that its content or its version gives it.
     */
    private static final String BUNDLE = "/static/";

    /** Where a browser goes for single sign-on, and comes back to. */
    static final String SIGN_IN = "/signin";

    /**
     * The page sends it with what it changes; another site's page could not without being asked.
     */
    static final String PAGE_HEADER = "X-Precedent-Page";

    private final ManagementPort management;

    private final UnknownCallers unknown;

    Gate(ManagementPort management, UnknownCallers unknown) {
        this.management = management;
        this.unknown = unknown;
    }

    void register(@Observes Filters filters) {
        filters.register(this::filter, PRIORITY);
    }

    static boolean isOfPage(String path) {
        return PAGE.contains(path);
    }

    static boolean isOfBundle(String path) {
        return path.startsWith(BUNDLE);
    }

    private static boolean isOpen(String path) {
        return isOfPage(path) || isOfBundle(path) || isHealth(path) || ViewerAddress.isOpen(path);
    }

    private static boolean isHealth(String path) {
        return path.equals("/health") || path.startsWith("/health/");
    }

    private void filter(RoutingContext context) {
        HttpServerRequest request = context.request();
        String path = String.valueOf(request.path());
        if (management.took(request)) {
            if (isHealth(path) || path.equals("/metrics")) {
                context.next();
            } else {
                context.fail(404);
            }
            return;
        }
        if (isOpen(path)) {
            context.next();
            return;
        }
        Optional<Scope> scope = Caller.scope(context);
        if (path.equals(SIGN_IN)) {
            signIn(context, scope.isPresent());
            return;
        }
        if (scope.isEmpty()) {
            unknown.turnedAway(request.remoteAddress().hostAddress());
            context.response().putHeader("WWW-Authenticate", "Bearer");
            refuse(context, 401);
        } else if (isWriteByCookie(request)
                && ViewerAddress.session(context).isEmpty()
                && request.getHeader(PAGE_HEADER) == null) {
            refuse(context, 403);
        } else if (path.startsWith("/metrics") && !scope.get().may(Action.OPERATE)) {
            refuse(context, 403);
        } else {
            context.next();
        }
    }

    /**
     * Single sign-on asks its provider who it is; without one there is only the page's own form.
     */
    private static void signIn(RoutingContext context, boolean done) {
        if (done) {
            context.response().setStatusCode(303).putHeader(HttpHeaders.LOCATION, "/").end();
        } else if (context.get(HttpAuthenticator.class.getName())
                instanceof HttpAuthenticator authenticator) {
            authenticator
                    .sendChallenge(context)
                    .subscribe()
                    .with(
                            sent -> {
                                if (!context.response().ended()) {
                                    context.response().end();
                                }
                            },
                            context::fail);
        } else {
            context.fail(404);
        }
    }

    private static boolean isWriteByCookie(HttpServerRequest request) {
        return !request.method().equals(HttpMethod.GET)
                && !request.method().equals(HttpMethod.HEAD)
                && !request.method().equals(HttpMethod.OPTIONS)
                && request.getHeader(HttpHeaders.AUTHORIZATION) == null
                && request.getHeader("X-Api-Key") == null
                && request.cookieCount() > 0;
    }

    /**
     * A short body is read to its end first, else its sender would see a broken connection and no
     * answer; after a long one the connection ends, because its rest would pass for a request.
     */
    private static void refuse(RoutingContext context, int status) {
        HttpServerRequest request = context.request();
        long length = length(request);
        if (length == 0 || request.version() == HttpVersion.HTTP_2 || isRead(request)) {
            context.fail(status);
        } else if (length <= SHORT_BODY) {
            request.handler(part -> {});
            request.endHandler(end -> context.fail(status));
            request.resume();
        } else {
            context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            context.addEndHandler(done -> request.connection().close());
            context.fail(status);
        }
    }

    /** Its body is not waited for: some clients declare one that they do not send. */
    private static boolean isRead(HttpServerRequest request) {
        return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    }

    /** What is declared; more than any where that is not known. */
    private static long length(HttpServerRequest request) {
        String declared = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (declared == null) {
            return request.getHeader(HttpHeaders.TRANSFER_ENCODING) == null ? 0 : Long.MAX_VALUE;
        }
        try {
            return Long.parseLong(declared.strip());
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
