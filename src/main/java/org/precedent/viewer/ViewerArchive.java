package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.study.StudyArchive;

/**
 * Series of the archive that a viewer shows, by their UID. They are read for one request and
 * written nowhere.
 */
@ApplicationScoped
public class ViewerArchive {
    private final StudyArchive archive;
    private final ImageReceiver receiver;

    ViewerArchive(StudyArchive archive, ImageReceiver receiver) {
        this.archive = archive;
        this.receiver = receiver;
    }

    /**
     * Gets a series.
     *
     * @return empty where the text is no UID, there is no archive for this caller, or the archive
     *     does not know it
     * @throws org.precedent.study.StudyException when the archive does not give what it knows, or
     *     is away
     */
    public Optional<ViewedImage> find(Scope scope, String uid) {
        if (!StudyArchive.isUid(uid) || !archive.isFor(scope)) {
            return Optional.empty();
        }
        scope.require(Action.ASK);
        return archive.ask(
                "image",
                uid,
                client -> {
                    List<SentFile> files = new ArrayList<>();
                    return client.studyOf(uid)
                            .map(study -> {
                                client.retrieve(
                                        study,
                                        uid,
                                        object ->
                                                files.add(
                                                        new SentFile(
                                                                "object " + files.size() + ".dcm",
                                                                object.readAllBytes())));
                                return receiver.read(
                                        "image", files, uid, ImageReceiver.Said.NOTHING);
                            });
                });
    }
}
