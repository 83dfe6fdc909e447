package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveContainerRequestContext;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** Every refusal and failure as {@code application/problem+json} (RFC 9457). */
final class Problems {
    private static final Logger LOG = Logger.getLogger(Problems.class);
    private static final String MEDIA_TYPE = "application/problem+json";

    /** What was sent is named in the answer, but not sent back at length. */
    private static final int LONGEST = 500;

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
        e.fields()
                .forEach((name, value) ->
                        problem.putIfAbsent(
                                name, value instanceof String text ? shown(text) : value));
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
        String detail =
                status == 413
                        ? "the body is larger than 256 MB, or a part that is text than 64 KiB"
                        : String.valueOf(e.getMessage());
        return of("http-" + status, status, "Not accepted", detail, uri);
    }

    @ServerExceptionMapper
    Response failure(Throwable e, UriInfo uri, ContainerRequestContext request) {
        if (isUnreadForm(request) && !isOurDisk(e)) {
            LOG.infof("a form that cannot be read at %s: %s", uri.getPath(), e);
            return of(
                    "bad-form",
                    400,
                    "Not valid",
                    "the body cannot be read as multipart/form-data: it ends early, a part's headers"
                            + " or encoding are not valid, or it has more than 1000 parts",
                    uri);
        }
        UUID id = UUID.randomUUID();
        LOG.errorf(e, "failure %s at %s", id, uri.getPath());
        return of(
                "internal-error",
                500,
                "Internal error",
                "this is our fault; the log has the cause under " + id,
                uri);
    }

    /** Whether the request is a form and the framework failed while it was reading it. */
    private static boolean isUnreadForm(ContainerRequestContext request) {
        return request instanceof ResteasyReactiveContainerRequestContext reactive
                && reactive.getServerRequestContext() instanceof ResteasyReactiveRequestContext form
                && form.getFormData() == null
                && MediaType.MULTIPART_FORM_DATA_TYPE.isCompatible(request.getMediaType());
    }

    /**
     * The parts are kept in files while they are read. What the framework throws about the form
     * itself is a subclass of IOException, no IOException at all, or this one sentence.
     */
    private static boolean isOurDisk(@Nullable Throwable e) {
        return e != null
                && (e instanceof FileSystemException
                        || (e.getClass() == IOException.class
                                && !String.valueOf(e.getMessage())
                                        .startsWith("Connection terminated"))
                        || isOurDisk(e.getCause()));
    }

    /** Text that somebody sent, fit for JSON and for people. */
    private static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(LONGEST)
                .map(c -> (c != '\n' && Character.isISOControl(c)) || isHalf(c) ? '?' : c)
                .forEach(shown::appendCodePoint);
        return text.codePoints().count() > LONGEST
                ? shown.append("...").toString()
                : shown.toString();
    }

    private static boolean isHalf(int c) {
        return Character.getType(c) == Character.SURROGATE;
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
        problem.put("detail", shown(detail));
        problem.put("instance", shown(uri.getPath()));
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
