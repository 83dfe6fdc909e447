package org.precedent.api.monailabel;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.api.access.AuditNote;
import org.precedent.catalog.CatalogException;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.viewer.Datastore;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.ImageReceiver;
import org.precedent.viewer.ImageReceiver.Said;
import org.precedent.viewer.ViewedImage;
import org.precedent.viewer.ViewerArchive;
import org.precedent.viewer.ViewerImage;
import org.precedent.viewer.ViewerImages;

/** Which image a request means: one that it brings, a session's, or one by its id. */
@ApplicationScoped
class ImageChoice {
    private final Datastore datastore;
    private final ViewerImages uploads;
    private final ViewerArchive archive;
    private final ImageReceiver receiver;
    private final AuditNote note;

    ImageChoice(
            Datastore datastore,
            ViewerImages uploads,
            ViewerArchive archive,
            ImageReceiver receiver,
            AuditNote note) {
        this.datastore = datastore;
        this.uploads = uploads;
        this.archive = archive;
        this.receiver = receiver;
        this.note = note;
    }

    /** What parameters say of an image. */
    static Said said(JsonNode params) {
        return new Said(ViewerForms.text(params, "patient"), ViewerForms.text(params, "modality"));
    }

    /** The image of an inference: sent along before a session before an id. */
    ViewedImage of(
            Scope scope,
            MultipartFormDataInput form,
            @Nullable String image,
            @Nullable String session,
            JsonNode params) {
        if (form.getValues().containsKey("file")) {
            return sent(form, params);
        }
        if (session != null && !session.isBlank()) {
            ViewerImage of = uploads.session(scope, session);
            note.about("session " + of.id());
            return uploads.read(uploads.used(of));
        }
        if (image == null || image.isBlank()) {
            throw ServiceException.badParameter(
                    "image", "", "is missing: an image, a session_id, or a part file");
        }
        return stored(scope, image);
    }

    /** The image that a form brings. */
    ViewedImage sent(MultipartFormDataInput form, JsonNode params) {
        List<SentFile> files = ViewerForms.files(form, "file");
        return receiver.read("file", files, null, said(params));
    }

    /** An image by its id, or a series of the archive by its UID. */
    ViewedImage stored(Scope scope, String id) {
        Optional<Item> item = datastore.find(scope, id);
        if (item.isPresent()) {
            note.about("image " + item.get().row());
            return datastore.read(item.get());
        }
        Optional<ViewedImage> pulled = archive.find(scope, id);
        if (pulled.isPresent()) {
            note.about("a series of the archive");
        }
        return pulled.orElseThrow(() -> CatalogException.unknownImage(id));
    }
}
