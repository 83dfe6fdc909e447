package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.precedent.DomainException;

/** Every refusal and failure as {@code application/problem+json} (RFC 9457). */
final class Problems {
    private static final Logger LOG = Logger.getLogger(Problems.class);
    private static final String MEDIA_TYPE = "application/problem+json";

    @ServerExceptionMapper
    Response refusal(DomainException e, UriInfo uri) {
        int status =
                switch (e.kind()) {
                    case INVALID -> 400;
                    case UNKNOWN -> 404;
                    case CONFLICT -> 409;
                    case TOO_LARGE -> 413;
                    case UNSUPPORTED -> 415;
                    case UNUSABLE -> 422;
                    case BUSY -> 503;
                };
        String code = e.code().name().toLowerCase(Locale.ROOT).replace('_', '-');
        Map<String, Object> problem =
                problem(code, status, title(e.kind()), String.valueOf(e.getMessage()), uri);
        e.fields().forEach(problem::putIfAbsent);
        Response.ResponseBuilder response = Response.status(status).type(MEDIA_TYPE);
        if (status == 503) {
            response.header("Retry-After", "1");
        }
        return response.entity(problem).build();
    }

    @ServerExceptionMapper
    Response unreadableJson(JsonProcessingException e, UriInfo uri) {
        return of(
                "bad-json",
                400,
                "Not valid",
                "not readable as JSON: " + e.getOriginalMessage(),
                uri);
    }

    /** More specific than the framework's own mapper, which says nothing of the reason. */
    @ServerExceptionMapper
    Response unexpectedJson(MismatchedInputException e, UriInfo uri) {
        return unreadableJson(e, uri);
    }

    /** What JAX-RS itself refuses: unknown paths, wrong methods, unreadable parameters. */
    @ServerExceptionMapper
    Response http(WebApplicationException e, UriInfo uri) {
        int status = e.getResponse().getStatus();
        return of("http-" + status, status, "Not accepted", String.valueOf(e.getMessage()), uri);
    }

    @ServerExceptionMapper
    Response failure(Throwable e, UriInfo uri) {
        UUID id = UUID.randomUUID();
        LOG.errorf(e, "failure %s at %s", id, uri.getPath());
        return of(
                "internal-error",
                500,
                "Internal error",
                "this is our fault; the log has the cause under " + id,
                uri);
    }

    private static Response of(String code, int status, String title, String detail, UriInfo uri) {
        return Response.status(status)
                .type(MEDIA_TYPE)
                .entity(problem(code, status, title, detail, uri))
                .build();
    }

    private static Map<String, Object> problem(
            String code, int status, String title, String detail, UriInfo uri) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "urn:precedent:problem:" + code);
        problem.put("title", title);
        problem.put("status", status);
        problem.put("detail", detail);
        problem.put("instance", uri.getPath());
        return problem;
    }

    private static String title(DomainException.Kind kind) {
        return switch (kind) {
            case INVALID -> "Not valid";
            case UNKNOWN -> "Not known here";
            case CONFLICT -> "Contradicts what is stored";
            case TOO_LARGE -> "Too large";
            case UNSUPPORTED -> "Not supported";
            case UNUSABLE -> "No usable precedent";
            case BUSY -> "Not now";
        };
    }
}
