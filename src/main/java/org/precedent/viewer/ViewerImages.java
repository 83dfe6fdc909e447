package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.access.ViewerConfig;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Names;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.SentVolume;
import org.precedent.imaging.format.Study;
import org.precedent.imaging.volume.Meaning;
import org.precedent.study.StudyArchive;
import org.precedent.viewer.ViewerImage.Kind;

/**
 * The images that viewers sent. Uploads are there for whoever sent them and for those of the same
 * site who may see the images of pools; sessions for their owner alone. What is not there for a
 * scope is answered like what does not exist.
 */
@ApplicationScoped
public class ViewerImages {
    private static final String COLUMNS =
            "id, site, owner, name, session, kind, file_sha256, sent_hash, patient, modality,"
                    + " bright_low, padding_low, padding_high, info::text, created_at, kept_s,"
                    + " expires_at";

    private static final String UNIQUE_VIOLATION = "23505";

    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private final DataSource database;
    private final BlobStore blobs;
    private final ViewerConfig config;
    private final Clock clock;

    ViewerImages(DataSource database, BlobStore blobs, ViewerConfig config, Clock clock) {
        this.database = database;
        this.blobs = blobs;
        this.config = config;
        this.clock = clock;
    }

    // ---- keeping

    /**
     * Keeps an upload; when this returns, it survives a crash. One of the same name of the same
     * owner is replaced, unless it is the same.
     *
     * @param sentHash SHA-256 of the file as it was sent
     */
    public ViewerImage keep(Scope scope, ViewedImage image, String sentHash) {
        return keep(scope, image, sentHash, null);
    }

    /** Keeps the image of a new session, whose name is its id. */
    public ViewerImage open(Scope scope, ViewedImage image, String sentHash, Duration expiry) {
        return keep(scope, image, sentHash, expiry);
    }

    private ViewerImage keep(
            Scope scope, ViewedImage image, String sentHash, @Nullable Duration session) {
        scope.require(Action.ASK);
        byte[] bytes;
        Kind kind;
        boolean brightLow = false;
        Meaning.@Nullable Padding padding = null;
        switch (image) {
            case ViewedImage.Picture picture -> {
                bytes = picture.raster().toNetpbm();
                kind = Kind.PICTURE;
            }
            case ViewedImage.Scan scan -> {
                Study.Kept kept = scan.study().kept();
                bytes = kept.bytes();
                kind = kept.nifti() ? Kind.NIFTI : Kind.NRRD;
                brightLow = scan.study().volume().meaning().brightLow();
                padding = kept.padding();
            }
        }
        UUID id = UUID.randomUUID();
        Instant now = clock.instant();
        Duration length = session == null ? config.keep() : session;
        ViewerImage made =
                new ViewerImage(
                        id,
                        scope.home(),
                        scope.name(),
                        session == null ? Names.requireFileName(image.name()) : id.toString(),
                        session != null,
                        kind,
                        blobs.put(bytes),
                        sentHash,
                        image.patient(),
                        image.modality(),
                        brightLow,
                        padding,
                        "{}",
                        now,
                        length,
                        now.plus(length));
        if (session == null) {
            Optional<ViewerImage> same = named(made);
            if (same.isPresent() && isSame(same.get(), made)) {
                return used(same.get());
            }
            same.ifPresent(this::remove);
        }
        requireRoom(scope, bytes.length);
        try {
            insert(made, bytes.length);
        } catch (IllegalStateException e) {
            if (!(e.getCause() instanceof SQLException sql)
                    || !UNIQUE_VIOLATION.equals(sql.getSQLState())) {
                throw e;
            }
            // Another request of the same caller kept one of this name meanwhile.
            named(made).ifPresent(this::remove);
            insert(made, bytes.length);
        }
        return made;
    }

    private Optional<ViewerImage> named(ViewerImage image) {
        return rows(
                        "WHERE site = ? AND owner = ? AND name = ?",
                        image.site(),
                        image.owner(),
                        image.name())
                .stream()
                .findFirst();
    }

    /** Nobody fills the disk for all others. */
    private void requireRoom(Scope scope, long more) {
        long limit = config.quota().asLongValue();
        long taken = taken(scope);
        if (more > limit - taken) {
            throw ServiceException.badParameter(
                    "image",
                    more + " bytes",
                    "at most "
                            + limit
                            + " bytes in all images of a caller (precedent.monailabel.quota), of which "
                            + taken
                            + " are taken: remove some");
        }
    }

    private long taken(Scope scope) {
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT coalesce(sum(bytes), 0) FROM viewer_image"
                                        + " WHERE site = ? AND owner = ? AND expires_at > ?")) {
            fill(query, scope.home(), scope.name(), clock.instant());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("images of viewers cannot be read", e);
        }
    }

    private void insert(ViewerImage made, long bytes) {
        Meaning.Padding padding = made.padding();
        change(
                "INSERT INTO viewer_image (id, site, owner, name, session, kind, file_sha256, sent_hash,"
                        + " patient, modality, bright_low, padding_low, padding_high, info,"
                        + " created_at, kept_s, expires_at, bytes)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?)",
                made.id(),
                made.site(),
                made.owner(),
                made.name(),
                made.session(),
                made.kind().name(),
                made.fileSha256(),
                made.sentHash(),
                made.patient(),
                made.modality(),
                made.brightLow(),
                padding == null ? null : padding.low(),
                padding == null ? null : padding.high(),
                made.info(),
                made.createdAt(),
                made.keep().toSeconds(),
                made.expiresAt(),
                bytes);
    }

    private static boolean isSame(ViewerImage a, ViewerImage b) {
        return a.fileSha256().equals(b.fileSha256())
                && a.patient().equals(b.patient())
                && a.modality().equals(b.modality())
                && Objects.equals(a.padding(), b.padding());
    }

    /** Removes an image of the caller's own, or for a curator any of the site; its labels stay. */
    public void delete(Scope scope, ViewerImage image) {
        if (!image.owner().equals(scope.name())) {
            scope.require(Action.REVIEW);
        }
        remove(image);
    }

    private void remove(ViewerImage image) {
        change("DELETE FROM viewer_image WHERE id = ?", image.id());
    }

    /** Keeps what viewers say of an image: a JSON object. */
    public void describe(Scope scope, ViewerImage image, String info) {
        scope.require(Action.ASK);
        change("UPDATE viewer_image SET info = ?::jsonb WHERE id = ?", info, image.id());
    }

    // ---- finding

    /** Uploads, the earliest first. */
    public List<ViewerImage> list(Scope scope) {
        return rows("WHERE NOT session AND expires_at > ? ORDER BY created_at, id", clock.instant())
                .stream()
                .filter(image -> sees(scope, image))
                .toList();
    }

    /**
     * What to call an upload in a list: its name, or its id where the caller sees another of that
     * name.
     */
    public static String id(Scope scope, ViewerImage image, List<ViewerImage> all) {
        boolean own = image.owner().equals(scope.name());
        return own || all.stream().filter(one -> one.name().equals(image.name())).count() == 1
                ? image.name()
                : image.id().toString();
    }

    /** An upload by the caller's own name for it, by its id, or by a name that others gave it. */
    public Optional<ViewerImage> find(Scope scope, String id) {
        if (!isText(id)) {
            return Optional.empty();
        }
        List<ViewerImage> found =
                rows(
                                "WHERE NOT session AND expires_at > ? AND (name = ? OR id::text = ?)"
                                        + " ORDER BY created_at DESC",
                                clock.instant(),
                                id,
                                id)
                        .stream()
                        .filter(image -> sees(scope, image))
                        .toList();
        return found.stream()
                .filter(image -> image.owner().equals(scope.name()))
                .findFirst()
                .or(() ->
                        found.stream()
                                .filter(image ->
                                        image.id().toString().equals(id) || !isOfOthers(id))
                                .findFirst());
    }

    /**
     * Whether a name is the id of a stored image or the UID of a series: what somebody else called
     * so does not take its place.
     */
    private static boolean isOfOthers(String name) {
        return StudyArchive.isUid(name) || ID.matcher(name).matches();
    }

    /**
     * An upload that there is.
     *
     * @throws CatalogException UNKNOWN_IMAGE
     */
    public ViewerImage require(Scope scope, String id) {
        return find(scope, id).orElseThrow(() -> CatalogException.unknownImage(id));
    }

    /**
     * The image of a session.
     *
     * @throws ViewerException UNKNOWN_SESSION
     */
    public ViewerImage session(Scope scope, String id) {
        List<ViewerImage> found =
                isText(id)
                        ? rows(
                                "WHERE session AND expires_at > ? AND id::text = ?",
                                clock.instant(),
                                id)
                        : List.of();
        return found.stream()
                .filter(image -> sees(scope, image))
                .findFirst()
                .orElseThrow(() -> ViewerException.unknownSession(id));
    }

    /** The database does not even take every text as a question. */
    private static boolean isText(String id) {
        return id.length() <= 200
                && id.chars().noneMatch(c -> Character.isISOControl(c))
                && id.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
    }

    private static boolean sees(Scope scope, ViewerImage image) {
        return scope.owns(image.site())
                && (image.owner().equals(scope.name())
                        || (!image.session() && scope.may(Action.SEE_SUPPORTS)));
    }

    /** Says that an image was used, so that it stays for as long again. */
    public ViewerImage used(ViewerImage image) {
        change(
                "UPDATE viewer_image SET expires_at = greatest(expires_at, ?) WHERE id = ?",
                clock.instant().plus(image.keep()),
                image.id());
        return image;
    }

    // ---- content

    /** The file that an image is given back as. */
    public byte[] file(ViewerImage image) {
        return blobs.get(image.fileSha256());
    }

    /** An image, read. */
    public ViewedImage read(ViewerImage image) {
        byte[] bytes = blobs.get(image.fileSha256());
        if (image.kind() == Kind.PICTURE) {
            return new ViewedImage.Picture(
                    image.name(),
                    Raster.fromNetpbm(bytes),
                    image.patient(),
                    image.modality(),
                    null);
        }
        Study study =
                SentVolume.read(Map.of(image.name(), bytes), new byte[32])
                        .study()
                        .meaning(
                                image.modality().equals("unknown") ? "" : image.modality(),
                                image.brightLow(),
                                image.padding());
        return new ViewedImage.Scan(
                image.name(), study, image.patient(), image.series(), image.modality(), null);
    }

    // ---- rows

    private List<ViewerImage> rows(String condition, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT " + COLUMNS + " FROM viewer_image " + condition)) {
            fill(query, values);
            List<ViewerImage> rows = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    rows.add(
                            new ViewerImage(
                                    row.getObject(1, UUID.class),
                                    row.getString(2),
                                    row.getString(3),
                                    row.getString(4),
                                    row.getBoolean(5),
                                    Kind.valueOf(row.getString(6)),
                                    row.getString(7),
                                    row.getString(8),
                                    row.getString(9),
                                    row.getString(10),
                                    row.getBoolean(11),
                                    padding(row),
                                    row.getString(14),
                                    row.getTimestamp(15).toInstant(),
                                    Duration.ofSeconds(row.getLong(16)),
                                    row.getTimestamp(17).toInstant()));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException("images of viewers cannot be read", e);
        }
    }

    private static Meaning.@Nullable Padding padding(ResultSet row) throws SQLException {
        long low = row.getLong(12);
        return row.wasNull() ? null : new Meaning.Padding(low, row.getLong(13));
    }

    private void change(String statement, @Nullable Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement change = connection.prepareStatement(statement)) {
            fill(change, values);
            change.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("images of viewers cannot be written", e);
        }
    }

    static void fill(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof Instant time) {
                statement.setTimestamp(i + 1, Timestamp.from(time));
            } else {
                statement.setObject(i + 1, values[i]);
            }
        }
    }
}
