package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.vertx.core.http.HttpClosedException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveContainerRequestContext;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ServiceException;

/**
 * Every refusal and failure as {@code application/problem+json} (RFC 9457). Whoever is to blame is
 * blamed: what the service lacks, memory, room on a disk or its database, is 503 and never the
 * fault of what was sent.
 */
final class Problems {
    static final String MEDIA_TYPE = "application/problem+json";

    private static final Logger LOG = Logger.getLogger(Problems.class);

    /** What was sent is named in the answer, but not sent back at length. */
    private static final int LONGEST = 500;

    /** SQLSTATE classes of PostgreSQL: no connection, no resources, ended by its operator. */
    private static final List<String> UNAVAILABLE = List.of("08", "53", "57");

    @ServerExceptionMapper
    Response refusal(DomainException e, UriInfo uri) {
        int status =
                switch (e.kind()) {
                    case INVALID -> 400;
                    case FORBIDDEN -> 403;
                    case UNKNOWN -> 404;
                    case CONFLICT -> 409;
                    case MISDIRECTED -> 421;
                    case TOO_LARGE -> 413;
                    case UNSUPPORTED -> 415;
                    case UNUSABLE -> 422;
                    case DAMAGED -> 500;
                    case BUSY -> 503;
                };
        if (status >= 500 && e.getCause() != null) {
            LOG.warnf("%s at %s: %s: %s", e.code(), uri.getPath(), e.getMessage(), e.getCause());
        }
        Map<String, Object> problem =
                problem(
                        ProblemType.uri(e.code().name()),
                        status,
                        title(e.kind()),
                        String.valueOf(e.getMessage()),
                        uri.getPath());
        e.fields()
                .forEach((name, value) ->
                        problem.putIfAbsent(
                                name, value instanceof String text ? shown(text) : value));
        return of(problem);
    }

    @ServerExceptionMapper
    Response unreadableJson(JsonProcessingException e, UriInfo uri) {
        Map<String, Object> problem =
                problem(
                        ProblemType.BAD_JSON,
                        "Not valid",
                        "not readable as JSON: " + StrictJson.complaint(e),
                        uri.getPath());
        String field = StrictJson.field(e);
        if (!field.isEmpty()) {
            problem.put("field", shown(field));
        }
        return of(problem);
    }

    /** More specific than the framework's own mapper, which says nothing of the reason. */
    @ServerExceptionMapper
    Response unexpectedJson(MismatchedInputException e, UriInfo uri) {
        return unreadableJson(e, uri);
    }

    /** What JAX-RS itself refuses: unknown paths, wrong methods, unreadable parameters. */
    @ServerExceptionMapper
    Response http(WebApplicationException e, UriInfo uri) {
        return of(http(e.getResponse().getStatus(), uri.getPath()));
    }

    /** What HTTP itself refuses, in words for people. */
    static Map<String, Object> http(int status, String path) {
        String detail =
                switch (status) {
                    case 400 -> "this is not a valid request: look for a broken escape or header";
                    case 401 ->
                            "a key is needed, in the header Authorization as Bearer prc_...: the"
                                    + " administrator's token is in the file admin.token of the data"
                                    + " directory, and precedent key create makes others";
                    case 403 ->
                            "this is not for the caller: another role is needed, or the write comes"
                                    + " from a page of another origin";
                    case 421 ->
                            "the header Host is no name of this service: PRECEDENT_ACCESS_HOSTS"
                                    + " names those under which it is reached";
                    case 404 ->
                            "there is nothing at this address; /openapi lists the addresses, and ids"
                                    + " are as the service answered them";
                    case 405 ->
                            "this address does not take this method; /openapi lists those it does";
                    case 406 ->
                            "the answer is of another media type than the header Accept asks for;"
                                    + " /openapi lists what this address answers with";
                    case 413 ->
                            "the body is larger than "
                                    + (RequestLimits.LARGEST_BODY >> 20)
                                    + " MB, one of JSON than "
                                    + (RequestLimits.LARGEST_TEXT >> 20)
                                    + " MB, or a part that is text than 64 KiB";
                    case 415 ->
                            "the header Content-Type names a media type that this address does not"
                                    + " take; /openapi lists what it does";
                    default -> "the request is not accepted";
                };
        return problem(ProblemType.PREFIX + "http-" + status, status, "Not accepted", detail, path);
    }

    @ServerExceptionMapper
    Response failure(Throwable e, UriInfo uri, ContainerRequestContext request) {
        if (has(e, OutOfMemoryError.class::isInstance)) {
            return refusal(ServiceException.outOfMemory(e), uri);
        }
        if (has(e, Problems::isDatabaseAway)) {
            return of(databaseAway(e, uri.getPath()));
        }
        if (isUnreadForm(request)) {
            if (has(e, Problems::isOurDisk) && !has(e, HttpClosedException.class::isInstance)) {
                return refusal(ServiceException.uploadNotKept(e), uri);
            }
            LOG.infof("a form that cannot be read at %s: %s", uri.getPath(), e);
            return of(
                    problem(
                            ProblemType.BAD_FORM,
                            "Not valid",
                            "the body cannot be read as multipart/form-data: it ends early, a part's"
                                    + " headers or encoding are not valid, or it has more than 1000"
                                    + " parts",
                            uri.getPath()));
        }
        if (has(e, HttpClosedException.class::isInstance)) {
            LOG.infof("a body that ends early at %s", uri.getPath());
            return of(http(400, uri.getPath())); // which nobody reads
        }
        return of(internalError(e, uri.getPath()));
    }

    /** Whether a failure is the database's, which is not there now. */
    static boolean isOfDatabase(@Nullable Throwable e) {
        return has(e, Problems::isDatabaseAway);
    }

    static Map<String, Object> databaseAway(@Nullable Throwable e, String path) {
        LOG.errorf("no database at %s: %s", path, e);
        return problem(
                ProblemType.DATABASE_UNAVAILABLE,
                title(DomainException.Kind.BUSY),
                "the database is not there, or is out of room or connections; nothing is wrong with"
                        + " what was sent, try again later",
                path);
    }

    /** The caller has so many bodies on their way that another has no room. */
    static Map<String, Object> tooManyUploads(String path) {
        return problem(
                ProblemType.TOO_MANY_UPLOADS,
                title(DomainException.Kind.BUSY),
                "the caller's other requests that are on their way have as many bytes as they may"
                        + " together; wait for their answers, or send fewer at once",
                path);
    }

    /** A fault of ours: the log has the cause, the answer only where to find it. */
    static Map<String, Object> internalError(@Nullable Throwable e, String path) {
        UUID id = UUID.randomUUID();
        LOG.errorf(e, "failure %s at %s", id, path);
        return problem(
                ProblemType.INTERNAL_ERROR,
                "Internal error",
                "this is our fault; the log has the cause under " + id,
                path);
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
    private static boolean isOurDisk(Throwable e) {
        return e instanceof FileSystemException
                || (e.getClass() == IOException.class
                        && !String.valueOf(e.getMessage()).startsWith("Connection terminated"));
    }

    private static boolean isDatabaseAway(Throwable e) {
        return e instanceof SQLException sql
                && (sql.getSQLState() == null
                        // The pool's own word for "no connection in time" has no state.
                        ? String.valueOf(sql.getMessage()).contains("cquisition timeout")
                        : UNAVAILABLE.stream().anyMatch(sql.getSQLState()::startsWith));
    }

    /** Whether a failure, a cause of it, or what was suppressed on the way is of a kind. */
    private static boolean has(@Nullable Throwable e, Predicate<Throwable> kind) {
        return e != null
                && (kind.test(e)
                        || has(e.getCause(), kind)
                        || Arrays.stream(e.getSuppressed()).anyMatch(s -> has(s, kind)));
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

    private static Response of(Map<String, Object> problem) {
        int status = problem.get("status") instanceof Integer number ? number : 500;
        Response.ResponseBuilder response = Response.status(status).type(MEDIA_TYPE);
        if (status == 503) {
            response.header("Retry-After", "1");
        }
        return response.entity(problem).build();
    }

    private static Map<String, Object> problem(
            ProblemType type, String title, String detail, String path) {
        return problem(type.uri(), type.status(), title, detail, path);
    }

    private static Map<String, Object> problem(
            String type, int status, String title, String detail, String path) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", type);
        problem.put("title", title);
        problem.put("status", status);
        problem.put("detail", shown(detail));
        problem.put("instance", shown(path));
        return problem;
    }

    private static String title(DomainException.Kind kind) {
        return switch (kind) {
            case INVALID -> "Not valid";
            case FORBIDDEN -> "Not allowed";
            case UNKNOWN -> "Not known here";
            case CONFLICT -> "Contradicts what is stored";
            case MISDIRECTED -> "Not at this node";
            case TOO_LARGE -> "Too large";
            case UNSUPPORTED -> "Not supported";
            case UNUSABLE -> "No usable answer";
            case DAMAGED -> "Damaged here";
            case BUSY -> "Not now";
        };
    }
}
