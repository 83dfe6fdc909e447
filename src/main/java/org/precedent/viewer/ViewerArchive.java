package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.precedent.DomainException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.access.ViewerConfig;
import org.precedent.dicomweb.Archive;
import org.precedent.dicomweb.DicomWebClient;
import org.precedent.dicomweb.DicomWebConfig;
import org.precedent.dicomweb.DicomWebException;
import org.precedent.ingest.IngestService.SentFile;

/**
 * Series of the archive that a viewer shows, by their UID. They are read for one request and
 * written nowhere. Who may name them is decided by the site that the archive belongs to; for
 * everybody else there is no archive.
 */
@ApplicationScoped
public class ViewerArchive {
    private final DicomWebConfig config;
    private final ViewerConfig viewers;
    private final ImageReceiver receiver;

    ViewerArchive(DicomWebConfig config, ViewerConfig viewers, ImageReceiver receiver) {
        this.config = config;
        this.viewers = viewers;
        this.receiver = receiver;
    }

    /**
     * Gets a series.
     *
     * @return empty where the text is no UID, there is no archive for this caller, or the archive
     *     does not know it
     * @throws ViewerException when the archive does not give what it knows, or is away
     */
    public Optional<ViewedImage> find(Scope scope, String uid) {
        Optional<URI> url = config.url();
        if (url.isEmpty()
                || uid.length() > 64
                || !uid.matches("[0-9]+(\\.[0-9]+)+")
                || !scope.owns(viewers.archiveSite())) {
            return Optional.empty();
        }
        scope.require(Action.ASK);
        try (DicomWebClient client = new DicomWebClient(archive(url.get()))) {
            Optional<String> study = client.studyOf(uid);
            if (study.isEmpty()) {
                return Optional.empty();
            }
            List<SentFile> files = new ArrayList<>();
            client.retrieve(
                    study.get(),
                    uid,
                    object ->
                            files.add(
                                    new SentFile(
                                            "object " + files.size() + ".dcm",
                                            object.readAllBytes())));
            return Optional.of(receiver.read("image", files, uid, ImageReceiver.Said.NOTHING));
        } catch (DicomWebException e) {
            if (e.kind() == DomainException.Kind.UNKNOWN) {
                return Optional.empty();
            }
            if (e.kind() == DomainException.Kind.BUSY) {
                throw ViewerException.archiveAway(e);
            }
            // Its message has the archive's address, which is for the log.
            String why = e.code().name().toLowerCase(Locale.ROOT).replace('_', ' ');
            throw ViewerException.archiveRefused(uid, why, e);
        }
    }

    private Archive archive(URI url) {
        Archive archive = Archive.of(url);
        Optional<String> token = config.token();
        if (token.isPresent()) {
            return archive.withToken(token.get());
        }
        Optional<String> user = config.user();
        return user.isPresent()
                ? archive.withUser(user.get(), config.password().orElse(""))
                : archive;
    }
}
