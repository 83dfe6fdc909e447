package org.precedent.api.curation;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Disclosure;
import org.precedent.api.Forms;
import org.precedent.api.access.Caller;
import org.precedent.curation.Pictures;

/** What curators look at. */
@Path("/v1/curation")
@Tag(name = "Curation")
@Blocking
public class PictureResource {
    /** As many thumbnails as a screen shows, and some. */
    private static final int MOST = 200;

    private final Pictures pictures;
    private final Caller caller;

    PictureResource(Pictures pictures, Caller caller) {
        this.pictures = pictures;
        this.caller = caller;
    }

    /** A small picture. */
    @Schema(name = "Thumbnail", description = "A small picture of an annotated image.")
    public record ThumbnailView(
            @Schema(description = "The annotation's id.") long id,
            @Schema(description = "A `data:` address of the picture, PNG.") String picture) {}

    /** Small pictures. */
    @Schema(name = "Thumbnails", description = "Small pictures, by the annotations' ids.")
    public record ThumbnailsView(
            @Schema(description = "The pictures.") List<ThumbnailView> thumbnails)
            implements Disclosure {
        @Override
        public Collection<Long> disclosedAnnotations() {
            return thumbnails.stream().map(ThumbnailView::id).toList();
        }
    }

    @GET
    @Path("/thumbnails")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Small pictures of annotated images, for a grid",
            description =
                    "At most 160 pixels on a side, the mask's outline drawn; up to 200 in one request.")
    @APIResponse(responseCode = "200", description = "The pictures")
    @APIResponse(responseCode = "400", description = "No ids, or too many")
    @APIResponse(responseCode = "404", description = "There is no annotation of one of the ids")
    public ThumbnailsView thumbnails(
            @Parameter(required = true, description = "Ids of annotations, separated by commas")
                    @QueryParam("ids")
                    @Nullable String ids) {
        Set<Long> wanted = FilterParameters.ids("ids", Forms.require("ids", ids));
        if (wanted.size() > MOST) {
            throw ServiceException.badParameter(
                    "ids", wanted.size() + " ids", "at most " + MOST + " at once");
        }
        List<ThumbnailView> made = new ArrayList<>();
        pictures.thumbnails(caller.scope(), List.copyOf(wanted))
                .forEach((id, png) ->
                        made.add(
                                new ThumbnailView(
                                        id,
                                        "data:image/png;base64,"
                                                + Base64.getEncoder().encodeToString(png))));
        return new ThumbnailsView(made);
    }

    @GET
    @Path("/annotations/{id}/thumbnail.png")
    @Produces("image/png")
    @Operation(
            summary = "A small picture of an annotated image",
            description = "At most 160 pixels on a side, the mask's outline drawn.")
    @APIResponse(responseCode = "200", description = "The picture")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public byte[] thumbnail(
            @Parameter(description = "The annotation's id") @PathParam("id") long id) {
        return pictures.thumbnail(caller.scope(), id);
    }

    @GET
    @Path("/annotations/{id}/image.png")
    @Produces("image/png")
    @Operation(
            summary = "An annotated image without its mask",
            description =
                    "8 bit, at its own size; grey values as networks see them, outliers clipped.")
    @APIResponse(responseCode = "200", description = "The picture")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public byte[] image(@Parameter(description = "The annotation's id") @PathParam("id") long id) {
        return pictures.image(caller.scope(), id);
    }

    @GET
    @Path("/annotations/{id}/mask.png")
    @Produces("image/png")
    @Operation(
            summary = "An annotation's mask",
            description = "Grey, 8 bit, 0 outside and 255 inside, at the image's own size.")
    @APIResponse(responseCode = "200", description = "The mask")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public byte[] mask(@Parameter(description = "The annotation's id") @PathParam("id") long id) {
        return pictures.mask(caller.scope(), id);
    }

    @GET
    @Path("/segmentations/{id}/query.png")
    @Produces("image/png")
    @Operation(
            summary = "The image that was asked about",
            description =
                    "8 bit, at its own size; grey values as networks see them, outliers clipped.")
    @APIResponse(responseCode = "200", description = "The picture")
    @APIResponse(responseCode = "404", description = "There is no answer of this id")
    public byte[] query(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id) {
        return pictures.query(caller.scope(), id);
    }
}
