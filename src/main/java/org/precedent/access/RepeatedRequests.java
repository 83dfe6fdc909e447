package org.precedent.access;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.Sha256;

/**
 * Requests that callers may send again because they never heard the answer: each comes with a key
 * of the caller's own ({@code Idempotency-Key}), under which the answer is kept for {@link #KEPT}.
 * Of keys and requests only hashes are kept.
 */
@ApplicationScoped
public class RepeatedRequests {
    /** How long an answer is kept. */
    public static final Duration KEPT = Duration.ofHours(24);

    private static final int LONGEST_KEY = 200;

    private final DataSource database;
    private final Clock clock;

    /**
     * Of callers and keys whose request is under way in this process: a second one waits for it.
     */
    private final ConcurrentMap<String, ReentrantLock> underWay = new ConcurrentHashMap<>();

    RepeatedRequests(DataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * An answer.
     *
     * @param status of HTTP
     * @param text JSON; empty where what was stored says it all
     * @param stored id of what was stored
     * @param repeated whether it was given before
     */
    public record Reply(int status, String text, UUID stored, boolean repeated) {}

    private record Kept(String request, @Nullable Reply reply) {}

    /**
     * Answers a request, as before where it was answered before; one that is under way is waited
     * for. A request that fails is forgotten, so that it can be sent again, repaired or not; one
     * that was cut off by the end of the process is carried out again, which what it does must
     * allow.
     *
     * @param key 1 to 200 printable characters of ASCII
     * @param request SHA-256 of everything that was sent, lower-case hex
     * @throws ServiceException KEY_REUSED when the caller sent something else under this key,
     *     BAD_PARAMETER when the key is none
     */
    public Reply once(Scope scope, String key, String request, Supplier<Reply> work) {
        if (key.isEmpty()
                || key.length() > LONGEST_KEY
                || !key.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw ServiceException.badParameter(
                    "Idempotency-Key",
                    key,
                    "1 to " + LONGEST_KEY + " printable characters of ASCII, without spaces");
        }
        String hash = Sha256.of(key);
        String name = caller(scope) + " " + hash;
        ReentrantLock own = underWay.computeIfAbsent(name, of -> new ReentrantLock());
        own.lock();
        try {
            return answered(scope, key, hash, request, work);
        } finally {
            own.unlock();
            if (!own.hasQueuedThreads()) {
                underWay.remove(name, own);
            }
        }
    }

    private Reply answered(
            Scope scope, String key, String hash, String request, Supplier<Reply> work) {
        boolean first = reserved(caller(scope), hash, request);
        if (!first) {
            Kept kept = kept(caller(scope), hash).orElse(new Kept(request, null));
            if (!kept.request().equals(request)) {
                throw ServiceException.keyReused(key);
            }
            if (kept.reply() != null) {
                return kept.reply();
            }
        }
        try {
            Reply reply = work.get();
            update(
                    "UPDATE idempotency_key SET status = ?, answer = ?, image_id = ?"
                            + " WHERE caller = ? AND key_hash = ? AND status IS NULL",
                    reply.status(),
                    reply.text(),
                    reply.stored(),
                    caller(scope),
                    hash);
            return reply;
        } catch (RuntimeException e) {
            if (first) {
                update(
                        "DELETE FROM idempotency_key WHERE caller = ? AND key_hash = ?"
                                + " AND status IS NULL",
                        caller(scope),
                        hash);
            }
            throw e;
        }
    }

    /** Names are of a site: two sites may have a caller of one name. */
    private static String caller(Scope scope) {
        return scope.name() + "@" + Objects.requireNonNullElse(scope.identity().site(), "");
    }

    private boolean reserved(String caller, String hash, String request) {
        Timestamp now = Timestamp.from(clock.instant());
        update(
                "DELETE FROM idempotency_key WHERE at < ?",
                Timestamp.from(clock.instant().minus(KEPT)));
        return update(
                        "INSERT INTO idempotency_key (caller, key_hash, request_hash, at)"
                                + " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                        caller,
                        hash,
                        request,
                        now)
                == 1;
    }

    private Optional<Kept> kept(String caller, String hash) {
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT request_hash, status, answer, image_id"
                                        + " FROM idempotency_key"
                                        + " WHERE caller = ? AND key_hash = ?")) {
            query.setString(1, caller);
            query.setString(2, hash);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                String request = row.getString(1);
                int status = row.getInt(2);
                return Optional.of(
                        row.wasNull()
                                ? new Kept(request, null)
                                : new Kept(
                                        request,
                                        new Reply(
                                                status,
                                                row.getString(3),
                                                row.getObject(4, UUID.class),
                                                true)));
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the answers to repeated requests cannot be read", e);
        }
    }

    private int update(String sql, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement update = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                update.setObject(i + 1, values[i]);
            }
            return update.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("the answers to repeated requests cannot be kept", e);
        }
    }
}
