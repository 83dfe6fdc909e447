package org.precedent.access;

import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ServiceException;
import org.precedent.Sha256;

/**
 * The keys of people and programs, and the sessions that the page opens with them. Of a secret only
 * the hash is kept.
 */
@ApplicationScoped
public class ApiKeys {
    /** How long a browser stays signed in. */
    public static final Duration SESSION = Duration.ofHours(12);

    private static final int LONGEST_NAME = 200;
    private static final Duration USE_TOLD = Duration.ofMinutes(1);
    private static final String COLUMNS =
            "id, secret_sha256, name, site, roles, tasks, created_at, created_by, expires_at,"
                    + " last_used_at, revoked_at";

    private final DataSource database;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    ApiKeys(DataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** A new key: the only time that its secret is there. */
    public record Made(ApiKey key, KeyText text) {}

    private record Row(ApiKey key, String hash) {}

    // ---- proving

    /**
     * Whom a key proves; empty where it is none of ours, expired or revoked. An unknown id takes as
     * long as a wrong secret.
     */
    public Optional<Identity> verify(KeyText text) {
        return rows("WHERE id = ?", text.id()).stream()
                .findFirst()
                .filter(row -> text.isOf(row.hash()))
                .or(() -> {
                    text.isOf("0".repeat(64));
                    return Optional.empty();
                })
                .map(Row::key)
                .filter(key -> key.isValid(clock.instant()))
                .map(this::used);
    }

    private Identity used(ApiKey key) {
        Instant now = clock.instant();
        if (key.lastUsedAt() == null || key.lastUsedAt().plus(USE_TOLD).isBefore(now)) {
            update("UPDATE api_key SET last_used_at = ? WHERE id = ?", now, key.id());
        }
        return key.identity();
    }

    /** What a session opens. */
    public enum SessionOf {
        /** Everything that its key does, for the cookie of the page. */
        PAGE,
        /** The routes of viewers, which send it in addresses. */
        VIEWER
    }

    /** Opens a session for whoever has a key; empty where the key proves nothing. */
    public Optional<String> openSession(KeyText text, SessionOf of) {
        if (verify(text).isEmpty()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        String secret = KeyText.randomSecret(random);
        update("DELETE FROM session WHERE expires_at < ?", now);
        update(
                "INSERT INTO session (secret_sha256, key_id, expires_at, viewer) VALUES (?, ?, ?, ?)",
                Sha256.of(secret),
                text.id(),
                now.plus(SESSION),
                of == SessionOf.VIEWER);
        return Optional.of(secret);
    }

    /** Whom an open session proves: the owner of its key, as long as the key does. */
    public Optional<Identity> session(String secret, SessionOf of) {
        Instant now = clock.instant();
        return rows(
                        "WHERE id = (SELECT key_id FROM session WHERE secret_sha256 = ?"
                                + " AND expires_at > ? AND viewer = ?)",
                        Sha256.of(secret),
                        now,
                        of == SessionOf.VIEWER)
                .stream()
                .findFirst()
                .map(Row::key)
                .filter(key -> key.isValid(now))
                .map(ApiKey::identity);
    }

    /** Ends a session. */
    public void closeSession(String secret) {
        update("DELETE FROM session WHERE secret_sha256 = ?", Sha256.of(secret));
    }

    // ---- keeping

    /**
     * Makes a key. Whoever is of a site makes keys of that site only.
     *
     * @param name whom it is for
     * @param site null for the scope's own; an administrator names one, or none for every site
     * @param expiresAt null for never
     * @throws AccessException FORBIDDEN
     * @throws ServiceException BAD_PARAMETER
     */
    public Made create(
            Scope scope,
            String name,
            @Nullable String site,
            Set<Role> roles,
            Set<String> tasks,
            @Nullable Instant expiresAt) {
        scope.require(Action.MANAGE_KEYS);
        if (roles.isEmpty()) {
            throw ServiceException.badParameter("roles", "none", "at least one is needed");
        }
        if (expiresAt != null && !expiresAt.isAfter(clock.instant())) {
            throw ServiceException.badParameter("expiresAt", expiresAt, "expected a time to come");
        }
        String own = scope.identity().site();
        String shown = text("name", name);
        Set<String> limited = new TreeSet<>();
        for (String task : tasks) {
            limited.add(text("tasks", task));
        }
        if (!scope.identity().tasks().isEmpty()
                && (limited.isEmpty() || limited.stream().anyMatch(t -> !scope.admitsTask(t)))) {
            throw AccessException.forbidden(
                    scope.name() + " is limited to some tasks", "a key for those tasks");
        }
        Identity identity =
                new Identity(
                        shown,
                        own != null ? scope.site(site) : site == null ? null : text("site", site),
                        roles,
                        limited);
        KeyText made = KeyText.random(random);
        return new Made(insert(made, identity, scope.name(), expiresAt), made);
    }

    private static String text(String field, String value) {
        if (CanonicalNames.refusal(value).isPresent()
                || value.isBlank()
                || value.length() > LONGEST_NAME) {
            throw ServiceException.badParameter(
                    field, value, "expected 1 to 200 characters, all of them visible");
        }
        return CanonicalNames.shown(value);
    }

    /** The keys of the scope's site, revoked ones too, newest first. */
    public List<ApiKey> list(Scope scope) {
        scope.require(Action.MANAGE_KEYS);
        return rows("ORDER BY created_at DESC, id").stream()
                .map(Row::key)
                .filter(key -> isOf(scope, key))
                .toList();
    }

    /**
     * Revokes a key: from now on it proves nothing, nor do its sessions.
     *
     * @throws AccessException UNKNOWN_KEY also where it is another site's
     */
    public ApiKey revoke(Scope scope, String id) {
        scope.require(Action.MANAGE_KEYS);
        ApiKey known = find(scope, id).orElseThrow(() -> AccessException.unknownKey(id));
        update(
                "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                clock.instant(),
                known.id());
        return find(scope, id).orElseThrow();
    }

    private Optional<ApiKey> find(Scope scope, String id) {
        if (!KeyText.isId(id)) {
            return Optional.empty(); // the database does not even take every text as a question
        }
        return rows("WHERE id = ?", id).stream()
                .findFirst()
                .map(Row::key)
                .filter(key -> isOf(scope, key));
    }

    private static boolean isOf(Scope scope, ApiKey key) {
        String site = key.identity().site();
        return scope.everywhere() || (site != null && scope.owns(site));
    }

    // ---- the administrator of a data directory

    /**
     * Makes the administrator's key of a data directory known: the one given, or a new one. Others
     * of the same name are revoked, so a new file of the owner's ends the old one.
     */
    Made administrator(String name, @Nullable KeyText given) {
        KeyText text = given == null ? KeyText.random(random) : given;
        Optional<Row> known = rows("WHERE id = ?", text.id()).stream().findFirst();
        update(
                "UPDATE api_key SET revoked_at = ? WHERE name = ? AND site IS NULL AND id <> ?"
                        + " AND revoked_at IS NULL",
                clock.instant(),
                name,
                text.id());
        if (known.isPresent()) {
            if (!text.isOf(known.get().hash()) || known.get().key().revokedAt() != null) {
                return administrator(name, null);
            }
            return new Made(known.get().key(), text);
        }
        return new Made(insert(text, Identity.administrator(name), "first start", null), text);
    }

    // ---- rows

    private ApiKey insert(KeyText text, Identity identity, String by, @Nullable Instant expiresAt) {
        update(
                "INSERT INTO api_key (id, secret_sha256, name, site, roles, tasks, created_at,"
                        + " created_by, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                text.id(),
                text.hash(),
                identity.name(),
                identity.site(),
                identity.roles().stream().map(Role::word).sorted().toArray(String[]::new),
                identity.tasks().stream().sorted().toArray(String[]::new),
                clock.instant(),
                by,
                expiresAt);
        return rows("WHERE id = ?", text.id()).getFirst().key();
    }

    private List<Row> rows(String condition, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT " + COLUMNS + " FROM api_key " + condition)) {
            fill(connection, query, values);
            List<Row> rows = new ArrayList<>();
            try (ResultSet found = query.executeQuery()) {
                while (found.next()) {
                    rows.add(row(found));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException("keys cannot be read", e);
        }
    }

    private void update(String statement, @Nullable Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement update = connection.prepareStatement(statement)) {
            fill(connection, update, values);
            update.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("keys cannot be written", e);
        }
    }

    private static void fill(
            Connection connection, PreparedStatement statement, @Nullable Object... values)
            throws SQLException {
        int at = 1;
        for (Object value : values) {
            switch (value) {
                case Instant time -> statement.setTimestamp(at, Timestamp.from(time));
                case String[] texts ->
                        statement.setArray(at, connection.createArrayOf("text", texts));
                case null, default -> statement.setObject(at, value);
            }
            at++;
        }
    }

    private static Row row(ResultSet found) throws SQLException {
        Set<Role> roles = new LinkedHashSet<>();
        for (String word : texts(found, "roles")) {
            roles.add(Role.of(word));
        }
        Identity identity =
                new Identity(
                        found.getString("name"),
                        found.getString("site"),
                        roles,
                        Set.copyOf(Arrays.asList(texts(found, "tasks"))));
        return new Row(
                new ApiKey(
                        found.getString("id"),
                        identity,
                        found.getTimestamp("created_at").toInstant(),
                        found.getString("created_by"),
                        instant(found, "expires_at"),
                        instant(found, "last_used_at"),
                        instant(found, "revoked_at")),
                found.getString("secret_sha256"));
    }

    private static String[] texts(ResultSet found, String column) throws SQLException {
        return (String[]) found.getArray(column).getArray();
    }

    private static @Nullable Instant instant(ResultSet found, String column) throws SQLException {
        Timestamp time = found.getTimestamp(column);
        return time == null ? null : time.toInstant();
    }
}
