package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.precedent.access.AccessConfig;
import org.precedent.access.Scope;
import org.precedent.api.access.ArrivingBody;
import org.precedent.api.access.Caller;

/**
 * What is refused before any resource sees it is a problem too: a body that declares to be too
 * large, and what the router itself fails at. The server's own answers to bytes that are no HTTP
 * (400), or lines and headers that are too long (414, 431), have no body.
 */
@ApplicationScoped
class RequestLimits {
    /** As quarkus.http.limits.max-body-size, which also counts bodies that declare nothing. */
    static final long LARGEST_BODY = 256L << 20;

    /** Of bodies that are held whole and hold no file. */
    static final long LARGEST_TEXT = 4L << 20;

    private static final List<String> TEXTS =
            List.of("application/json", "application/x-www-form-urlencoded");

    /** Ahead of the framework's own check, which answers without a body. */
    private static final int PRIORITY = 100;

    private final ObjectMapper json;
    private final ArrivingUploads arriving;

    RequestLimits(ObjectMapper json, AccessConfig config) {
        this.json = json;
        this.arriving = new ArrivingUploads(config.arrivingBytes().asLongValue());
    }

    void refuseLargeBodies(@Observes Filters filters) {
        filters.register(this::refuseLargeBody, PRIORITY);
    }

    private void refuseLargeBody(RoutingContext context) {
        String declared = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        long limit = limit(context);
        long length = declared == null ? limit : bytes(declared);
        if (length > limit) {
            refuseAsTooLong(context);
            return;
        }
        if (declared == null) {
            // In chunks: counted as they come, and beyond the limit nobody gets them.
            ArrivingBody.of(context)
                    .ifPresent(body -> body.limit(limit, () -> refuseAsTooLong(context)));
        }
        if (isWithinQuota(context, length)) {
            context.next();
        } else {
            context.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            refuse(context, Problems.tooManyUploads(context.request().path()));
        }
    }

    /** Takes room among the bodies of its caller until it is answered. */
    private boolean isWithinQuota(RoutingContext context, long length) {
        Optional<String> caller = Caller.scope(context).map(Scope::name);
        if (caller.isEmpty() || !ArrivingBody.isDeclared(context.request())) {
            return true;
        }
        if (!arriving.enter(caller.get(), length)) {
            return false;
        }
        context.addEndHandler(ended -> arriving.leave(caller.get(), length));
        return true;
    }

    private void refuseAsTooLong(RoutingContext context) {
        refuse(context, Problems.http(413, context.request().path()));
    }

    private void refuse(RoutingContext context, Map<String, Object> problem) {
        HttpServerResponse response = context.response();
        if (response.headWritten()) {
            context.request().connection().close();
            return;
        }
        // What follows would be read as the next request.
        response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        // Beside the handlers that there are: the response itself has room for one, by which a body
        // in chunks that turns out to be too long gives back what it took.
        context.addEndHandler(done -> context.request().connection().close());
        answer(context, problem);
    }

    private static long limit(RoutingContext context) {
        String type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
        String lower = type == null ? "" : type.strip().toLowerCase(Locale.ROOT);
        return TEXTS.stream().anyMatch(lower::startsWith) ? LARGEST_TEXT : LARGEST_BODY;
    }

    /** None where it is no number: the server refuses that. */
    private static long bytes(String declared) {
        try {
            return Long.parseLong(declared.trim());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    void answerFailures(@Observes Router router) {
        router.route().order(-PRIORITY).failureHandler(this::fail);
    }

    private void fail(RoutingContext context) {
        if (context.response().ended() || context.response().closed()) {
            return; // it is answered, or nobody is there: there is nothing to tell anybody
        }
        if (context.response().headWritten()) {
            context.next();
            return;
        }
        if (Caller.isSentOn(context)) {
            return;
        }
        int status = Caller.isUnproven(context.failure()) ? 401 : context.statusCode();
        String path = String.valueOf(context.request().path());
        if (Problems.isOfDatabase(context.failure())) {
            // Also while a key is checked: that it proves nothing is not known then.
            context.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
            answer(context, Problems.databaseAway(context.failure(), path));
            return;
        }
        answer(
                context,
                status >= 400 && status < 500
                        ? Problems.http(status, path)
                        : Problems.internalError(context.failure(), path));
    }

    private void answer(RoutingContext context, Map<String, Object> problem) {
        try {
            context.response()
                    .setStatusCode(problem.get("status") instanceof Integer status ? status : 500)
                    .putHeader(HttpHeaders.CONTENT_TYPE, Problems.MEDIA_TYPE)
                    .end(json.writeValueAsString(problem));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
