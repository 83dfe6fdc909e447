package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.precedent.api.access.Caller;
import org.precedent.query.AnswerPictures;

/** What a support looks like. */
@Path("/v1/annotations")
@Tag(name = "Annotations", description = "What supports look like.")
@Blocking
public class AnnotationResource {
    private final AnswerPictures pictures;
    private final Caller caller;

    AnnotationResource(AnswerPictures pictures, Caller caller) {
        this.pictures = pictures;
        this.caller = caller;
    }

    @GET
    @Path("/{id}/overlay.png")
    @Produces("image/png")
    @Operation(
            summary = "An annotated image with its mask drawn on it, for people",
            description = "RGB, 8 bit, at the image's own size.")
    @APIResponse(responseCode = "200", description = "The picture")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public byte[] overlay(
            @Parameter(description = "The `annotationId` of a support of any answer")
                    @PathParam("id")
                    long id) {
        return pictures.annotation(caller.scope(), id);
    }
}
